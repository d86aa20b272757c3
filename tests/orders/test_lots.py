"""Which lot leaves: the earliest allowed one, whoever owns it, and never one that is held, expired or too near it."""

import pytest

from tests.factories import Shop, ago, ahead
from truestock.ledger.values import Adjust, Opening, Receive, TransferOut
from truestock.orders.actions import Release, Ship, ShipLine


def dated(shop: Shop, rotation: str = "fefo", **days: int) -> str:
    """A lot-tracked item with five units at dc of each lot, which expires in so many days; received in their order."""
    sku = shop.item(lots=True, rotation=rotation)
    for age, (code, left) in enumerate(days.items()):
        shop.lot(sku, code, ahead(days=left), ago(days=9 - age))
        shop.book(Opening(sku=sku, location="dc", qty=5, lot=code))
    return sku


def owned(shop: Shop, sku: str) -> dict[tuple[str, str], tuple[int, int]]:
    """(on hand, reserved) by (lot, owner)."""
    return {(lot, owner): units for (_, lot, _, owner), units in shop.cells(sku).items()}


@pytest.mark.parametrize(("rotation", "first"), [("fefo", "short"), ("fifo", "long")])
def test_the_lot_that_must_leave_first_leaves_first(shop: Shop, rotation: str, first: str) -> None:
    sku = dated(shop, rotation, long=90, short=30)
    second = {"short": "long", "long": "short"}[first]
    order = shop.buy("web", {sku: 7})
    assert shop.promised(order.id) == {("dc", first, ""): 5, ("dc", second, ""): 2}


def test_the_old_lot_ringed_for_one_channel_leaves_for_another_and_the_ring_keeps_its_quantity(shop: Shop) -> None:
    sku = dated(shop, old=20)
    shop.ring(sku, "dc", 5, to="retail")
    shop.lot(sku, "new", ahead(days=90))
    shop.book(Opening(sku=sku, location="dc", qty=5, lot="new"))
    before = shop.atp("retail", sku), shop.atp("web", sku)
    order = shop.buy("web", {sku: 2})
    assert shop.promised(order.id) == {("dc", "old", ""): 2}
    assert owned(shop, sku) == {
        ("old", "retail"): (3, 0), ("old", ""): (2, 2), ("new", "retail"): (2, 0), ("new", ""): (3, 0)
    }  # fmt: skip
    assert (shop.atp("retail", sku), shop.atp("web", sku)) == (before[0] - 2, before[1] - 2)


def test_the_ring_of_one_channel_and_the_pool_swap_the_other_way_too(shop: Shop) -> None:
    sku = dated(shop, old=20, new=90)
    shop.ring(sku, "dc", 5, to="retail")  # takes the old lot
    shop.ring(sku, "dc", 5, to="market")  # takes the new one
    order = shop.buy("market", {sku: 5})
    assert shop.promised(order.id) == {("dc", "old", "market"): 5}
    assert owned(shop, sku) == {("old", "market"): (5, 5), ("new", "retail"): (5, 0)}


def test_no_ring_is_left_with_units_its_channel_may_not_sell(shop: Shop) -> None:
    sku = dated(shop, old=20, mid=40)
    shop.rule("min_shelf_life", 60, channel="market", item=sku)
    shop.lot(sku, "new", ahead(days=90))
    shop.book(Opening(sku=sku, location="dc", qty=5, lot="new"))
    shop.ring(sku, "dc", 10, to="web")
    shop.ring(sku, "dc", 5, to="market")
    assert (shop.atp("web", sku), shop.atp("market", sku)) == (10, 5)
    shop.buy("web", {sku: 10})
    assert owned(shop, sku)["new", "market"] == (5, 0)


@pytest.mark.parametrize("why", ["held", "expired", "too near"])
def test_a_lot_that_may_not_be_sold_leaves_atp_and_stays_on_hand(shop: Shop, why: str) -> None:
    sku = dated(shop, bad=-1 if why == "expired" else 10, good=90)
    if why == "held":
        shop.hold_lot(sku, "bad")
    if why == "too near":
        shop.rule("min_shelf_life", 10, channel="web", item=sku)
    assert shop.atp("web", sku) == 5
    assert shop.atp("market", sku) == (10 if why == "too near" else 5)
    assert shop.shelf(sku) == {"dc": (10, 0)}
    assert shop.promised(shop.buy("web", {sku: 5}).id) == {("dc", "good", ""): 5}
    assert shop.buy("web", {sku: 1}, mode="sold").lines[0].short_by == 1, "not even what is already sold gets it"


def test_a_released_lot_is_sold_again(shop: Shop) -> None:
    sku = dated(shop, only=30)
    shop.hold_lot(sku, "only")
    assert shop.atp("web", sku) == 0
    shop.free_lot(sku, "only")
    assert shop.atp("web", sku) == 5


def test_a_fact_without_a_lot_takes_lot_0_then_the_earliest_expiry(shop: Shop) -> None:
    sku = dated(shop, late=90, soon=30)
    shop.book(Receive(sku=sku, location="dc", qty=2))
    shop.book(Adjust(sku=sku, location="dc", qty=-4, reason="lost"))
    assert owned(shop, sku) == {("late", ""): (5, 0), ("soon", ""): (3, 0)}
    shop.book(Adjust(sku=sku, location="dc", qty=1, reason="found"))
    assert owned(shop, sku)["", ""] == (1, 0)


def test_lots_keep_their_identity_on_the_way(shop: Shop) -> None:
    sku = dated(shop, a=30, b=60)
    shop.book(TransferOut(sku=sku, location="dc", qty=7, to="store"))
    assert {(loc, lot): units for (loc, lot, _, _), (units, _) in shop.cells(sku).items()} == {
        ("dc", "b"): 3, ("store", "a"): 5, ("store", "b"): 2
    }  # fmt: skip


def test_a_count_of_one_lot_and_of_all_lots(shop: Shop) -> None:
    sku = dated(shop, a=30, b=60)
    shop.count(sku, "dc", 3, lot="a")
    assert owned(shop, sku) == {("a", ""): (3, 0), ("b", ""): (5, 0)}
    shop.count(sku, "dc", 6)
    assert owned(shop, sku) == {("a", ""): (1, 0), ("b", ""): (5, 0)}


def test_the_warehouse_may_ship_another_lot_than_was_promised(shop: Shop) -> None:
    sku = dated(shop, a=30, b=60)
    order = shop.buy("web", {sku: 2})
    shop.do(Ship("web", order.ref, [ShipLine(0, 2, lot="b")]))
    assert owned(shop, sku) == {("a", ""): (5, 0), ("b", ""): (3, 0)}


def test_releasing_gives_the_newest_promises_back_first(shop: Shop) -> None:
    sku = dated(shop, a=30, b=60)
    order = shop.buy("web", {sku: 7})
    shop.do(Release("web", order.ref))
    assert owned(shop, sku) == {("a", ""): (5, 0), ("b", ""): (5, 0)}
