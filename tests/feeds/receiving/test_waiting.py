"""What waits is never more than what lies there, whoever takes units away and however it is told."""

from typing import Any

import msgspec
import pytest

from tests.factories import ago
from tests.feeds.receiving.clerk import Clerk
from truestock.feeds.receiving.values import Decided, ReceiptLine
from truestock.ledger.values import AnyBooking, Count, NotBooked
from truestock.reporting import lists

RULED = {"approval": "receiving", "inspection": "inspection"}


def waiting(clerk: Clerk, sku: str) -> list[int]:
    """Units that wait, receipt by receipt."""
    return [row.waiting for row in lists.list_received(clerk.shop.hub.db, waiting=True, sku=sku).rows]


def ruled(clerk: Clerk, lands: str, *, lots: bool = False) -> str:
    """An item whose units wait when they come."""
    sku = clerk.shop.item(lots=lots)
    clerk.rule(location="dc", item=sku, lands=lands)
    return sku


def booking(kind: str, sku: str, qty: int, **said: Any) -> AnyBooking:
    """Something booked by hand at the dc."""
    told = {"kind": kind, "sku": sku, "location": "dc", "qty": qty, "reason": "by hand"}
    made: AnyBooking = msgspec.convert({**told, **said}, AnyBooking)
    return made


def leaving(sku: str, status: str, qty: int) -> dict[str, AnyBooking]:
    """Everything that takes units out of a status by hand."""
    return {
        "a change of status": booking("status", sku, qty, from_status=status, to_status="quarantine"),
        "a loss": booking("adjust", sku, -qty, status=status),
        "a count": booking("count", sku, 8 - qty, status=status),
        "scrap": booking("scrap", sku, qty, status=status),
        "back to the supplier": booking("send_back", sku, qty, status=status),
        "put away by a booking": booking("put_away", sku, qty, from_status=status),
    }


@pytest.mark.parametrize("way", leaving("any", "receiving", 1))
@pytest.mark.parametrize("lands", RULED)
def test_units_that_leave_by_hand_wait_no_more(clerk: Clerk, lands: str, way: str) -> None:
    sku = ruled(clerk, lands)
    clerk.line(sku, 5)
    clerk.line(sku, 3)
    (booked,) = clerk.shop.book(leaving(sku, RULED[lands], 6)[way])
    assert waiting(clerk, sku) == [2], "the longest waiting have left first"
    decision: Any = "approved" if lands == "approval" else "passed"
    assert isinstance(clerk.decide(sku, decision, 3), NotBooked)
    assert clerk.decided(sku, decision).qty == 2
    first = lists.list_received(clerk.shop.hub.db, sku=sku).rows[0].id
    (left,) = lists.list_decisions(clerk.shop.hub.db, [first])
    assert (left.decision, left.qty, left.movement, left.actor) == ("left", 5, booked.movement, "test")


def test_units_that_a_reversal_brings_back_wait_again(clerk: Clerk) -> None:
    sku = ruled(clerk, "approval")
    clerk.line(sku, 5)
    (moved,) = clerk.shop.book(booking("status", sku, 4, from_status="receiving", to_status="damaged"))
    assert waiting(clerk, sku) == [1]
    clerk.undo(moved.movement)
    assert waiting(clerk, sku) == [5]
    assert isinstance(clerk.put_away(sku, 1), NotBooked), "nobody has approved them"


def test_received_units_that_nobody_has_to_approve_leave_before_those_that_wait(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="receiving", over_percent=0)
    clerk.line(sku, 8, document=clerk.order({sku: 5}))
    for qty, left in ((4, [3]), (2, [2])):
        clerk.shop.book(booking("adjust", sku, -qty, status="receiving"))
        assert waiting(clerk, sku) == left


def test_returned_units_leave_inspection_before_those_of_a_receipt(clerk: Clerk) -> None:
    sku = ruled(clerk, "inspection")
    clerk.line(sku, 5)
    clerk.shop.book(booking("return", sku, 3, status="inspection"))
    for qty, left in ((3, [5]), (1, [4])):
        clerk.shop.book(booking("adjust", sku, -qty, status="inspection"))
        assert waiting(clerk, sku) == left


def test_only_the_lot_that_left_waits_no_more(clerk: Clerk) -> None:
    sku = ruled(clerk, "inspection", lots=True)
    for lot in ("A", "B"):
        clerk.receive([ReceiptLine(5, sku, lot=lot)])
    clerk.shop.book(booking("adjust", sku, -4, status="inspection", lot="B"))
    assert waiting(clerk, sku) == [5, 1]


def test_what_a_count_had_seen_is_gone_when_it_is_told_late(clerk: Clerk) -> None:
    sku = ruled(clerk, "inspection")
    clerk.shop.book(Count(sku=sku, location="dc", qty=0, status="inspection", effective_at=ago(hours=1)))
    clerk.line(sku, 5, received_at=ago(hours=2))
    assert waiting(clerk, sku) == []


@pytest.mark.parametrize("lands", RULED)
def test_what_comes_to_a_place_below_zero_fills_it_first(clerk: Clerk, lands: str) -> None:
    sku = ruled(clerk, lands)
    (gone,) = clerk.shop.book(booking("adjust", sku, -3, status=RULED[lands]))
    came = clerk.line(sku, 5).landed[0].movement
    assert waiting(clerk, sku) == [2]
    (left,) = lists.list_decisions(clerk.shop.hub.db, [came])
    assert (left.decision, left.qty, left.movement) == ("left", 3, came)
    clerk.undo(came)
    assert waiting(clerk, sku) == []
    clerk.undo(gone.movement)
    clerk.line(sku, 5)
    assert waiting(clerk, sku) == [5]


def test_each_movement_of_a_batch_is_told_with_the_units_that_it_took(clerk: Clerk) -> None:
    sku = ruled(clerk, "inspection")
    clerk.line(sku, 5)
    gone = clerk.shop.book(*(booking("adjust", sku, qty, status="inspection") for qty in (-2, -1)))
    (row,) = lists.list_received(clerk.shop.hub.db, sku=sku).rows
    told = {one.movement: one.qty for one in lists.list_decisions(clerk.shop.hub.db, [row.id])}
    assert told == {gone[0].movement: 2, gone[1].movement: 1}
    clerk.undo(gone[0].movement)
    assert waiting(clerk, sku) == [4]


def test_a_decision_takes_its_own_units_and_no_others(clerk: Clerk) -> None:
    sku = ruled(clerk, "inspection")
    first = clerk.line(sku, 5).landed[0].movement
    second = clerk.line(sku, 3).landed[0].movement
    assert isinstance(clerk.decided(sku, "passed", 3, received=second), Decided)
    assert waiting(clerk, sku) == [5]
    assert [one.decision for one in lists.list_decisions(clerk.shop.hub.db, [first, second])] == ["passed"]
    clerk.shop.book(booking("adjust", sku, -9, status="inspection"))
    assert waiting(clerk, sku) == []
