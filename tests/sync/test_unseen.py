"""Units that a channel has sold and whose orders have not come are not offered again, nor kept back for long."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from tests.clocks import ByHand
from tests.factories import ago
from tests.sync.channels import QUICK, Shelf
from tests.sync.stage import Stage
from truestock.connections.reached import put_connection
from truestock.connections.seal import Seal
from truestock.connectors.contract.orders import Parcel, SeenLine, SeenOrder
from truestock.feeds.channel_orders.seen import keep
from truestock.ledger.values import Receive
from truestock.orders.actions import Release
from truestock.sync.pusher import INSPECT_EVERY_S, ORDERS_FIRST_S, Pusher

COMPARING = msgspec.structs.replace(QUICK, decrements="at_once", compare="value")
numbers = count(1)


def reads_orders(stage: Stage) -> None:
    """The channel's orders are read; the last look at all of them was just now."""
    put_connection(stage.shop.hub.db, Seal(b"k" * 32), "web", "generic", {}, {})
    looked(stage, datetime.now(UTC))


def looked(stage: Stage, at: datetime) -> None:
    with stage.shop.hub.db.transaction() as conn:
        conn.execute("UPDATE connection SET orders_read_at = %s", (at,))


def order(stage: Stage, sku: str, qty: int, parcels: list[Parcel] | None = None) -> None:
    """An order of the channel is read; it is reserved as well."""
    name = f"o{next(numbers)}"
    seen = SeenOrder(name, datetime.now(UTC), ago(minutes=1), [SeenLine("1", sku, qty)], parcels=parcels or [])
    keep(stage.shop.hub.db, stage.channel, [seen], ago(days=1))
    stage.shop.buy("web", {sku: qty}, name, mode="sold")
    stage.publish()


def test_units_sold_there_are_kept_back_until_their_order_is_read(stage: Stage) -> None:
    reads_orders(stage)
    item, sku = stage.listing(30)
    shelf = Shelf(COMPARING)
    stage.keep(shelf)
    shelf.shown[sku] -= 3  # sold there
    stage.shop.buy("retail", {item: 1})
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {sku: 26}
    order(stage, sku, 3)
    stage.keep(shelf)
    looked(stage, datetime.now(UTC) + timedelta(minutes=1))
    stage.keep(shelf)
    assert shelf.shown == {sku: 26}
    assert stage.state(sku, ("unseen", "desired", "acked")) == (0, 26, 26)


def test_units_whose_order_came_first_are_not_counted_twice(stage: Stage) -> None:
    reads_orders(stage)
    _, sku = stage.listing(30)
    shelf = Shelf(COMPARING)
    stage.keep(shelf)
    shelf.shown[sku] -= 3
    order(stage, sku, 3)
    stage.keep(shelf)
    assert shelf.shown == {sku: 27}
    assert stage.state(sku, ("unseen",)) == (0,)


def test_after_an_outage_orders_are_read_before_what_is_shown(stage: Stage) -> None:
    reads_orders(stage)
    _, sku = stage.listing(30)
    shelf, clock = Shelf(COMPARING), ByHand()
    pusher = Pusher(stage.shop.hub.db, stage.channel, "web", shelf, clock=clock)

    def turns() -> None:
        while asyncio.run(pusher.turn()) == 0:
            pass

    turns()
    shelf.shown[sku] -= 3  # sold there in the outage
    looked(stage, ago(hours=1))
    clock.at_s += INSPECT_EVERY_S
    turns()
    assert stage.state(sku, ("unseen", "observed")) == (0, None)
    order(stage, sku, 3)
    looked(stage, datetime.now(UTC))
    turns()
    assert shelf.shown == {sku: 27}
    assert stage.state(sku, ("unseen", "observed", "desired")) == (0, 27, 27)

    shelf.shown[sku] -= 2  # and of this no order can be read
    looked(stage, ago(hours=1))
    clock.at_s += INSPECT_EVERY_S
    turns()
    assert stage.state(sku, ("unseen", "observed")) == (0, 27)
    clock.at_s += ORDERS_FIRST_S
    turns()
    assert stage.state(sku, ("unseen", "observed")) == (2, 25)


def test_what_was_no_sale_is_offered_again_after_a_while(stage: Stage) -> None:
    reads_orders(stage)
    item, sku = stage.listing(30)
    shelf = Shelf(COMPARING)
    stage.keep(shelf)
    shelf.shown[sku] = 20  # somebody's edit
    stage.shop.buy("retail", {item: 1})
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {sku: 19}
    looked(stage, ago(hours=2))
    with stage.shop.hub.db.transaction() as conn:
        conn.execute("UPDATE outbound SET unseen_at = unseen_at - interval '31 minutes'")
    stage.keep(shelf)
    stage.keep(shelf)
    assert shelf.shown == {sku: 29}


def test_a_channel_that_takes_units_off_when_they_ship_is_sent_its_own_open_ones_too(stage: Stage) -> None:
    reads_orders(stage)
    _, sku = stage.listing(30)
    shelf = Shelf(msgspec.structs.replace(QUICK, decrements="when_shipped"))
    stage.keep(shelf)
    order(stage, sku, 3)
    stage.keep(shelf)
    assert shelf.shown == {sku: 30}
    assert stage.desired() == {sku: 27}
    order(stage, sku, 5, [Parcel("p", {"1": 2})])
    stage.keep(shelf)
    assert shelf.shown == {sku: 22 + 3 + 3}


