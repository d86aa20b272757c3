"""Approval, inspection and putting away: in parts, with a reason, never more than waits."""

from typing import Any

import pytest

from tests.feeds.receiving.clerk import Clerk
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.values import Receipt, ReceiptLine, Receive
from truestock.ledger.values import NotBooked, Opening


def waiting(clerk: Clerk, sku: str) -> list[tuple[str, int]]:
    rows = clerk.shop.read(
        "SELECT r.lands, r.waiting::int FROM received r JOIN item i ON i.id = r.item WHERE i.sku = %s "
        "AND r.waiting > 0 ORDER BY r.id",
        sku,
    )
    return [(lands, units) for lands, units in rows]


def statuses(clerk: Clerk, sku: str) -> dict[str, int]:
    return {status: on_hand for (_, _, status, _), (on_hand, _) in clerk.shop.cells(sku).items()}


def to(clerk: Clerk, lands: str, qty: int) -> str:
    """An item of which so many units came and wait."""
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands=lands)
    clerk.line(sku, qty)
    return sku


def test_approved_units_become_sellable_in_parts_and_rejected_ones_go_where_it_is_said(clerk: Clerk) -> None:
    sku = to(clerk, "approval", 10)
    assert clerk.shop.atp("b2b", sku) == 0
    clerk.decided(sku, "approved", 6)
    clerk.decided(sku, "rejected", 3, goes_to="damaged", reason="crushed")
    clerk.decided(sku, "rejected", goes_to="supplier", reason="not ours")
    assert statuses(clerk, sku) == {"sellable": 6, "damaged": 3}
    assert waiting(clerk, sku) == []
    decisions = clerk.shop.read(
        "SELECT d.decision, d.goes_to, d.qty::int, d.actor, d.reason FROM receiving_decision d "
        "JOIN item i ON i.id = d.item WHERE i.sku = %s ORDER BY d.recorded_at",
        sku,
    )
    assert decisions == [
        ("approved", "sellable", 6, "chief", ""),
        ("rejected", "damaged", 3, "chief", "crushed"),
        ("rejected", "supplier", 1, "chief", "not ours"),
    ]


def test_inspection_passes_and_fails_in_parts_with_what_was_sampled(clerk: Clerk) -> None:
    sku = to(clerk, "inspection", 10)
    clerk.decided(sku, "passed", 7, sampled=2)
    clerk.decided(sku, "failed", 1, goes_to="rework", reason="label is wrong")
    clerk.decided(sku, "failed", 1, goes_to="scrap", reason="broken")
    assert statuses(clerk, sku) == {"sellable": 7, "rework": 1, "inspection": 1}
    assert waiting(clerk, sku) == [("inspection", 1)]


