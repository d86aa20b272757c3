"""import products, export and listings check: previewed, taken in, written out, held to rules."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli

File = Callable[[str, str], Path]
PRODUCTS = "sku,product,title,option:Size,price,images,qty\nA,tee,Tee,S,9,http://a.example/1.jpg,4\nB,tee,Tee,M,9,,5\n"


@pytest.fixture
def company(cli: Cli, file: File) -> None:
    """A channel that draws on one location."""
    assert cli("import", "locations", file("locations.csv", "code,kind\ndc,dc\n")).exit_code == 0
    assert cli("import", "channels", file("channels.csv", "code\nweb\n")).exit_code == 0
    links = file("links.csv", "channel,location\nweb,dc\n")
    assert cli("import", "channel-locations", links).exit_code == 0


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def test_a_file_is_previewed_taken_in_and_then_changes_nothing(company: None, cli: Cli, file: File) -> None:
    words = ("import", "products", file("p.csv", PRODUCTS), "--format", "plain", "--channel", "web")
    preview = cli(*words, "--dry-run")
    assert preview.exit_code == 0, preview.output
    assert "New: 2 items, 2 listings." in preview.stdout
    assert "Not taken: qty." in preview.stdout
    assert "A dry run" in preview.stdout
    assert cli(*words, "--currency", "EUR").exit_code == 0
    assert "Nothing changes" in cli(*words).stdout
    changed = file("q.csv", PRODUCTS.replace("Tee,S,9", "Tee,S,8"))
    told = cli("import", "products", changed, "--format", "plain", "--channel", "web").stdout
    assert "Changed: price 1" in told


def test_bad_rows_are_told_with_their_line_and_written_to_a_file(
    company: None, cli: Cli, file: File, tmp_path: Path
) -> None:
    bad = file("p.csv", "sku,price,ean\nA,cheap,\nB,1,123\n")
    result = cli("import", "products", bad, "--format", "plain", "--channel", "web", "--report", tmp_path / "bad.csv")
    assert result.exit_code == 1
    assert [(row["line"], row["field"]) for row in read(tmp_path / "bad.csv")] == [("2", "price"), ("3", "barcode")]


def test_what_is_written_is_taken_by_shops_and_goes_on_from_the_report(
    company: None, cli: Cli, answer: Answer, file: File, tmp_path: Path
) -> None:
    cli("import", "products", file("p.csv", PRODUCTS), "--format", "plain", "--channel", "web")
    cli("book", "receive", "A", "dc", "7")
    out = tmp_path / "out.csv"
    words = ("export", "products", "--format", "shopify", "--channel", "web", "--out", out)
    done = answer(*words, "--with-stock")
    assert (done["report"]["rows"], done["report"]["left_out"]) == (2, 0)
    assert [(row["Handle"], row["Variant Inventory Qty"]) for row in read(out)] == [("tee", "7"), ("tee", "0")]
    assert answer(*words, "--changed-since", done["report"]["as_of"])["report"]["rows"] == 0
    assert not list(tmp_path.glob(".*.part"))
    stock = ("export", "stock", "--format", "magento", "--channel", "web", "--out", out)
    first = answer(*stock)["report"]
    assert [row["quantity"] for row in read(out)] == ["7", "0"]
    cli("book", "receive", "B", "dc", "2")
    answer(*stock, "--changed-since", str(first["cursor"]))
    assert [(row["sku"], row["quantity"]) for row in read(out)] == [("B", "2")]
    assert "--changed-since" in cli(*stock).stdout


def test_a_refused_export_leaves_the_file_that_was_there(company: None, cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "stock.csv"
    out.write_text("the one before")
    assert cli("export", "stock", "--format", "shopify", "--channel", "web", "--out", out).exit_code == 1
    assert out.read_text() == "the one before"
    assert not list(tmp_path.glob(".*.part"))


def test_listings_are_held_to_their_channels_rules(company: None, cli: Cli, answer: Answer, file: File) -> None:
    cli("import", "products", file("p.csv", PRODUCTS), "--format", "plain", "--channel", "web")
    rules = file("r.csv", "channel,field,allowed,required\nweb,Size,S|L,yes\nweb,brand,,yes\n")
    assert cli("import", "content-rules", rules).exit_code == 0
    assert [rule["field"] for rule in answer("listings", "rules", "web")] == ["Size", "brand"]
    assert "S, L" in cli("listings", "rules", "web").stdout
    result = cli("listings", "check", "web")
    assert result.exit_code == 1
    assert "4 faults in 2 of 2 listings" in result.stdout
    assert "brand is missing; give it a value" in result.stdout
    assert "write https" in result.stdout


def test_a_mapping_belongs_to_plain_files(company: None, fault: Answer, file: File) -> None:
    path = file("p.csv", PRODUCTS)
    found = fault("import", "products", path, "--format", "shopify", "--channel", "web", "--column", "sku=X")
    assert (found["type"], found["field"]) == ("usage", "mapping")
