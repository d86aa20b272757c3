"""What a marketplace keeps for us is counted at its own location; messages of a queue are kept before it forgets."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tests.clocks import ByHand
from tests.factories import Shop
from tests.feeds.channel_orders.till import OFTEN
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.connections.outside.breaker import MOST_S
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listening import Heard
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.stock_read import Kept, KeptStock
from truestock.feeds.channel_orders.listener import LISTEN_EVERY_S, Listener
from truestock.feeds.stock.kept.counting import counted
from truestock.feeds.stock.kept.reader import AGAIN_EVERY_S, StockReader

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Centre:
    """The marketplace's side."""

    place: str = "AFN"
    kept: list[Kept] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    shut: bool = False

    async def stock(self) -> KeptStock:
        if self.shut:
            raise ChannelDown("shut")
        return KeptStock(datetime.now(UTC) - timedelta(seconds=1), self.kept, unread=self.unread)


@dataclass
class Queue:
    """A queue that gives its messages until they are forgotten."""

    queue: str = "q"
    waiting: dict[str, Notice] = field(default_factory=dict)
    pings: list[str] = field(default_factory=list)
    forgetful: bool = True
    listened: int = 0

    async def listen(self) -> None:
        self.listened += 1

    async def heard(self) -> Heard:
        return Heard(list(self.waiting.values()), [*self.waiting, *self.pings])

    async def forget(self, receipts: Sequence[str]) -> None:
        if not self.forgetful:
            raise ChannelDown("shut")
        self.waiting = {receipt: notice for receipt, notice in self.waiting.items() if receipt not in receipts}
        self.pings = []


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        made = Shop(hub)
        put_connection(hub.db, Seal(b"k" * 32), "market", "generic", {}, {})
        yield made


def read(shop: Shop, centre: Centre) -> None:
    async def once() -> None:
        number = connection(shop.hub.db, "market").id
        await StockReader(shop.hub.db, shop.hub.call, number, "market", centre, OFTEN.budget).turn()

    asyncio.run(once())


def test_it_is_counted_at_the_centre_by_what_it_is(shop: Shop) -> None:
    item, other = shop.item(dc=5), shop.item(dc=5, fba=9)
    name, pack = shop.listing("market", {item: 1}), shop.listing("market", {other: 6})
    centre = Centre(kept=[Kept(name, 7, reserved=2, held=1, unsellable=3), Kept("no such thing", 4)])
    read(shop, centre)
    cells = {(loc, status): units for (loc, _, status, _), (units, _) in shop.cells(item).items()}
    assert cells == {("dc", "sellable"): 5, ("fba", "sellable"): 9, ("fba", "quarantine"): 1, ("fba", "damaged"): 3}
    assert shop.shelf(other) == {"dc": (5, 0)}
    movements = shop.read("SELECT count(*) FROM movement")
    read(shop, centre)
    assert shop.read("SELECT count(*) FROM movement") == movements
    centre.kept = [Kept(pack, 2)]
    centre.unread = {name: "no figure"}
    read(shop, centre)
    assert shop.shelf(other)["fba"] == (12, 0)
    assert shop.shelf(item)["fba"] == (9, 0)
    shop.proven()


def test_a_sku_that_takes_an_item_and_one_with_lots_is_not_counted(shop: Shop) -> None:
    item = shop.item(dc=5)
    both = shop.listing("market", {item: 1, shop.item(lots=True): 1})
    read(shop, Centre(kept=[Kept(both, 7)]))
    assert shop.shelf(item) == {"dc": (5, 0)}


def test_a_channel_without_a_centre_says_what_to_do(database_url: str) -> None:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        shop = Shop(hub)
        put_connection(hub.db, Seal(b"k" * 32), "web", "generic", {}, {})
        reader = StockReader(hub.db, hub.call, connection(hub.db, "web").id, "web", Centre(), OFTEN.budget)
        asyncio.run(reader.turn())
        assert "marketplace_fc" in connection(hub.db, "web").connection.trouble
        assert shop.read("SELECT count(*) FROM movement WHERE kind = 3") == [(0,)]


