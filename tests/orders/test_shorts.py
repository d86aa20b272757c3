"""What was sold and nothing backs: owed, served by priority, then age, in the transaction that brings the units."""

from tests.factories import Shop, ago
from truestock.core.words import Kind
from truestock.ledger.values import Adjust, PutAway, Receive, TransferOut
from truestock.orders.actions import Ship


def test_owed_units_are_served_by_priority_then_age_in_the_receipts_own_transaction(shop: Shop) -> None:
    sku = shop.item()
    old, young, urgent = (
        shop.buy(channel, {sku: 2}, mode="sold", priority=priority)
        for channel, priority in (("web", 0), ("market", 0), ("web", 9))
    )
    (receipt,) = shop.book(Receive(sku=sku, location="dc", qty=3))
    assert shop.owed(sku) == {old.ref: 1, young.ref: 2}
    assert shop.promised(urgent.id) == {("dc", "", ""): 2}
    served = (
        "SELECT DISTINCT kind FROM entry e JOIN item i ON i.id = e.item WHERE sku = %s AND movement = %s ORDER BY 1"
    )
    assert shop.read(served, sku, receipt.movement) == [(Kind.RECEIVE,), (Kind.BACKFILL,)]
    shop.stock(sku, dc=2)
    assert shop.owed(sku) == {young.ref: 1}


def test_age_is_of_the_order_and_not_of_its_arrival_here(shop: Shop) -> None:
    sku = shop.item()
    late = shop.order("web", {sku: 1}, mode="sold")
    early = shop.order("market", {sku: 1}, mode="sold", placed_at=ago(hours=1))
    shop.place(late, early)
    shop.stock(sku, dc=1)
    assert shop.owed(sku) == {late.ref: 1}


def test_nobody_is_served_from_where_its_channel_does_not_draw(shop: Shop) -> None:
    sku = shop.item()
    order = shop.buy("market", {sku: 2}, mode="sold")
    shop.stock(sku, store=5)
    assert shop.owed(sku) == {order.ref: 2}
    shop.book(TransferOut(sku=sku, location="store", qty=1, to="dc"))
    assert shop.owed(sku) == {order.ref: 2}, "what is on its way is not there"


def test_units_are_served_once_they_are_put_away(shop: Shop) -> None:
    sku = shop.item()
    order = shop.buy("web", {sku: 2}, mode="sold")
    shop.book(Receive(sku=sku, location="dc", qty=2, status="receiving"))
    assert shop.owed(sku) == {order.ref: 2}
    shop.book(PutAway(sku=sku, location="dc", qty=2))
    assert shop.owed(sku) == {}


def test_what_is_owed_is_not_promised_to_the_next_buyer(shop: Shop) -> None:
    sku = shop.item()
    shop.rule("buffer", 2, channel="web", item=sku)
    shop.buy("market", {sku: 3}, mode="sold")
    shop.stock(sku, dc=2, store=4)
    assert shop.atp("web", sku) == 4 - 1 - 2
    assert not shop.buy("web", {sku: 2}).granted


def test_a_sold_order_takes_what_protection_safety_and_buffers_keep_and_virtual_stock(shop: Shop) -> None:
    sku = shop.item(dc=10, vendor=5)
    shop.rule("safety_stock", 4, location="dc", item=sku)
    shop.rule("buffer", 2, channel="web", item=sku)
    shop.rule("cap", 1, channel="web", item=sku)
    shop.rule("protection", 3, channel="retail", item=sku)
    assert shop.atp("web", sku) == 1
    order = shop.buy("web", {sku: 17}, mode="sold")
    assert (order.lines[0].granted, order.lines[0].short_by) == (15, 2)
    assert shop.promised(order.id) == {("dc", "", ""): 10, ("vendor", "", ""): 5}


def test_displacement_takes_holds_first_then_the_lowest_priority_then_the_newest(shop: Shop) -> None:
    sku = shop.item(dc=5)
    old, new, high = (shop.buy("web", {sku: 1}, priority=priority) for priority in (0, 0, 7))
    cart = shop.buy("web", {sku: 1}, priority=9, hold=600)
    order = []
    for _ in range(5):
        shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="lost"))
        standing = {
            name for name, o in (("old", old), ("new", new), ("high", high), ("cart", cart)) if shop.promised(o.id)
        }
        order.append(sorted(standing))
    assert order == [["cart", "high", "new", "old"], ["high", "new", "old"], ["high", "old"], ["high"], []]
    assert shop.owed(sku) == {old.ref: 1, new.ref: 1, high.ref: 1}


def test_facts_of_one_batch_displace_one_promise_after_another(shop: Shop) -> None:
    sku = shop.item(dc=6)
    orders = [shop.buy("web", {sku: 2}) for _ in range(3)]
    shop.book(*(Adjust(sku=sku, location="dc", qty=-2, reason="lost") for _ in range(4)))
    assert shop.owed(sku) == {order.ref: 2 for order in orders}
    assert shop.shelf(sku) == {"dc": (-2, 0)}


def test_a_fact_after_holds_ran_out_displaces_the_orders_that_are_left(shop: Shop) -> None:
    sku = shop.item(dc=6)
    order = shop.buy("web", {sku: 4})
    shop.buy("web", {sku: 2}, hold=1)
    shop.wait(1.02)
    shop.book(Adjust(sku=sku, location="dc", qty=-5, reason="lost"))
    assert shop.owed(sku) == {order.ref: 3}
    assert shop.shelf(sku) == {"dc": (1, 1)}


def test_a_count_that_finds_the_units_again_backs_the_orders_again(shop: Shop) -> None:
    sku = shop.item(dc=4)
    order = shop.buy("web", {sku: 4})
    shop.count(sku, "dc", 1)
    shop.count(sku, "dc", 4)
    assert shop.owed(sku) == {}
    assert shop.do(Ship("web", order.ref)).units == 4
    assert shop.shelf(sku) == {}
