"""A feed's file is looked at, mapped and previewed by command; sources' names are kept by command too."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from truestock.feeds.stock.files.edi.outgoing import StockLine, stock_report
from truestock.feeds.stock.files.edi.writing import Partners

File = Callable[[str, str], Path]
ERP = "Artikelnummer;Lager;Bestand;Farbe\nMAT-1;0001;1.234,00;rot\nMAT-2;0001;viele;blau\n"


@pytest.fixture
def company(cli: Cli, file: File) -> None:
    """One item at one location."""
    assert cli("import", "items", file("items.csv", "sku\nMUG\n")).exit_code == 0
    assert cli("import", "locations", file("locations.csv", "code,kind\ndc,dc\n")).exit_code == 0


def test_a_mapping_is_suggested_written_and_previewed(
    company: None, cli: Cli, answer: Answer, file: File, tmp_path: Path
) -> None:
    source = file("erp.csv", ERP.replace("viele", "7,00"))
    out = tmp_path / "mapping.json"
    assert "Not used: Farbe" in cli("feed", "mapping", "suggest", source, "--out", out).stdout
    found = answer("feed", "mapping", "preview", source, "--mapping", out)
    assert [row["fields"] for row in found["rows"]] == [
        {"sku": "MAT-1", "location": "0001", "qty": "1234"},
        {"sku": "MAT-2", "location": "0001", "qty": "7"},
    ]
    bad = cli("feed", "mapping", "preview", file("bad.csv", ERP), "--mapping", out)
    assert bad.exit_code == 1
    assert "1 good rows and 1 bad ones; that is all" in bad.stdout
    assert "'viele' is not a number with a decimal comma" in bad.stdout


def test_names_of_a_source_are_kept_and_looked_up(
    company: None, cli: Cli, answer: Answer, file: File, tmp_path: Path
) -> None:
    assert "is created" in cli("item-aliases", "put", "erp", "MAT-1", "MUG").stdout
    assert "is created" in cli("location-aliases", "put", "erp", "0001", "dc").stdout
    assert answer("item-aliases", "list", "erp")["rows"][0]["item"] == "MUG"
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"source": "erp", "item_by": "alias"}')
    plain = file("plain.csv", "sku,location,qty\nMAT-1,0001,3\nMAT-9,0001,3\n")
    found = cli("feed", "mapping", "preview", plain, "--mapping", mapping)
    assert "MUG" in found.stdout
    assert "erp has no name 'MAT-9' for an item" in found.stdout
    assert "is ended" in cli("item-aliases", "remove", "erp", "MAT-1").stdout
    assert cli("location-aliases", "remove", "erp", "0002").exit_code == 1


def test_a_mapping_that_is_wrong_says_what(company: None, cli: Cli, file: File, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"fields": {"sku": {"columns": ["a"], "step": 1}}}')
    told = cli("feed", "mapping", "preview", file("a.csv", "a\n1\n"), "--mapping", mapping)
    assert told.exit_code == 1
    assert "unknown field `step` - at `$.fields[...]`" in told.stderr


def test_an_x12_file_is_answered(company: None, cli: Cli, answer: Answer, tmp_path: Path) -> None:
    raw = stock_report(Partners("ZZ:WMS", "ZZ:HUB"), 7, datetime.now(UTC), "R", [StockLine("A", 5)])
    source, out = tmp_path / "846.edi", tmp_path / "997.edi"
    source.write_bytes(raw)
    (first,) = answer("feed", "acknowledge", source, "--out", out)["interchanges"]
    assert (first["sender"], first["control"], first["seen"]) == ("ZZ:WMS", "000000007", "new")
    assert (first["accepted"], first["rejected"]) == (["846 0001"], [])
    assert b"AK2*846*0001~" in out.read_bytes()
    assert "again" in cli("feed", "acknowledge", source, "--out", out).stdout
    source.write_bytes(out.read_bytes())
    assert "Nothing is to be answered" in cli("feed", "acknowledge", source, "--out", out).stdout


def test_an_846_is_taken_in_as_a_feed_says(company: None, cli: Cli, answer: Answer, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"format": {"name": "x12", "quantity": "17"}}')
    added = cli("feed", "add", "wms", "--meaning", "on_hand", "--settings", settings)
    assert added.exit_code == 0, added.stderr
    source = tmp_path / "846.edi"
    line = StockLine("MUG", 5, 7, location="dc")
    source.write_bytes(stock_report(Partners("ZZ:WMS", "ZZ:HUB"), 7, datetime.now(UTC), "R", [line]))
    done = answer("feed", "run", "wms", source)
    assert (done["state"], done["report"]["up"]) == ("done", 7)
    assert [row["on_hand"] for row in answer("stock")["rows"]] == [7]


def test_partners_are_told_what_there_is(
    company: None, cli: Cli, answer: Answer, fault: Answer, tmp_path: Path
) -> None:
    ends = ("--location", "dc", "--sender", "ZZ:HUB", "--receiver", "ZZ:WMS")
    out = tmp_path / "846.edi"
    assert fault("edi", "846", *ends, "--out", out)["field"] == "location"
    assert not out.exists()
    settings = tmp_path / "settings.json"
    settings.write_text('{"location": "dc"}')
    assert cli("feed", "add", "erp", "--meaning", "on_hand", "--settings", settings).exit_code == 0
    stock = tmp_path / "stock.csv"
    stock.write_text("sku,qty\nMUG,7\n")
    assert cli("feed", "run", "erp", stock).exit_code == 0
    assert answer("edi", "846", *ends, "--out", out, "--test")["lines"] == 1
    assert b"LIN*1*SK*MUG~" in out.read_bytes()
    assert b"*0*T*>~" in out.read_bytes()
    told = fault("edi", "940", "7", "--channel", "web", *ends, "--out", out)
    assert told["field"] == "channel"
    assert fault("edi", "943", "PO-7", *ends, "--out", out)["field"] == "document"
