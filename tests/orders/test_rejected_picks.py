"""A pick that failed: what lies there is in doubt, damaged or fewer; whoever was promised it gets it elsewhere."""

import pytest

from tests.factories import Shop
from truestock.core.words import Status
from truestock.ledger.values import ChangeStatus, Receive
from truestock.orders.actions import RejectPick


def units(shop: Shop, sku: str, status: Status) -> dict[str, int]:
    """On hand of one status, by location."""
    cells = shop.cells(sku).items()
    return {loc: on_hand for (loc, _, name, _), (on_hand, _) in cells if name == status.name.lower() and on_hand}


def test_what_is_not_found_puts_all_that_lies_there_in_doubt_and_moves_the_promise(shop: Shop) -> None:
    sku = shop.item(dc=5, store=5)
    order = shop.buy("web", {sku: 2})
    done = shop.do(RejectPick("web", order.ref))
    assert (done.units, done.state) == (5, "open")
    assert units(shop, sku, Status.SELLABLE) == {"store": 5}
    assert units(shop, sku, Status.QUARANTINE) == {"dc": 5}
    assert shop.promised(order.id) == {("store", "", ""): 2}
    assert shop.atp("web", sku) == 3


def test_others_who_were_promised_units_there_are_moved_too_and_what_is_left_is_owed(shop: Shop) -> None:
    sku = shop.item(dc=5, store=3)
    mine, other = shop.buy("web", {sku: 2}), shop.buy("web", {sku: 3})
    shop.do(RejectPick("web", mine.ref))
    assert sum(shop.owed(sku).values()) == 2
    assert sum(sum(shop.promised(order.id).values()) for order in (mine, other)) == 3
    shop.book(ChangeStatus(sku=sku, location="dc", qty=5, from_status="quarantine", to_status="sellable"))
    assert shop.owed(sku) == {}


def test_damaged_units_leave_and_the_order_keeps_what_is_still_there(shop: Shop) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 2})
    assert shop.do(RejectPick("web", order.ref, reason="damaged", qty=2)).units == 2
    assert units(shop, sku, Status.DAMAGED) == {"dc": 2}
    assert shop.shelf(sku) == {"dc": (3, 2)}


def test_a_wrong_count_lowers_the_books_by_as_many(shop: Shop) -> None:
    sku = shop.item(dc=3)
    order = shop.buy("web", {sku: 3})
    shop.do(RejectPick("web", order.ref, reason="wrong_count", qty=1))
    assert shop.shelf(sku) == {"dc": (2, 2)}
    assert sum(shop.owed(sku).values()) == 1


def test_a_kit_says_which_of_its_items_was_not_found(shop: Shop) -> None:
    one, two = shop.item(dc=4), shop.item(dc=4)
    order = shop.buy("web", {shop.listing("web", {one: 1, two: 2}): 1})
    assert shop.refused(RejectPick("web", order.ref)) == "invalid"
    assert shop.refused(RejectPick("web", order.ref, sku=shop.item())) == "not-found"
    shop.do(RejectPick("web", order.ref, sku=two))
    assert (shop.shelf(one), units(shop, two, Status.QUARANTINE)) == ({"dc": (4, 1)}, {"dc": 4})


def test_every_lot_there_is_in_doubt(shop: Shop) -> None:
    sku = shop.item(lots=True)
    shop.book(*(Receive(sku=sku, location="dc", qty=2, lot=code) for code in "AB"))
    order = shop.buy("web", {sku: 1})
    assert shop.do(RejectPick("web", order.ref)).units == 4
    rows = shop.read("SELECT qty FROM rejected_pick r JOIN item i ON i.id = r.item WHERE i.sku = %s ORDER BY lot", sku)
    assert rows == [(2,), (2,)]


def test_the_same_key_does_it_once(shop: Shop) -> None:
    sku = shop.item(dc=9)
    order = shop.buy("web", {sku: 4})
    action = RejectPick("web", order.ref, reason="damaged", qty=1)
    first, again = (shop.do(action, key=f"pick-{order.ref}") for _ in range(2))
    assert (first.replay, again.replay, first.movement) == (False, True, again.movement)
    assert units(shop, sku, Status.DAMAGED) == {"dc": 1}


def test_what_cannot_be_meant_is_refused(shop: Shop) -> None:
    sku = shop.item(dc=2, store=2)
    order, cart = shop.buy("web", {sku: 3}), shop.buy("web", {sku: 1}, hold=600)
    assert shop.refused(RejectPick("web", order.ref)) == "location-needed"
    assert shop.refused(RejectPick("web", order.ref, location="far")) == "nothing-open"
    assert shop.refused(RejectPick("web", order.ref, location="moon")) == "not-found"
    assert shop.refused(RejectPick("web", order.ref, line=7, location="dc")) == "not-found"
    assert shop.refused(RejectPick("web", order.ref, location="dc", reason="damaged", qty=3)) == "too-many"
    assert shop.refused(RejectPick("web", cart.ref)) == "not-confirmed"
    with pytest.raises(ValueError, match="say how many"):
        RejectPick("web", order.ref, reason="damaged")
    with pytest.raises(ValueError, match="leave it out"):
        RejectPick("web", order.ref, qty=1)
