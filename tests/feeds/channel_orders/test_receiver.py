"""A sender that nobody can ask sends its orders whole: they are taken in whatever order and however often they come."""

import asyncio
from dataclasses import dataclass

import msgspec

from tests.feeds.channel_orders.till import OFTEN, Till, sold
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.rules import RuleBook
from truestock.connections.reached import connection
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import SeenOrder
from truestock.connectors.contract.traits import Traits
from truestock.feeds.channel_orders.notices import Heard, add
from truestock.feeds.channel_orders.receiver import Receiver, receiver_of


@dataclass
class Sender:
    """It only sends."""

    traits: Traits = OFTEN

    def notice(self, url: str, headers: object, body: bytes) -> Notice | None:
        raise NotImplementedError


def send(till: Till, *orders: SeenOrder) -> None:
    heard = [Heard(till.channel, Notice("order", o.id, order=o), msgspec.json.encode(o)) for o in orders]
    with till.shop.hub.db.connect() as conn:
        add(conn, heard)


def receive(till: Till) -> None:
    hub = till.shop.hub
    receiver = receiver_of(hub.db, RuleBook(hub.db), hub.call)(connection(hub.db, "web"), Sender())
    assert isinstance(receiver, Receiver)

    async def live() -> None:
        while await receiver.turn() == 0:
            pass

    asyncio.run(live())


def test_orders_that_come_whole_are_taken_as_they_were_last(till: Till) -> None:
    sku = till.shop.item(dc=10)
    first = till.register.put("5001", sold("a", sku, 3))
    grown = till.register.put("5001", sold("a", sku, 5))
    send(till, grown, first, grown)
    receive(till)
    assert till.stands("5001") == {sku: (5, 0)}
    send(till, till.register.put("5001", sold("a", sku, 5), state="cancelled"))
    send(till, first)
    receive(till)
    assert till.stands("5001") == {sku: (0, 0)}
    assert till.shop.read("SELECT count(*) FROM notice WHERE done_at IS NULL") == [(0,)]
    assert till.register.read == []


def test_a_thousand_that_wait_are_all_taken_and_what_means_nothing_waits(till: Till) -> None:
    sku = till.shop.item(dc=1_000)
    send(till, *(till.register.put(f"o{n}", sold("a", sku if n % 10 else "NEW", 1)) for n in range(120)))
    receive(till)
    assert till.shop.shelf(sku)["dc"] == (1_000, 108)
    put_items(till.shop.hub.db, [ItemDraft("NEW")])
    receive(till)
    assert till.shop.owed("NEW").keys() == {f"o{n}" for n in range(0, 120, 10)}


def test_an_order_that_cannot_be_kept_holds_up_none_behind_it(till: Till) -> None:
    sku = till.shop.item(dc=10)
    send(till, till.register.put("5001", sold("a", sku, 10**12)), till.register.put("5002", sold("a", sku, 3)))
    receive(till)
    assert till.stands("5002") == {sku: (3, 0)}
    assert till.shop.read("SELECT ref FROM unread_order") == [("5001",)]
    assert till.shop.read("SELECT count(*) FROM notice WHERE done_at IS NULL") == [(0,)]
