"""Units that wait for an approval are not moved on by hand past it, whichever way it is booked."""

from typing import Any

import msgspec
import pytest

from tests.feeds.receiving.clerk import Clerk
from truestock.core.problems import Invalid
from truestock.feeds.receiving.approvals import Move, move
from truestock.feeds.receiving.values import ReceiptLine, Variance
from truestock.feeds.receiving.variances.vary import Vary, vary
from truestock.ledger.values import AnyBooking, Booked, NotBooked

MOVES: dict[str, dict[str, Any]] = {
    "put away": {"kind": "put_away"},
    "made sellable": {"kind": "status", "from_status": "receiving", "to_status": "sellable"},
    "set aside": {"kind": "status", "from_status": "receiving", "to_status": "quarantine"},
    "scrapped": {"kind": "scrap", "status": "receiving"},
    "sent back": {"kind": "send_back", "status": "receiving"},
}
FACTS: dict[str, dict[str, Any]] = {
    "lost": {"kind": "adjust", "status": "receiving", "qty": -2},
    "counted": {"kind": "count", "status": "receiving", "qty": 1},
}


def moved(clerk: Clerk, sku: str, *, who: str = "carrier", approver: bool = False, **said: Any) -> Any:
    """A booking by hand at the dc, of two units unless it says otherwise."""
    key = said.pop("key", None)
    told = {"sku": sku, "location": "dc", "qty": 2, "reason": "by hand", **said}
    booking: AnyBooking = msgspec.convert(told, AnyBooking)
    return clerk.shop.run(move, [Move(booking, who, key, approver=approver)])[0]


def to_approve(clerk: Clerk, qty: int = 3, **said: Any) -> tuple[str, int]:
    """An item of which so many units wait for approval, and the rule that says so."""
    sku = clerk.shop.item()
    rule = clerk.rule(location="dc", item=sku, **{"lands": "approval", **said})
    clerk.line(sku, qty)
    return sku, rule


@pytest.mark.parametrize("way", MOVES)
def test_who_may_not_approve_moves_nothing_on_that_waits_for_it(clerk: Clerk, way: str) -> None:
    sku, rule = to_approve(clerk)
    refused = moved(clerk, sku, **MOVES[way])
    assert isinstance(refused, NotBooked)
    assert (refused.type, refused.field) == ("forbidden", "qty")
    for said in ("3 received units", f"receiving rule {rule}", "/v1/receipts/decisions", "scope approve"):
        assert said in refused.detail
    assert clerk.shop.cells(sku) == {("dc", "", "receiving", ""): (3, 0)}
    assert isinstance(moved(clerk, sku, who="chief", approver=True, **MOVES[way]), Booked)


@pytest.mark.parametrize("way", MOVES)
def test_who_has_received_them_does_not_move_them_on_either(clerk: Clerk, way: str) -> None:
    sku, _ = to_approve(clerk)
    refused = moved(clerk, sku, who="clerk", approver=True, **MOVES[way])
    assert isinstance(refused, NotBooked)
    assert refused.type == "own-receipt"
    clerk.rule(location="dc", item=sku, lands="approval", own_approval=True)
    assert isinstance(moved(clerk, sku, who="clerk", approver=True, **MOVES[way]), Booked)


@pytest.mark.parametrize("way", FACTS)
def test_what_has_happened_to_them_is_told_by_anybody(clerk: Clerk, way: str) -> None:
    sku, _ = to_approve(clerk)
    assert isinstance(moved(clerk, sku, **FACTS[way]), Booked)
    assert clerk.shop.cells(sku) == {("dc", "", "receiving", ""): (1, 0)}


def test_units_that_nobody_has_to_approve_are_moved_and_no_more_than_those(clerk: Clerk) -> None:
    sku, _ = to_approve(clerk, 5, lands="receiving", unexpected="approval")
    clerk.decided(sku, "approved", 2)
    assert isinstance(moved(clerk, sku, kind="put_away", qty=3), NotBooked)
    assert isinstance(moved(clerk, sku, kind="put_away", qty=2), Booked)
    assert isinstance(moved(clerk, sku, kind="put_away", qty=1), NotBooked)


def test_two_lines_of_a_call_do_not_share_what_is_free(clerk: Clerk) -> None:
    sku, _ = to_approve(clerk, 5, lands="receiving", unexpected="approval")
    clerk.decided(sku, "approved", 2)
    booking: AnyBooking = msgspec.convert({"kind": "put_away", "sku": sku, "location": "dc", "qty": 2}, AnyBooking)
    first, second = clerk.shop.run(move, [Move(booking), Move(booking)])
    assert (isinstance(first, Booked), isinstance(second, NotBooked)) == (True, True)


def test_what_an_approver_may_move_and_does_not_is_not_approved_for_the_next(clerk: Clerk) -> None:
    sku, _ = to_approve(clerk)
    nowhere, booking = (
        {"kind": "put_away", "sku": sku, "location": "dc", "qty": 3, **more} for more in ({"bin": "X"}, {})
    )
    commands = [
        Move(msgspec.convert(nowhere, AnyBooking), "chief", approver=True),
        Move(msgspec.convert(booking, AnyBooking), "carrier"),
    ]
    first, second = clerk.shop.run(move, commands)
    assert (first.field, second.type) == ("bin", "forbidden")
    assert clerk.shop.cells(sku) == {("dc", "", "receiving", ""): (3, 0)}


@pytest.mark.parametrize("way", ["approved", *MOVES])
def test_an_approval_that_was_taken_back_is_not_given_again_by_a_reversal(clerk: Clerk, way: str) -> None:
    sku, _ = to_approve(clerk, 2)
    if way == "approved":
        (movement,) = clerk.decided(sku, "approved").movements
    else:
        movement = moved(clerk, sku, who="chief", approver=True, **MOVES[way]).movement
    clerk.undo(movement)
    ((back,),) = clerk.shop.read("SELECT id FROM movement WHERE reverses = %s", movement)
    with pytest.raises(Invalid, match="wait for approval again"):
        clerk.undo(back)
    assert clerk.shop.cells(sku) == {("dc", "", "receiving", ""): (2, 0)}
    assert clerk.decided(sku, "approved").qty == 2


def test_of_lots_the_one_that_waits_is_kept(clerk: Clerk) -> None:
    sku = clerk.shop.item(lots=True)
    clerk.rule(location="dc", item=sku, lands="receiving", over_percent=0)
    ref = clerk.order({sku: 3})
    for lot in ("A", "B"):
        clerk.receive([ReceiptLine(3, sku, lot=lot)], document=ref)
    assert "name the lot" in moved(clerk, sku, kind="put_away").detail
    assert isinstance(moved(clerk, sku, kind="put_away", lot="B"), NotBooked)
    assert isinstance(moved(clerk, sku, kind="put_away", lot="A"), Booked)


def test_what_was_answered_before_is_answered_again(clerk: Clerk) -> None:
    sku, _ = to_approve(clerk)
    for replay in (False, True):
        booked = moved(clerk, sku, kind="put_away", qty=3, key=f"k{sku}", who="chief", approver=not replay)
        assert isinstance(booked, Booked)
        assert booked.replay is replay


def test_a_variance_does_not_get_past_an_approval(clerk: Clerk) -> None:
    sku, _ = to_approve(clerk)
    told = Variance("dc", "in_order", 2, sku, status="receiving")
    refused, booked = clerk.shop.run(vary, [Vary(told, "carrier"), Vary(told, "chief", approver=True)])
    assert (refused.type, isinstance(booked, Booked)) == ("forbidden", True)
