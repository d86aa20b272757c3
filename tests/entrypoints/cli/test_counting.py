"""Cycle counts from the command line: asked for, counted by file, decided; plans, limits, codes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.factories import accept
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.store.database import Database

File = Callable[[str, str], Path]


@pytest.fixture
def task(db: Database, answer: Answer) -> int:
    """Ten lamps and five vases at dc, to be counted."""
    accept(put_locations(db, [LocationDraft("dc", kind="dc")]))
    accept(put_channels(db, [ChannelDraft("web", locations=("dc",))]))
    accept(put_items(db, [ItemDraft("LAMP"), ItemDraft("VASE")]))
    answer("book", "receive", "LAMP", "dc", 10)
    answer("book", "receive", "VASE", "dc", 5)
    return int(answer("counts", "ask", "dc", "LAMP", "VASE", "--urgent")["id"])


def test_a_sheet_is_written_filled_in_and_taken(cli: Cli, answer: Answer, file: File, task: int) -> None:
    sheet = cli("counts", "sheet", task, "--csv").stdout
    assert sheet == "sku,code,lot,bin,qty,counted_at\nLAMP,,,,,\nVASE,,,,,\n"
    filled = file("sheet.csv", sheet.replace("LAMP,,,,,", "LAMP,,,,10,").replace("VASE,,,,,", "VASE,,,,2,"))
    assert "Rows taken: 2, refused: 0" in cli("counts", "import", task, filled, "--by", "ann").stdout
    (row,) = answer("counts", "show", task)["rows"]
    assert (row["sku"], row["state"]) == ("LAMP", "booked")
    again = cli("counts", "import", task, file("second.csv", "sku;qty\nVASE;2\n"), "--by", "ann")
    assert again.exit_code == 1
    assert "Line 2: VASE is to be counted again by somebody else" in again.stdout
    cli("counts", "import", task, file("third.csv", "sku;qty\nVASE;2\n"), "--by", "bob")
    assert answer("counts", "approve", task, "VASE", "--reason", "broken")["state"] == "booked"
    assert {row["sku"]: row["on_hand"] for row in answer("stock")["rows"]} == {"LAMP": 10, "VASE": 2}
    assert answer("counts", "tasks", "--state", "done")["rows"][0]["id"] == task


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("sku,qty\nLAMP,many\n", "line 2, qty"),
        ("sku,qty\nLAMP,-1\n", "line 2, qty"),
        ("sku,qty\nLAMP,1e308\n", "line 2, qty"),
        ("sku,pieces\nLAMP,1\n", "line 1"),
        ("sku,qty\nLAMP,1,2\n", "line 2"),
        ("sku,code,qty\nLAMP,VASE,1\n", "line 2, sku"),
        ("sku,code,qty\n,9501101530004,1\n", "line 2, code"),
        ("sku,qty\n\0,1\n", "file"),
        ("sku,qty,counted_at\nLAMP,1,soon\n", "line 2, counted_at"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_whole(
    fault: Answer, answer: Answer, file: File, task: int, text: str, field: str
) -> None:
    assert fault("counts", "import", task, file("bad.csv", text))["field"] == field
    assert answer("counts", "sheet", task)["lines"][0]["state"] == "open"


def test_a_limit_holds_back_who_has_none(answer: Answer, fault: Answer, file: File, task: int) -> None:
    for who in ("ann", "bob"):
        answer("counts", "limit", "lead", "--member", "cli:lena", "--units", 1, "--value", "10", "--own-counts")
        cli_file = file(f"{who}.csv", "sku,qty\nVASE,1\n")
        answer("counts", "import", task, cli_file, "--by", who)
    told = fault("counts", "approve", task, "VASE", "--reason", "gone")
    assert told["type"] == "beyond-limit"
    (role,) = answer("counts", "limits")
    assert (role["members"], role["own_counts"]) == (["cli:lena"], True)
    answer("counts", "limit", "lead", "--remove")
    assert answer("counts", "recount", task, "VASE", "--reason", "look behind it")["state"] == "recount"
    assert fault("counts", "dismiss", task, "VASE", "--reason", "so it is")["type"] == "conflict"


def test_a_task_is_given_to_somebody(cli: Cli, answer: Answer, task: int) -> None:
    assert answer("counts", "assign", task, "ann")["assigned_to"] == "ann"
    assert [row["id"] for row in answer("counts", "tasks", "--for", "ann")["rows"]] == [task]
    assert answer("counts", "assign", task)["assigned_to"].startswith("cli:")
    assert "for whoever comes" in cli("counts", "assign", task, "").stdout


def test_plans_make_tasks(cli: Cli, answer: Answer, task: int) -> None:
    answer("counts", "cancel", task)
    assert "schedule add count-plans" in cli("counts", "plan", "daily", "--wear", 1, "--lines-a-task", 1).stdout
    assert answer("counts", "plans")[0]["wear"] == 1
    assert len(answer("counts", "make")["plans"]) == 2
    skus = {
        line["sku"]
        for row in answer("counts", "tasks")["rows"]
        for line in answer("counts", "sheet", row["id"])["lines"]
    }
    assert skus == {"LAMP", "VASE"}
    assert answer("schedule", "add", "count-plans")["what"] == "count-plans"
    answer("counts", "plan", "daily", "--remove")
    assert answer("counts", "plans") == []


def test_a_code_is_looked_up(cli: Cli, fault: Answer, task: int) -> None:
    assert "LAMP" in cli("counts", "scan", "LAMP").stdout
    assert fault("counts", "scan", "9501101530004")["field"] == "code"


def test_a_rejected_pick_asks_for_a_count(answer: Answer, fault: Answer, task: int) -> None:
    answer("counts", "cancel", task)
    answer("orders", "reserve", "web", "R1", "LAMP=2")
    assert fault("orders", "reject-pick", "web", "R1", "--reason", "damaged")["type"] == "usage"
    assert answer("orders", "reject-pick", "web", "R1")["units"] == 10
    (asked,) = answer("counts", "tasks")["rows"]
    assert (asked["why"], asked["location"]) == ("pick", "dc")
    assert fault("counts", "cancel", asked["id"])["field"] == "in_doubt"
    assert answer("counts", "cancel", asked["id"], "--in-doubt", "recount")["state"] == "cancelled"
    assert [row["why"] for row in answer("counts", "tasks")["rows"]] == ["pick"]


def test_what_plans_are_worth_can_be_seen(bare: Cli) -> None:
    said = bare("counts", "prove", "--seed", 21).stdout
    assert "planned" in said
    assert "40.0%" in said


def test_a_number_that_no_task_has_is_refused(cli: Cli, task: int) -> None:
    for command in (("sheet", 10**22), ("show", 0)):
        assert cli("counts", *command).exit_code == 2
