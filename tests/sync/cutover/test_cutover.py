"""A channel is taken over without a unit sold twice or booked twice, and nothing is written to it before it is live."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from pydantic import SecretStr

from tests.factories import Shop, ago
from tests.feeds.channel_orders.till import Till, parcel, sold
from tests.sync.channels import QUICK, Shelf
from tests.sync.stage import Stage
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.connections.reached import connection
from truestock.core.problems import Conflict, Invalid
from truestock.sync.cutover import takeover
from truestock.sync.cutover.watcher import Watcher, watcher_of
from truestock.sync.pusher import pusher_of


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Shop(hub)


def watch(till: Till, shelf: Shelf) -> None:
    async def work() -> None:
        watcher = Watcher(till.shop.hub.db, till.channel, "web", shelf, QUICK)
        while await watcher.turn() == 0:
            pass

    asyncio.run(work())


def test_a_channel_is_taken_over_step_by_step(shop: Shop) -> None:
    till, db = Till(shop), shop.hub.db
    one = shop.item(dc=20)  # counted seven days ago
    name = shop.listing("web", {one: 1})
    counted = ago(days=6)
    register = till.register
    register.put("open", sold("a", name, 3), placed_at=counted - timedelta(days=1))
    before = parcel("p1", {"a": 1}, shipped_at=counted - timedelta(hours=5))
    after = parcel("p2", {"a": 2}, shipped_at=counted + timedelta(hours=5))
    register.put("partly", sold("a", name, 5), parcels=[before, after], placed_at=counted - timedelta(days=1))
    register.put("past", sold("a", name, 9), parcels=[parcel("p3", {"a": 9})], state="closed", placed_at=ago(days=90))

    begun = takeover.begin(db, "web", counted)
    assert (begun.mode, begun.as_of, begun.orders_read) == ("shadow", counted, False)
    reached = connection(db, "web")
    assert pusher_of(db)(reached, Shelf()) is None
    assert watcher_of(db)(reached, Shelf()) is not None
    with pytest.raises(Conflict, match="not all of its orders"):
        takeover.go_live(db, "web")

    till.turns()
    stage = Stage(shop)
    stage.publish()
    # 20 counted; 2 of "partly" left after it and 2 are to go; 3 of "open" are to go.
    assert shop.shelf(one)["dc"] == (18, 5)
    assert till.stands("partly") == {name: (2, 2)}
    assert till.stands("past") == {}

    shelf = Shelf(shown={name: 15})
    watch(till, shelf)
    assert shelf.calls == []
    found = takeover.report(db, "web")
    assert [(d.sku, d.ours, d.shown) for d in found.differences] == [(name, 13, 15)]
    assert (found.orders, found.unsettled, found.compared, found.same, found.hindrances) == (3, 0, 1, 0, [])
    shelf.shown[name] = 13
    watch(till, shelf)
    assert takeover.report(db, "web").differences == []
    assert takeover.go_live(db, "web").mode == "live"
    assert watcher_of(db)(connection(db, "web"), shelf) is None
    stage.keep(shelf)
    assert shelf.shown == {name: 13}
    shop.proven()


def test_what_stands_against_it_is_named(shop: Shop) -> None:
    till, db = Till(shop), shop.hub.db
    till.register.put("5001", sold("a", "NEW", 1))
    till.register.put("5002", sold("a", "NEW", 1))
    till.register.unread["5002"] = "no lines"
    with pytest.raises(Invalid, match="opening stock"):
        takeover.begin(db, "web")
    with pytest.raises(Invalid, match="future"):
        takeover.begin(db, "web", ago(days=-1))
    shop.item(dc=1)
    shop.listing("web", {shop.item(dc=1): 1})
    Stage(shop).publish()
    takeover.begin(db, "web")
    till.turns()
    with pytest.raises(Conflict, match=r"1 of its orders are not here.*; 1 .* cannot be understood; 1 of its numbers"):
        takeover.go_live(db, "web")
    assert takeover.go_live(db, "web", force=True).mode == "live"
    with pytest.raises(Invalid, match="live already"):
        takeover.go_live(db, "web")
    with pytest.raises(Invalid, match="shadow first"):
        takeover.begin(db, "web")


def test_a_listing_that_the_channel_does_not_have_is_a_difference(shop: Shop) -> None:
    till, db = Till(shop), shop.hub.db
    name = shop.listing("web", {shop.item(dc=4): 1})
    Stage(shop).publish()
    takeover.begin(db, "web", ago(days=1))
    shelf = Shelf(msgspec.structs.replace(QUICK, batch_max=1), refuses={name})
    watch(till, shelf)
    (difference,) = takeover.report(db, "web").differences
    assert (difference.sku, difference.ours, difference.shown) == (name, 4, None)
