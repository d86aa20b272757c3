"""Fees are brought in by file, listed, summed up, and shown at their order."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli

File = Callable[[str, str], Path]
FEES = """order;sku;kind;amount;currency;posted_at;settlement
1001;MUG;commission;1.50;EUR;2026-11-20;S1
1002;MUG;commission;-0.50;EUR;2026-11-21;S1
;;storage;9;EUR;2026-11-21;S2
"""


@pytest.fixture
def company(cli: Cli, file: File) -> None:
    """A channel that has sold a mug."""
    for noun, text in (
        ("locations", "code,kind\ndc,dc\n"),
        ("channels", "code\nweb\n"),
        ("channel-locations", "channel,location\nweb,dc\n"),
        ("items", "sku\nMUG\n"),
    ):
        assert cli("import", noun, file(f"{noun}.csv", text)).exit_code == 0
    assert cli("orders", "reserve", "web", "1001", "MUG=1", "--mode", "sold").exit_code == 0


def test_a_file_is_tried_taken_in_and_then_changes_nothing(company: None, cli: Cli, answer: Answer, file: File) -> None:
    words = ("import", "fees", file("fees.csv", FEES), "--channel", "web")
    assert "A dry run" in cli(*words, "--dry-run").stdout
    assert answer("fees", "list", "web")["rows"] == []
    assert answer(*words)["files"][0]["created"] == 3
    assert answer(*words)["files"][0]["unchanged"] == 3
    rows = answer("fees", "list", "web")["rows"]
    assert [(row["order"], row["known"]) for row in rows] == [("1002", False), ("", False), ("1001", True)]
    assert [row["order"] for row in answer("fees", "list", "web", "--unmatched")["rows"]] == ["1002", ""]
    assert [row["order"] for row in answer("fees", "list", "web", "--settlement", "S2")["rows"]] == [""]


def test_a_file_of_another_channel_is_taken_out_again(company: None, cli: Cli, answer: Answer, file: File) -> None:
    words = ("import", "fees", file("fees.csv", FEES), "--channel", "web")
    answer(*words)
    assert answer(*words, "--undo")["files"][0]["changed"] == 3
    assert answer("fees", "list", "web")["rows"] == []
    assert cli(*words, "--undo", "--dry-run").exit_code == 2


def test_sums_are_told_for_a_time(company: None, cli: Cli, answer: Answer, file: File) -> None:
    cli("import", "fees", file("fees.csv", FEES), "--channel", "web")
    totals = answer("fees", "totals", "--channel", "web")["totals"]
    assert [(one["kind"], one["fees"], one["amount"]) for one in totals] == [
        ("commission", 2, "1.0000"),
        ("storage", 1, "9.0000"),
    ]
    assert len(answer("fees", "totals", "--until", "2026-11-21")["totals"]) == 1
    assert "storage" in cli("fees", "totals").stdout


def test_an_order_shows_its_fees(company: None, cli: Cli, file: File) -> None:
    assert "Fees" not in cli("orders", "show", "web", "1001").stdout
    cli("import", "fees", file("fees.csv", FEES), "--channel", "web")
    shown = cli("orders", "show", "web", "1001").stdout
    assert "Fees" in shown
    assert "commission" in shown
    assert "file" in shown


def test_a_bad_line_is_named_with_its_number(company: None, cli: Cli, fault: Answer, file: File) -> None:
    bad = file("fees.csv", FEES.replace("9;EUR", "nine;EUR"))
    result = cli("import", "fees", bad, "--channel", "web")
    assert result.exit_code == 1
    assert "4" in result.stdout
    assert "'nine' is not a number; write it like 12.50" in result.stdout
    assert fault("import", "fees", bad, "--channel", "shop")["type"] == "not-found"