def test_units_in_inspection_that_no_receipt_brought_can_be_inspected_too(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.shop.book(Opening(sku=sku, location="dc", qty=5, status="inspection"))
    clerk.decided(sku, "passed", 4)
    assert statuses(clerk, sku) == {"sellable": 4, "inspection": 1}


def test_what_is_approved_goes_on_where_the_rule_says(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection", over_percent=0)
    clerk.line(sku, 12, document=clerk.order({sku: 10}))
    assert waiting(clerk, sku) == [("inspection", 10), ("approval", 2)]
    clerk.decided(sku, "approved", 2)
    assert waiting(clerk, sku) == [("inspection", 10), ("inspection", 2)]
    clerk.decided(sku, "passed")
    assert statuses(clerk, sku) == {"sellable": 12}


def test_approved_units_that_are_put_away_next_stay_received_until_then(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="receiving", unexpected="approval")
    clerk.line(sku, 5)
    refused = clerk.put_away(sku, 1)
    assert isinstance(refused, NotBooked), "nobody has approved it"
    clerk.decided(sku, "approved", 3)
    assert statuses(clerk, sku) == {"receiving": 5}
    assert isinstance(clerk.put_away(sku, 4), NotBooked)
    clerk.put_away(sku, 3)
    assert statuses(clerk, sku) == {"sellable": 3, "receiving": 2}


def test_one_receipts_units_can_be_meant(clerk: Clerk) -> None:
    sku = to(clerk, "inspection", 3)
    second = clerk.line(sku, 4).landed[0].movement
    assert isinstance(clerk.decide(sku, "passed", 5, received=second), NotBooked)
    clerk.decided(sku, "passed", 2, received=second)
    assert waiting(clerk, sku) == [("inspection", 3), ("inspection", 2)]


@pytest.mark.parametrize(
    ("decision", "said", "field"),
    [
        ("passed", {"qty": 4}, "qty"),
        ("approved", {}, "qty"),
        ("failed", {"goes_to": "damaged"}, "reason"),
        ("failed", {"reason": "broken"}, "goes_to"),
        ("passed", {"goes_to": "damaged"}, "goes_to"),
        ("passed", {"location": "moon"}, "location"),
        ("passed", {"lot": "A"}, "lot"),
        ("passed", {"bin": "ghost"}, "bin"),
        ("failed", {"goes_to": "scrap", "reason": "broken", "bin": "P1"}, "bin"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(
    clerk: Clerk, decision: str, said: dict[str, Any], field: str
) -> None:
    sku = to(clerk, "inspection", 3)
    answer = clerk.decide(sku, decision, **said)
    assert isinstance(answer, NotBooked)
    assert answer.field == field
    assert statuses(clerk, sku) == {"inspection": 3}


def test_a_decision_and_a_putting_away_are_once_under_their_key(clerk: Clerk) -> None:
    sku = to(clerk, "inspection", 4)
    first, again = clerk.decided(sku, "passed", 2, key="d" + sku), clerk.decided(sku, "passed", 2, key="d" + sku)
    assert (first.replay, again.replay, again.movements) == (False, True, first.movements)
    assert isinstance(clerk.decide(sku, "passed", 1, key="d" + sku), NotBooked)
    shelved = to(clerk, "receiving", 4)
    for replay in (False, True):
        assert clerk.put_away(shelved, 3, key="p" + shelved).replay is replay
    assert statuses(clerk, shelved) == {"sellable": 3, "receiving": 1}


def test_units_that_become_sellable_serve_what_is_owed_and_then_the_rings(clerk: Clerk) -> None:
    shop, sku = clerk.shop, to(clerk, "receiving", 10)
    shop.rule("ring_share", 50, channel="b2b", location="dc", item=sku, unit="percent")
    owed = shop.buy("web", {sku: 4}, mode="sold")
    assert shop.owed(sku) == {owed.ref: 4}
    assert clerk.put_away(sku, 8).rings == {"b2b": 2}
    assert shop.owed(sku) == {}


def test_lots_are_inspected_one_by_one(clerk: Clerk) -> None:
    sku = clerk.shop.item(lots=True)
    clerk.rule(location="dc", item=sku, lands="inspection")
    clerk.receive([ReceiptLine(3, sku, lot="A"), ReceiptLine(2, sku, lot="B")])
    clerk.decided(sku, "failed", goes_to="quarantine", reason="recall", lot="A")
    clerk.decided(sku, "passed")
    found = {(lot, status): on_hand for (_, lot, status, _), (on_hand, _) in clerk.shop.cells(sku).items()}
    assert found == {("A", "quarantine"): 3, ("B", "sellable"): 2}


def test_who_received_units_does_not_decide_whether_they_are_approved(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="approval")
    clerk.line(sku, 5)
    for decision in ("approved", "rejected"):
        more = {"goes_to": "scrap", "reason": "broken"} if decision == "rejected" else {}
        refused = clerk.decide(sku, decision, 2, who="clerk", **more)
        assert isinstance(refused, NotBooked)
        assert refused.type == "own-receipt"
    assert clerk.decided(sku, "approved", 2).qty == 2


def test_somebody_who_received_some_units_approves_those_of_others(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="approval")
    clerk.line(sku, 5)
    receipt = Receipt(clerk.shop.new_ref(), "dc", [ReceiptLine(3, sku)])
    clerk.shop.run(receive, [Receive(receipt, "chief")])
    assert clerk.decide(sku, "approved", 6).type == "own-receipt"
    assert clerk.decided(sku, "approved").qty == 5, "all that wait for others to approve them"
    assert clerk.decide(sku, "approved").type == "own-receipt"
    assert clerk.decided(sku, "approved", who="clerk").qty == 3


def test_a_rule_may_let_who_receives_approve_and_a_more_specific_one_may_forbid_it(clerk: Clerk) -> None:
    sku, other = clerk.shop.item(), clerk.shop.item()
    clerk.rule(location="store", own_approval=True)
    clerk.rule(location="store", item=other, own_approval=False)
    for named in (sku, other):
        clerk.rule(item=named, lands="approval")
        clerk.line(named, 5, location="store")
    assert clerk.decided(sku, "approved", 5, location="store", who="clerk").qty == 5
    assert clerk.decide(other, "approved", 5, location="store", who="clerk").type == "own-receipt"


def test_who_received_units_may_inspect_them(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection")
    clerk.line(sku, 5)
    assert clerk.decided(sku, "passed", who="clerk").qty == 5
