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


def test_what_is_wrong_is_said_in_a_sentence(company: None, cli: Cli, file: File) -> None:
    told = cli("feed", "add", "erp", "--meaning", "stock")
    assert (told.exit_code, "meaning" in told.stderr) == (1, True)
    assert cli("feed", "run", "nobody", file("a.csv", "sku\nA\n")).exit_code == 1
