"""Feeds by command: added, tried, run, answered, mended and undone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli

File = Callable[[str, str], Path]


@pytest.fixture
def company(cli: Cli, file: File) -> None:
    assert cli("import", "items", file("items.csv", "sku\nMUG\nCUP\n")).exit_code == 0
    assert cli("import", "locations", file("locations.csv", "code,kind\ndc,dc\n")).exit_code == 0


def test_a_feed_is_added_tried_run_and_undone(company: None, cli: Cli, answer: Answer, file: File) -> None:
    made = answer("feed", "add", "erp", "--meaning", "on_hand", "--location", "dc", "--due", "1440")
    assert (made["meaning"], made["posture"], made["settings"]["location"]) == ("on_hand", "book", "dc")
    stock = file("stock.csv", "sku,qty\nMUG,5\nCUP,3\nPOT,1\n")
    seen = cli("feed", "preview", "erp", stock)
    assert "A preview: nothing was written." in seen.stdout
    assert ["MUG", "dc", "sellable", "5", "0", "->", "5", "0", "->", "5"] in [
        line.split()[:10] for line in seen.stdout.splitlines()
    ]
    done = cli("feed", "run", "erp", stock)
    assert (done.exit_code, "there is no item 'POT'" in done.stdout) == (1, True)
    assert "This very file was taken before" in cli("feed", "run", "erp", stock).stdout
    (run,) = answer("feed", "runs", "erp")["rows"]
    assert (run["state"], run["report"]["up"]) == ("done", 8)
    (line,) = answer("feed", "lines", run["id"])["rows"]
    assert line["fields"]["sku"] == "POT"
    assert "Lines that are dropped: 1." in cli("feed", "drop", run["id"], "--line", line["line"]).stdout
    assert "units up 0, down 8" in cli("feed", "undo", run["id"], "--dry-run").stdout
    assert answer("feed", "undo", run["id"], "--yes")["down"] == 8
    assert "erp" in cli("feed", "list").stdout
    assert cli("feed", "remove", "erp").exit_code == 0


def test_a_suggested_mapping_is_kept_with_its_feed(company: None, cli: Cli, answer: Answer, file: File) -> None:
    stock, mapping = file("erp.csv", "Artikel;Bestand\nMUG;1.200\nPOT;1\n"), file("m.json", "")
    assert (
        "feed add CODE --meaning MEANING --mapping" in cli("feed", "mapping", "suggest", stock, "--out", mapping).stdout
    )
    answer("feed", "add", "erp", "--meaning", "on_hand", "--location", "dc", "--mapping", mapping)
    shown = [line.split(maxsplit=1) for line in cli("feed", "show", "erp").stdout.splitlines()]
    assert ["mapping.fields.sku.columns", "Artikel"] in [[cell.strip() for cell in cells] for cells in shown]
    done = cli("feed", "run", "erp", stock)
    assert "add the item, or name the source in the feed's mapping" in done.stdout
    assert ("truestock feed retry" in done.stdout, "displaced" in done.stdout) == (True, False)
    made = answer("feed", "add", "wms", "--meaning", "on_hand", "--format", "x12", "--quantity", "17")
    assert (made["settings"]["format"]["name"], made["settings"]["format"]["quantity"]) == ("x12", "17")


def test_expected_supply_is_undone_by_command(company: None, cli: Cli, answer: Answer, file: File) -> None:
    answer("feed", "add", "po", "--meaning", "expected", "--location", "dc")
    cli("feed", "run", "po", file("po.csv", "ref,sku,qty,due_at\nPO1,MUG,5,2091-05-01\n"))
    (run,) = answer("feed", "runs", "po")["rows"]
    assert "Lines of supply: 1 put back, 0 stay." in cli("feed", "undo", run["id"], "--dry-run").stdout
    (line,) = answer("feed", "undo", run["id"], "--yes")["supply"]
    assert (line["ref"], line["sku"], line["state"], line["stays"]) == ("PO1", "MUG", "cancelled", "")


def test_a_row_is_mended(company: None, cli: Cli, answer: Answer, file: File) -> None:
    answer("feed", "add", "wms", "--meaning", "delta", "--location", "dc")
    cli("feed", "run", "wms", file("delta.csv", "sku,qty\nMUGG,5\n"))
    (run,) = answer("feed", "runs")["rows"]
    assert answer("feed", "retry", run["id"], "--set", "2:sku=MUG")["taken"] == [2]
    assert cli("feed", "retry", run["id"], "--set", "2").exit_code == 2


def test_a_complete_feed_asks_by_command(company: None, cli: Cli, answer: Answer, file: File) -> None:
    answer("feed", "add", "erp", "--meaning", "on_hand", "--location", "dc", "--complete")
    assert cli("feed", "run", "erp", file("a.csv", "sku,qty\nMUG,5\nCUP,3\n")).exit_code == 0
    less = file("b.csv", "sku,qty\nMUG,5\n")
    seen = cli("feed", "preview", "erp", less).stdout
    assert ("A preview: nothing was written." in seen, "feed confirm" in seen) == (True, False)
    assert ["CUP", "dc", "sellable", "0", "3", "->", "0"] in [line.split()[:7] for line in seen.splitlines()]
    assert json.loads(cli("--json", "feed", "preview", "erp", less).stdout)["id"] == 0
    asked = cli("feed", "run", "erp", less)
    run = answer("feed", "runs", "erp")["rows"][0]
    assert f"truestock feed confirm {run['id']}" in asked.stdout
    assert answer("feed", "confirm", run["id"])["report"]["down"] == 3


def test_files_are_fetched_from_where_they_lie(company: None, cli: Cli, answer: Answer, file: File) -> None:
    stock = file("stock.csv", "sku,qty\nMUG,5\n")
    door = {"address": str(stock.parent), "name": "stock*", "stable_s": 0}
    settings = file("settings.json", json.dumps({"location": "dc", "door": door}))
    answer("feed", "add", "erp", "--meaning", "on_hand", "--settings", settings)
    (run,) = answer("feed", "look", "erp")
    assert (run["file"], run["report"]["up"]) == ("stock.csv", 5)
    assert answer("feed", "look", "erp") == []
    file("stock-2.csv", 'sku,qty\n"MUG,5\n')
    told = cli("feed", "look", "erp")
    assert (told.exit_code, "There is no new file" in told.stdout) == (1, False)
    assert "stock-2.csv: line 2: the file cannot be read on" in told.stderr


def test_what_is_wrong_is_said_in_a_sentence(company: None, cli: Cli, file: File) -> None:
    told = cli("feed", "add", "erp", "--meaning", "stock")
    assert told.exit_code == 1
    assert "meaning: invalid enum value 'stock'; it is one of on_hand, available, delta" in told.stderr
    told = cli("feed", "add", "erp", "--meaning", "on_hand", "--settings", file("m.json", '{"fields": {}}'))
    assert "settings: object contains unknown field `fields`; it is one of format, mapping, location" in told.stderr
    told = cli("feed", "add", "erp", "--meaning", "on_hand", "--mapping", file("n.json", "[]"))
    assert (told.exit_code, "n.json holds no mapping" in told.stderr) == (2, True)
    assert cli("feed", "run", "nobody", file("a.csv", "sku\nA\n")).exit_code == 1
