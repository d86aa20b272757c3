"""Orders of shops over real HTTP, through the engine: taken, sent off, told, and counted once on both sides."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx2
import msgspec
import pytest
from pydantic import SecretStr

from tests.connectors.counterparts import generic, magento, shopify, square, vendor, woocommerce
from tests.connectors.counterparts.shopify_http import Redirected, served
from tests.connectors.counterparts.woocommerce_contract import Contract
from tests.connectors.generic.channels import with_orders
from tests.connectors.magento.conftest import SECRETS as MAGENTO_SECRETS
from tests.connectors.magento.conftest import magento_contract
from tests.connectors.shopify.conftest import schema
from tests.connectors.square.conftest import SECRETS as SQUARE_SECRETS
from tests.connectors.square.conftest import square_contract
from tests.connectors.square.test_orders import shipment
from tests.connectors.woocommerce.conftest import SECRETS, dump
from tests.factories import Shop
from tests.feeds.channel_orders.till import Till
from truestock.bootstrap import open_hub
from truestock.catalog.rules import RuleBook
from truestock.config import Settings
from truestock.connections.reached import connection
from truestock.connectors.registry import kind_of
from truestock.feeds.channel_orders.puller import Puller
from truestock.orders.actions import Release, Ship, ShipLine
from truestock.sync.telling.steps import untold
from truestock.sync.telling.teller import Teller

__all__ = ["dump", "magento_contract", "schema", "square_contract"]
LATER_S = 5


class World(Protocol):
    """A shop with orders; its people work in it too."""

    connector: Any

    def sell(self, sku: str, units: int) -> str: ...
    def send_all(self, order: str) -> None: ...
    def call_off(self, order: str) -> None: ...
    def told(self, order: str) -> tuple[list[str], bool]: ...


class Shopify:
    def __init__(self, sales: Any, connector: Any) -> None:
        self.connector = connector
        self._sales = sales

    def _order(self, order: str) -> Any:
        return self._sales.orders[f"gid://shopify/Order/{order}"]

    def sell(self, sku: str, units: int) -> str:
        self._sales.now += LATER_S
        return str(self._sales.order({sku: units}, shopify.LOCATION)["id"].rsplit("/", 1)[-1])

    def send_all(self, order: str) -> None:
        self._sales.now += LATER_S
        found = self._order(order)
        self._sales.fulfil_by_hand(found, {line["sku"]: line["unfulfilledQuantity"] for line in found["lineItems"]})

    def call_off(self, order: str) -> None:
        self._sales.now += LATER_S
        self._sales.cancel(self._order(order))

    def told(self, order: str) -> tuple[list[str], bool]:
        found = self._order(order)
        numbers = [sent["trackingInfo"][0]["number"] for sent in found["fulfillments"]]
        return [one for one in numbers if one != "BY-HAND"], bool(found["cancelledAt"])


class WooCommerce:
    def __init__(self, sales: Any, connector: Any) -> None:
        self.connector = connector
        self._sales = sales

    def sell(self, sku: str, units: int) -> str:
        self._sales.now += LATER_S
        return str(self._sales.order({sku: units})["id"])

    def send_all(self, order: str) -> None:
        self._sales.now += LATER_S
        self._sales.change(self._sales.orders[int(order)], "completed")

    def call_off(self, order: str) -> None:
        self._sales.now += LATER_S
        self._sales.change(self._sales.orders[int(order)], "cancelled")

    def told(self, order: str) -> tuple[list[str], bool]:
        found = self._sales.orders[int(order)]
        numbers = [meta["value"] for meta in found["meta_data"] if meta["key"] == "_tracking_number"]
        return numbers, found["status"] == "cancelled"


class Magento:
    def __init__(self, shop: magento.Shop, connector: Any) -> None:
        self.connector = connector
        self._shop = shop

    def sell(self, sku: str, units: int) -> str:
        self._shop.later(LATER_S)
        return str(self._shop.order((sku, units))["entity_id"])

    def send_all(self, order: str) -> None:
        self._shop.later(LATER_S)
        found = self._shop.orders[int(order)]
        left = {item["item_id"]: item["qty_ordered"] - item["qty_shipped"] for item in found["items"]}
        self._shop.ship(found, left)

    def call_off(self, order: str) -> None:
        self._shop.later(LATER_S)
        self._shop.cancel(self._shop.orders[int(order)])

    def told(self, order: str) -> tuple[list[str], bool]:
        shipments = [one for one in self._shop.shipments if one["order_id"] == int(order)]
        numbers = [track["track_number"] for one in shipments for track in one["tracks"]]
        return numbers, self._shop.orders[int(order)]["state"] == "canceled"


class Square:
    def __init__(self, seller: square.Seller, connector: Any) -> None:
        self.connector = connector
        self._seller = seller

    def sell(self, sku: str, units: int) -> str:
        self._seller.later(LATER_S)
        self._seller.put(sku)
        found = self._seller.order([self._seller.line(sku, units)], "OPEN", fulfillments=[shipment()])
        return str(found["id"])

    def send_all(self, order: str) -> None:
        self._change(order, "COMPLETED")

    def call_off(self, order: str) -> None:
        self._change(order, "CANCELED")

    def _change(self, order: str, state: str) -> None:
        self._seller.later(LATER_S)
        found = self._seller.orders[order]
        found["fulfillments"][0]["state"] = state
        self._seller.touch(found)

    def told(self, order: str) -> tuple[list[str], bool]:
        (one,) = self._seller.orders[order]["fulfillments"]
        number = one["shipment_details"].get("tracking_number")
        return [number] if number else [], one["state"] == "CANCELED"


class Generic:
    def __init__(self, shop: generic.Shop, connector: Any) -> None:
        self.connector = connector
        self._shop = shop
        self._now = time.time()

    def _change(self, order: str, **changes: Any) -> None:
        self._now += LATER_S
        now = datetime.fromtimestamp(self._now, UTC).isoformat()
        before = self._shop.orders.get(order, {"id": order, "placed_at": now})
        self._shop.order({**before, "changed_at": now, **changes})

    def sell(self, sku: str, units: int) -> str:
        order = f"A-{len(self._shop.orders)}"
        self._change(order, lines=[{"id": "1", "sku": sku, "quantity": units}])
        return order

    def send_all(self, order: str) -> None:
        found = self._shop.orders[order]
        parcels = found.get("parcels", [])
        sent = sum(line["quantity"] for parcel in parcels for line in parcel["lines"])
        lines = [{"line": "1", "quantity": found["lines"][0]["quantity"] - sent}]
        self._change(order, parcels=[*parcels, {"id": "by hand", "lines": lines}], status="closed")

    def call_off(self, order: str) -> None:
        self._change(order, status="cancelled")

    def told(self, order: str) -> tuple[list[str], bool]:
        found = self._shop.orders[order]
        numbers = [parcel.get("tracking", "") for parcel in found.get("parcels", [])]
        return [one for one in numbers if one], found.get("status") == "cancelled"


@asynccontextmanager
async def a_shopify_shop(published: Any) -> AsyncIterator[World]:
    shop = shopify.Shop(published)
    shop.burst = shop.left = shop.per_s = 1e6
    shop.sales.now = int(time.time())
    with served(shop) as world:
        async with httpx2.AsyncClient(transport=Redirected(world.port)) as client:
            kind = kind_of("shopify")
            given = {"shop": shopify.DOMAIN, "location": shopify.LOCATION, "restore_per_s": 1e6}
            yield Shopify(
                shop.sales, kind.build(client, msgspec.convert(given, kind.settings), {"access_token": shopify.TOKEN})
            )
    assert shop.violations == []


@asynccontextmanager
async def a_woocommerce_store(dumped: Any) -> AsyncIterator[World]:
    store = woocommerce.Store(Contract(dumped))
    store.sales.now = int(time.time())
    with woocommerce.served(store):
        async with httpx2.AsyncClient(trust_env=False) as client:
            kind = kind_of("woocommerce")
            settings = msgspec.convert({"site_url": store.url}, kind.settings)
            yield WooCommerce(store.sales, kind.build(client, settings, SECRETS))
    assert store.contract.violations == []


@asynccontextmanager
async def a_magento_shop(published: Any) -> AsyncIterator[World]:
    published.violations.clear()
    shop = magento.Shop(published)
    shop.clock = datetime.now(UTC)
    with vendor.served(shop):
        async with httpx2.AsyncClient(trust_env=False) as client:
            kind = kind_of("magento")
            settings = msgspec.convert({"url": shop.url, "source": "default", "calls_per_s": 1000}, kind.settings)
            yield Magento(shop, kind.build(client, settings, MAGENTO_SECRETS))
    assert published.violations == []


@asynccontextmanager
async def a_square_seller(published: Any) -> AsyncIterator[World]:
    published.violations.clear()
    seller = square.Seller(published)
    seller.clock = datetime.now(UTC)
    with vendor.served(seller):
        port = int(seller.url.rsplit(":", 1)[1])
        async with httpx2.AsyncClient(transport=vendor.Redirected(port, square.HOST)) as client:
            kind = kind_of("square")
            settings = msgspec.convert({"location": square.WEST, "calls_per_s": 100}, kind.settings)
            yield Square(seller, kind.build(client, settings, SQUARE_SECRETS))
    assert published.violations == []


@asynccontextmanager
async def a_generic_shop() -> AsyncIterator[World]:
    shop = generic.Shop({})
    async with with_orders(shop, calls_per_s=1000.0, burst=1000.0) as connector:
        yield Generic(shop, connector)


@pytest.fixture(params=["shopify", "woocommerce", "magento", "square", "generic"])
def opened(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Opens the counterpart."""
    if request.param == "shopify":
        published = request.getfixturevalue("schema")
        return lambda: a_shopify_shop(published)
    if request.param == "woocommerce":
        dumped = request.getfixturevalue("dump")
        return lambda: a_woocommerce_store(dumped)
    if request.param == "square":
        published_square = request.getfixturevalue("square_contract")
        return lambda: a_square_seller(published_square)
    if request.param == "magento":
        published_rest = request.getfixturevalue("magento_contract")
        return lambda: a_magento_shop(published_rest)
    return a_generic_shop


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Till(Shop(hub))


