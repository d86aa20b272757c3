"""Receiving, typed: orders and receipts, what waits, transfers, variances, tills and bins."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli


@pytest.fixture
def company(answer: Answer) -> None:
    """Ten lamps in the dc, which has bins, and none in the store."""
    for sku in ("LAMP", "CUP"):
        answer("items", "put", sku)
    answer("locations", "put", "dc", "--kind", "dc")
    answer("locations", "put", "store", "--kind", "store")
    for code, zone in (("S-1", "staging"), ("P-1", "pick")):
        answer("bins", "put", "dc", code, zone)
    answer("channels", "put", "web", "--location", "dc", "--location", "store")
    answer("book", "receive", "LAMP", "dc", "10")


def atp(answer: Answer, sku: str) -> int:
    return int(answer("atp", sku, "web")["atp"])


@pytest.mark.usefixtures("company")
def test_an_order_is_received_told_apart_and_closed(answer: Answer, cli: Cli) -> None:
    answer("expected", "order", "PO-1", "dc", "LAMP=5", "CUP=2", "--due-at", "2031-05-01", "--supplier", "acme")
    told = answer("receiving", "receive", "dc", "R-1", "LAMP=6", "--document", "PO-1")
    assert [(one["qty"], one["outcome"]) for one in told["lines"][0]["landed"]] == [(5, "expected"), (1, "over")]
    shown = cli("receiving", "receive", "dc", "R-2", "CUP=1", "--document", "PO-1").stdout
    assert "1 short" in shown
    assert "Still to come: 1 units of CUP." in shown
    answer("expected", "move", "PO-1", "--due-at", "2020-01-01")
    assert [row["sku"] for row in answer("expected", "overdue")["rows"]] == ["CUP"]
    assert answer("expected", "close", "PO-1", "--reason", "sold out") == {"lines": 1}
    assert answer("expected", "show", "PO-1")["state"] == "closed"
    assert "PO-1" in cli("expected", "documents", "--closed").stdout
    assert answer("expected", "documents")["rows"] == []
    refused = cli("receiving", "receive", "dc", "R-3", "GHOST=1")
    assert refused.exit_code == 1
    assert "GHOST" in refused.stdout


@pytest.mark.usefixtures("company")
def test_what_waits_is_decided_and_put_away(answer: Answer, fault: Answer, cli: Cli) -> None:
    answer("receiving", "rule", "--location", "dc", "--item", "CUP", "--lands", "inspection")
    answer("receiving", "rule", "--location", "dc", "--lands", "receiving", "--unexpected", "approval")
    answer("receiving", "receive", "dc", "R-1", "CUP=5", "LAMP=4")
    rows = answer("receiving", "list", "--waiting")["rows"]
    assert {(row["sku"], row["lands"], row["waiting"]) for row in rows} == {
        ("CUP", "approval", 5),
        ("LAMP", "approval", 4),
    }
    assert "somebody else" in fault("receiving", "approve", "CUP", "dc")["detail"]
    answer("receiving", "rule", "--own-approval")
    answer("receiving", "approve", "CUP", "dc")
    answer("receiving", "pass", "CUP", "dc", "--qty", 3, "--sampled", 1, "--bin", "P-1")
    answer("receiving", "fail", "CUP", "dc", "--to", "scrap", "--reason", "broken")
    answer("receiving", "reject", "LAMP", "dc", "--to", "supplier", "--reason", "not ours", "--qty", 1)
    answer("receiving", "approve", "LAMP", "dc")
    assert fault("receiving", "put-away", "LAMP", "dc", 9)["field"] == "qty"
    answer("receiving", "put-away", "LAMP", "dc", 3, "--bin", "P-1")
    assert (atp(answer, "CUP"), atp(answer, "LAMP")) == (3, 13)
    (cups,) = (row["id"] for row in rows if row["sku"] == "CUP")
    assert [row["decision"] for row in answer("receiving", "decisions", cups)["rows"]] == ["approved"]
    rules = answer("receiving", "rules")["rows"]
    assert [row["own_approval"] for row in rules] == [None, None, True]
    answer("receiving", "end-rule", rules[0]["id"])
    assert "receiving" in cli("receiving", "rules").stdout


@pytest.mark.usefixtures("company")
def test_a_return_is_inspected_by_its_number(answer: Answer, fault: Answer, cli: Cli) -> None:
    back = ("--status", "inspection", "--source", "desk", "--ref")
    answer("book", "return", "CUP", "dc", 2, *back, "O-8")
    answer("book", "return", "CUP", "dc", 3, *back, "O-9")
    rows = answer("receiving", "list", "--waiting", "--lands", "inspection")["rows"]
    told = [(row["kind"], row["source"], row["receipt"], row["waiting"], row["age_hours"]) for row in rows]
    assert told == [("return", "desk", "O-8", 2, 0), ("return", "desk", "O-9", 3, 0)]
    assert answer("receiving", "list", "--waiting", "--lands", "approval")["rows"] == []
    assert fault("receiving", "list", "--waiting", "--lands", "moon")["field"] == "lands"
    answer("receiving", "pass", "CUP", "dc", "--received", rows[1]["id"])
    assert [row["receipt"] for row in answer("receiving", "list", "--waiting")["rows"]] == ["O-8"]
    assert "O-8" in cli("receiving", "list", "--waiting").stdout
    assert answer("receiving", "list")["rows"] == []


@pytest.mark.usefixtures("company")
def test_bins_show_what_lies_where(answer: Answer) -> None:
    answer("bins", "move", "LAMP", "dc", 4, "--to", "P-1")
    answer("bins", "move", "LAMP", "dc", 6, "--from", "P-1", "--to", "S-1")
    rows = answer("bins", "stock", "--location", "dc")["rows"]
    assert {(row["bin"], row["qty"]) for row in rows} == {("", 4), ("S-1", 6)}
    (gap,) = answer("bins", "gaps")["rows"]
    assert (gap["bin"], gap["qty"]) == ("P-1", 2)
    answer("bins", "close-gap", gap["movement"], gap["id"])
    assert answer("bins", "gaps")["rows"] == []


@pytest.mark.usefixtures("company")
def test_transfers_variances_and_tills(answer: Answer, fault: Answer, cli: Cli) -> None:
    answer("transfers", "send", "T-1", "dc", "store", "LAMP=4", "--due-at", "2031-01-01")
    answer("receiving", "receive", "store", "R-1", "LAMP=3", "--document", "T-1")
    assert answer("transfers", "lost", "T-1", "--reason", "stolen")["units"] == {"LAMP": 1}
    assert fault("transfers", "lost", "T-1", "--reason", "stolen")["type"] == "not-found"
    answer("variances", "book", "defective", "store", "LAMP", "--note", "no plug")
    answer("pos", "sale", "store", "1001", "LAMP", "--channel", "web")
    assert answer("pos", "sale", "store", "1001", "LAMP", "--channel", "web")["lines"][0]["replay"] is True
    answer("pos", "sale", "store", "1002", "LAMP", "--returned", "--status", "damaged")
    assert atp(answer, "LAMP") == 7
    answer("variances", "reason", "mould", "sellable", "quarantine")
    assert "mould" in cli("variances", "reasons").stdout
    both = cli("variances", "book", "mould", "dc", "LAMP", "GHOST")
    assert both.exit_code == 1
    assert "refused" in both.stdout
    assert fault("variances", "book", "ghost", "dc", "LAMP")["field"] == "reason"


@pytest.mark.usefixtures("company")
def test_a_file_of_variances_is_booked_once_and_its_bad_lines_are_told(
    answer: Answer, cli: Cli, fault: Answer, file: Callable[[str, str], Path]
) -> None:
    good = file("good.csv", "location;reason;qty;sku;note\ndc;lost;1;LAMP;aisle 4\ndc;found;3;CUP;\n")
    assert answer("variances", "import", good, "--source", "store") == {"booked": 2, "known": 0, "refused": []}
    assert answer("variances", "import", good, "--source", "store") == {"booked": 0, "known": 2, "refused": []}
    assert (atp(answer, "LAMP"), atp(answer, "CUP")) == (9, 3)
    bad = file(
        "bad.csv",
        "location,reason,qty,sku\ndc,lost,one,LAMP\ndc,ghost,1,LAMP\ndc,lost,1,LAMP\ndc,,1,LAMP\ndc,lost,-1,LAMP\n",
    )
    shown = cli("variances", "import", bad)
    assert shown.exit_code == 1
    assert "1 lines were booked, 0 had been before, 4 were refused." in shown.stdout
    assert atp(answer, "LAMP") == 8
    assert fault("variances", "import", file("none.csv", "a,b\n1,2\n"))["field"] == "file"


@pytest.mark.usefixtures("company")
def test_the_ledger_holds(answer: Answer) -> None:
    answer("receiving", "receive", "dc", "R-1", "LAMP=3")
    answer("bins", "move", "LAMP", "dc", 2, "--to", "P-1")
    assert answer("check")["ok"] is True
