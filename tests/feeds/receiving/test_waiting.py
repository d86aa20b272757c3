"""What waits is what lies there, whoever brings units or takes them away and however it is told."""

from typing import Any

import msgspec
import pytest

from tests.factories import ago, ahead
from tests.feeds.receiving.clerk import Clerk
from truestock.feeds.receiving.values import Decided, ReceiptLine, TillLine
from truestock.ledger.proof.check import check
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
    for qty, left in ((4, [1, 3]), (2, [2])):
        clerk.shop.book(booking("adjust", sku, -qty, status="receiving"))
        assert waiting(clerk, sku) == left


def test_what_has_waited_longest_leaves_first_whatever_brought_it(clerk: Clerk) -> None:
    sku = ruled(clerk, "inspection")
    clerk.line(sku, 5)
    clerk.shop.book(booking("return", sku, 3, status="inspection"))
    for qty, left in ((3, [2, 3]), (3, [2])):
        clerk.shop.book(booking("adjust", sku, -qty, status="inspection"))
        assert waiting(clerk, sku) == left


def coming(sku: str, status: str) -> dict[str, AnyBooking]:
    """Everything that brings four units to a status by hand."""
    return {
        "a return": booking("return", sku, 4, status=status, ref="O-7", source="desk"),
        "an opening": booking("opening", sku, 4, status=status, ref="O-7", source="desk"),
        "units found": booking("adjust", sku, 4, status=status, ref="O-7", source="desk"),
        "a count": booking("count", sku, 4, status=status, ref="O-7", source="desk"),
        "a receipt": booking("receive", sku, 4, status=status, ref="O-7", source="desk"),
        "a change of status": booking(
            "status", sku, 4, from_status="sellable", to_status=status, ref="O-7", source="desk"
        ),
    }


@pytest.mark.parametrize("way", coming("any", "receiving"))
@pytest.mark.parametrize("status", ["receiving", "inspection"])
def test_whatever_brings_units_to_where_they_wait_they_are_told_with_where_they_came_from(
    clerk: Clerk, status: str, way: str
) -> None:
    sku = clerk.shop.item(dc=4 if way == "a change of status" else 0)
    brings = coming(sku, status)[way]
    (booked,) = clerk.shop.book(brings)
    (row,) = lists.list_received(clerk.shop.hub.db, waiting=True, sku=sku).rows
    assert (row.lands, row.outcome, row.qty, row.waiting) == (status, "none", 4, 4)
    assert (row.kind, row.source, row.receipt, row.movement) == (
        brings.books.name.lower(),
        "desk",
        "O-7",
        booked.movement,
    )
    if status == "inspection":
        clerk.decided(sku, "failed", 1, goes_to="scrap", reason="broken", received=row.id)
        clerk.decided(sku, "passed", received=row.id)
    else:
        clerk.put_away(sku, 4)
    assert waiting(clerk, sku) == []
    told = [(one.decision, one.goes_to, one.qty) for one in lists.list_decisions(clerk.shop.hub.db, [row.id])]
    passed = [("failed", "scrap", 1), ("passed", "sellable", 3)]
    assert told == (passed if status == "inspection" else [("put_away", "sellable", 4)])


def test_what_a_till_takes_back_waits_for_its_inspection(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.ring_up([TillLine(2, sku, returned=True, status="inspection")], ref=f"till {sku}", location="store")
    (row,) = lists.list_received(clerk.shop.hub.db, waiting=True, sku=sku).rows
    assert (row.kind, row.source, row.receipt, row.location, row.waiting) == (
        "return",
        "pos",
        f"till {sku}",
        "store",
        2,
    )
    clerk.decided(sku, "passed", location="store")
    assert clerk.shop.cells(sku) == {("store", "", "sellable", ""): (2, 0)}


def test_units_of_several_lots_that_one_movement_brings_wait_lot_by_lot(clerk: Clerk) -> None:
    sku = clerk.shop.item(lots=True)
    clerk.receive([ReceiptLine(3, sku, lot="A", expires_at=ahead(days=5))])
    clerk.receive([ReceiptLine(3, sku, lot="B", expires_at=ahead(days=9))])
    clerk.shop.book(booking("status", sku, 5, from_status="sellable", to_status="inspection"))
    rows = lists.list_received(clerk.shop.hub.db, waiting=True, sku=sku).rows
    assert [(row.lot, row.waiting) for row in rows] == [("A", 3), ("B", 2)]
    clerk.decided(sku, "passed", lot="B")
    assert waiting(clerk, sku) == [3]


def test_what_came_first_stands_first_however_late_it_was_told(clerk: Clerk) -> None:
    sku = ruled(clerk, "approval")
    for qty, hours in ((1, 1), (2, 30), (3, 1), (4, 3)):
        clerk.line(sku, qty, received_at=ago(hours=hours))
    db, cursor = clerk.shop.hub.db, None
    for waits in (True, False):
        found: list[int] = []
        while True:
            page = lists.list_received(db, sku=sku, waiting=waits, after=cursor, limit=1)
            found += [row.qty for row in page.rows]
            if (cursor := page.next) is None:
                break
        assert found == [2, 4, 1, 3]


def test_units_that_come_and_go_in_one_transaction_leave_the_longest_waiting_first(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.shop.book(booking("return", sku, 4, status="inspection"))
    clerk.shop.book(booking("return", sku, 5, status="inspection"), booking("adjust", sku, -3, status="inspection"))
    assert waiting(clerk, sku) == [1, 5]


def test_units_that_come_and_go_in_one_transaction_leave_those_to_be_approved_alone(clerk: Clerk) -> None:
    sku = ruled(clerk, "approval")
    clerk.line(sku, 3)
    clerk.shop.book(booking("return", sku, 5, status="receiving"), booking("adjust", sku, -4, status="receiving"))
    rows = lists.list_received(clerk.shop.hub.db, waiting=True, sku=sku).rows
    assert [(row.lands, row.waiting) for row in rows] == [("approval", 3), ("receiving", 1)]


def test_a_place_below_zero_is_filled_before_a_return_waits_there(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.shop.book(booking("adjust", sku, -3, status="inspection"))
    clerk.shop.book(booking("return", sku, 2, status="inspection"), booking("return", sku, 4, status="inspection"))
    assert waiting(clerk, sku) == [3]


def test_units_that_a_reversed_return_had_brought_wait_no_more(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    (back,) = clerk.shop.book(booking("return", sku, 4, status="inspection"))
    clerk.undo(back.movement)
    assert waiting(clerk, sku) == []
    ((again,),) = clerk.shop.read("SELECT id FROM movement WHERE reverses = %s", back.movement)
    clerk.undo(again)
    assert waiting(clerk, sku) == [4]


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


@pytest.mark.parametrize("more", [1, -1])
def test_the_proof_finds_what_waits_and_does_not_lie_there_and_what_lies_there_and_does_not_wait(
    clerk: Clerk, more: int
) -> None:
    sku = clerk.shop.item()
    clerk.shop.book(booking("return", sku, 4, status="inspection"))
    (row,) = lists.list_received(clerk.shop.hub.db, waiting=True, sku=sku).rows

    def put(waiting: int) -> None:
        with clerk.shop.hub.db.transaction() as conn:
            conn.execute("UPDATE received SET qty = 5, waiting = %s WHERE id = %s", [waiting, row.id])

    put(4 + more)
    (found,) = dict(check(clerk.shop.hub.db))["what waits lies there"]
    assert (found.found, found.wanted) == (f"{4 + more} wait", "4")
    put(4)
    clerk.shop.proven()