def test_a_centre_that_is_back_is_read_within_a_minute(shop: Shop) -> None:
    item = shop.item(dc=5)
    name = shop.listing("market", {item: 1})
    clock, centre = ByHand(), Centre(kept=[Kept(name, 7)], shut=True)
    number = connection(shop.hub.db, "market").id
    reader = StockReader(shop.hub.db, shop.hub.call, number, "market", centre, OFTEN.budget, clock)

    async def live() -> None:
        closed_until = clock.at_s + 600
        while clock.at_s < closed_until:
            clock.at_s += await reader.turn()
        assert connection(shop.hub.db, "market").connection.trouble == "shut"
        centre.shut, opened_s = False, clock.at_s
        while (wait_s := await reader.turn()) < AGAIN_EVERY_S:
            clock.at_s += wait_s
        assert clock.at_s - opened_s <= MOST_S

    asyncio.run(live())
    assert connection(shop.hub.db, "market").connection.trouble == ""
    assert shop.shelf(item)["fba"] == (7, 0)


kept = st.builds(Kept, st.sampled_from("ABC"), *[st.integers(0, 9)] * 4)
lying = st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from(("sellable", "damaged"))), st.integers(-3, 9))


@given(st.lists(kept, unique_by=lambda row: row.sku), lying, st.sets(st.sampled_from("ABC")))
def test_after_the_counts_the_ledger_has_what_was_read(
    rows: list[Kept], before: dict[tuple[str, str], int], unread: set[str]
) -> None:
    items = {"A": ("a", 1), "B": ("b", 6), "C": ("c", 2)}
    rows = [row for row in rows if row.sku not in unread]
    found = counted(rows, dict.fromkeys(unread, "?"), items, before, "fba", NOW)
    booked: dict[tuple[str, str], int] = {(count.sku, count.status): count.qty for count in found.counts}
    after = before | booked
    for sku, (item, units) in items.items():
        if sku in unread:
            assert not any(count.sku == item for count in found.counts)
            continue
        row = next((row for row in rows if row.sku == sku), Kept(sku, 0))
        assert after.get((item, "sellable"), 0) == (row.available + row.reserved) * units
        assert after.get((item, "damaged"), 0) == row.unsellable * units


def test_messages_of_a_queue_are_kept_before_it_forgets_them(shop: Shop) -> None:
    number = connection(shop.hub.db, "market").id
    woken: list[str] = []
    queue = Queue(waiting={"r1": Notice("ORDER_CHANGE", "o1"), "r2": Notice("ORDER_CHANGE", "o2")}, pings=["r3"])

    async def live() -> None:
        listener = Listener(shop.hub.db, number, "market", queue, woken.append)
        await listener.turn()
        assert (queue.waiting, queue.pings) == ({}, [])
        queue.waiting = {"r4": Notice("ORDER_CHANGE", "o1", changed_at="later")}
        assert await listener.turn() == 0
        assert await listener.turn() > 0

    asyncio.run(live())
    heard = shop.read("SELECT object FROM notice WHERE channel = %s ORDER BY object, changed_at", number)
    assert heard == [("o1",), ("o1",), ("o2",)]
    assert (queue.listened, woken) == (1, ["market", "market"])


def test_that_its_messages_are_to_come_is_said_again_after_hours(shop: Shop) -> None:
    clock, queue = ByHand(), Queue()
    listener = Listener(shop.hub.db, connection(shop.hub.db, "market").id, "market", queue, lambda _: None, clock)

    async def live() -> None:
        for _ in range(3):
            await listener.turn()
        assert queue.listened == 1
        clock.at_s += LISTEN_EVERY_S
        await listener.turn()
        assert queue.listened == 2

    asyncio.run(live())


def test_a_queue_that_cannot_forget_gives_the_same_again_and_it_is_kept_once(shop: Shop) -> None:
    number = connection(shop.hub.db, "market").id
    queue = Queue(waiting={"r1": Notice("ORDER_CHANGE", "o1")})

    async def live() -> None:
        queue.forgetful = False
        await Listener(shop.hub.db, number, "market", queue, lambda _: None).turn()
        assert list(queue.waiting) == ["r1"]
        queue.forgetful = True
        await Listener(shop.hub.db, number, "market", queue, lambda _: None).turn()

    asyncio.run(live())
    assert queue.waiting == {}
    assert shop.read("SELECT count(*) FROM notice") == [(1,)]