async def in_step(till: Till, world: World) -> None:
    """The engine works until it has nothing to do."""
    hub = till.shop.hub
    teller = Teller(hub.db, till.channel, "web", world.connector)
    puller = Puller(hub.db, RuleBook(hub.db), hub.call, connection(hub.db, "web"), world.connector)
    for worker in (puller, teller, puller):
        for _ in range(30):
            wait_s = await worker.turn()
            if wait_s > 1:
                break
            await asyncio.sleep(wait_s)


def test_what_is_sold_is_sent_told_and_counted_once(till: Till, opened: Callable[[], Any]) -> None:
    sku = till.shop.item(dc=20)

    async def told() -> None:
        async with opened() as world:
            ours, theirs, off, called_off = (world.sell(sku, 3) for _ in range(4))
            await in_step(till, world)
            assert [till.stands(order) for order in (ours, theirs, off, called_off)] == [{sku: (3, 0)}] * 4
            await asyncio.to_thread(till.shop.do, Ship("web", ours, [ShipLine(0, 2)], carrier="UPS", tracking="1Z"))
            await asyncio.to_thread(till.shop.do, Release("web", off))
            world.send_all(theirs)
            world.call_off(called_off)
            for _ in range(2):
                await in_step(till, world)
            assert world.told(ours) == (["1Z"], False)
            assert world.told(theirs) == ([], False)
            assert world.told(off)[1]
            assert till.stands(ours) == {sku: (1, 2)}
            assert till.stands(theirs) == {sku: (0, 3)}
            assert [till.stands(order) for order in (off, called_off)] == [{sku: (0, 0)}] * 2
            world.send_all(ours)
            await in_step(till, world)
            assert till.stands(ours) == {sku: (0, 3)}
            assert till.shop.shelf(sku)["dc"] == (14, 0)
            assert untold(till.shop.hub.db, till.channel) == []

    asyncio.run(told())