def test_a_number_is_written_so_often_a_day_and_goes_on_the_next(stage: Stage) -> None:
    item, sku = stage.listing(30)
    shelf = Shelf(msgspec.structs.replace(QUICK, daily_per_spot=3))
    for _ in range(5):
        stage.keep(shelf)
        stage.shop.buy("retail", {item: 1})
        stage.publish()
    assert len(shelf.calls) == 3
    with stage.shop.hub.db.transaction() as conn:
        conn.execute("UPDATE outbound SET sent_on = sent_on - 1")
    stage.keep(shelf)
    assert shelf.shown == {sku: 25}


def test_an_order_that_came_and_went_unseen_leaves_no_units_behind(stage: Stage) -> None:
    reads_orders(stage)
    item, sku = stage.listing(30)
    shelf = Shelf(msgspec.structs.replace(QUICK, decrements="at_once"))
    pusher = asyncio.run(stage.kept(shelf))
    shelf.shown[sku] -= 2  # sold there, and the hub has not heard
    stage.shop.buy("retail", {item: 1})
    stage.publish()
    asyncio.run(worked(pusher))
    assert shelf.shown == {sku: 29}
    shelf.shown[sku] += 2  # cancelled there
    gone = SeenOrder("gone", datetime.now(UTC), ago(minutes=1), [SeenLine("1", sku, 0)], state="cancelled")
    keep(stage.shop.hub.db, stage.channel, [gone], ago(days=1))
    asyncio.run(worked(pusher))
    assert shelf.shown == {sku: 29}


async def worked(pusher: Pusher) -> None:
    for _ in range(8):
        if await pusher.turn() > 1:
            break


def read(stage: Stage, name: str, sku: str, qty: int, **more: Any) -> None:
    """The hub reads an order of the channel as it is now; what it means here is for the test to do."""
    seen = SeenOrder(name, datetime.now(UTC), ago(minutes=1), [SeenLine("1", sku, qty)], **more)
    keep(stage.shop.hub.db, stage.channel, [seen], ago(days=1))


def test_a_sale_and_a_cancellation_that_make_up_for_each_other_leave_no_number_wrong(stage: Stage) -> None:
    reads_orders(stage)
    item, sku = stage.listing(30)
    shelf = Shelf(msgspec.structs.replace(QUICK, decrements="at_once"))
    read(stage, "first", sku, 2)
    stage.shop.buy("web", {sku: 2}, "first")
    stage.publish()
    stage.keep(shelf)
    shelf.shown[sku] -= 2  # sold there,
    stage.shop.buy("retail", {item: 1})
    stage.publish()
    stage.keep(shelf)  # overwritten,
    assert shelf.shown == {sku: 27}
    shelf.shown[sku] += 2  # and the first order is cancelled there
    read(stage, "first", sku, 2, state="cancelled")
    read(stage, "second", sku, 2)
    stage.shop.do(Release(channel="web", ref="first"))
    stage.shop.buy("web", {sku: 2}, "second")
    stage.publish()
    assert stage.desired() == {sku: 27}
    stage.keep(shelf)
    assert shelf.shown == {sku: 27}


def test_a_number_that_a_rule_bounds_is_written_again_after_a_sale_there(stage: Stage) -> None:
    reads_orders(stage)
    item, sku = stage.listing(30)
    stage.shop.rule("cap", 5, item=item)
    stage.publish()
    shelf = Shelf(msgspec.structs.replace(QUICK, decrements="at_once"))
    stage.keep(shelf)
    shelf.shown[sku] -= 1
    read(stage, "o", sku, 1)
    stage.shop.buy("web", {sku: 1}, "o")
    stage.publish()
    assert stage.desired() == {sku: 5}
    stage.keep(shelf)
    assert shelf.shown == {sku: 5}
    calls = len(shelf.calls)
    read(stage, "o", sku, 1, parcels=[Parcel("p", {"1": 1})])
    stage.shop.book(Receive(sku=item, location="dc", qty=1))
    stage.publish()
    stage.keep(shelf)
    assert len(shelf.calls) == calls, "nothing about its number has changed there"


def test_what_their_own_people_have_sent_and_nobody_has_read_is_not_offered_again(stage: Stage) -> None:
    reads_orders(stage)
    item, sku = stage.listing(30)
    shelf = Shelf(msgspec.structs.replace(COMPARING, decrements="when_shipped"))
    pusher = asyncio.run(stage.kept(shelf))
    read(stage, "o", sku, 3)
    stage.shop.buy("web", {sku: 3}, "o")
    stage.publish()
    asyncio.run(worked(pusher))
    assert shelf.shown == {sku: 30}
    shelf.shown[sku] -= 2  # sent by them
    stage.shop.buy("retail", {item: 1})
    stage.publish()
    asyncio.run(worked(pusher))
    assert shelf.shown == {sku: 26 + 1}
    read(stage, "o", sku, 3, parcels=[Parcel("p", {"1": 2})])
    looked(stage, datetime.now(UTC) + timedelta(minutes=1))
    asyncio.run(worked(pusher))
    assert stage.state(sku, ("unseen", "desired")) == (0, 26)
    assert shelf.shown == {sku: 26 + 1}


def test_what_their_own_people_sent_while_a_number_was_written_is_read_and_mended(stage: Stage) -> None:
    reads_orders(stage)
    _, sku = stage.listing(30)
    shelf = Shelf(msgspec.structs.replace(QUICK, decrements="when_shipped"))
    read(stage, "o", sku, 3)
    stage.shop.buy("web", {sku: 3}, "o")
    stage.publish()
    pusher = asyncio.run(stage.kept(shelf))
    assert shelf.shown == {sku: 27 + 3}  # the two that they had sent by then are on it again
    read(stage, "o", sku, 3, parcels=[Parcel("p", {"1": 2})])
    asyncio.run(worked(pusher))
    assert shelf.shown == {sku: 27 + 1}
