"""A shop that keeps an order's units on the shelf until they ship sells exactly what the hub promises."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.magento import Shop
from tests.connectors.counterparts.openapi import Contract, Json
from tests.connectors.counterparts.vendor import served
from tests.connectors.magento.conftest import SECRETS, magento_contract
from tests.factories import ago
from tests.sync.stage import Stage
from tests.sync.test_unseen import reads_orders
from truestock.connectors.vendors.magento import build
from truestock.connectors.vendors.magento.connector import MagentoConnector
from truestock.connectors.vendors.magento.settings import MagentoSettings
from truestock.feeds.channel_orders.seen import keep

__all__ = ["magento_contract"]


class Play:
    """One listing, kept at one source of a Magento shop."""

    def __init__(self, stage: Stage, shop: Shop, item: str, sku: str) -> None:
        self._stage = stage
        self._item = item
        self.shop = shop
        self.sku = sku

    def step(self, work: Callable[[MagentoConnector], Awaitable[object]]) -> None:
        """With a connector of its own, as each step may be made by another process."""

        async def run() -> None:
            async with httpx2.AsyncClient(trust_env=False) as client:
                given = {"url": self.shop.url, "source": "default", "calls_per_s": 1000}
                await work(build(client, msgspec.convert(given, MagentoSettings), SECRETS))

        asyncio.run(run())

    def keep(self) -> None:
        """The engine works, and looks at what is shown."""
        self.step(lambda connector: self._stage.kept(connector, inspect=True))

    def sell_elsewhere(self, units: int) -> None:
        """Another channel sells the same units."""
        self._stage.shop.buy("retail", {self._item: units})
        self._stage.publish()

    @property
    def promised(self) -> int:
        """What the hub says may be sold here."""
        return self._stage.desired()[self.sku]

    @property
    def drift(self) -> str:
        """What reading back found."""
        return str(self._stage.state(self.sku, ["drift"])[0])

    def order(self, units: int) -> Json:
        """A buyer orders, and the hub hears of it."""
        self.shop.later()
        made = self.shop.order((self.sku, units))
        self.read(made)
        self._stage.shop.buy("web", {self.sku: units}, str(made["entity_id"]), mode="sold")
        self._stage.publish()
        return made

    def read(self, order: Json) -> None:
        """The hub reads an order as it is now."""

        async def asked(connector: MagentoConnector) -> None:
            page = await connector.orders([str(order["entity_id"])])
            await asyncio.to_thread(keep, self._stage.shop.hub.db, self._stage.channel, page.orders, ago(days=1))

        self.step(asked)


@pytest.fixture
def play(stage: Stage, magento_contract: Contract) -> Iterator[Play]:
    magento_contract.violations.clear()
    reads_orders(stage)
    item, sku = stage.listing(30)
    with served(Shop(magento_contract)) as shop:
        shop.clock = datetime.now(UTC)
        shop.put(sku)
        yield Play(stage, shop, item, sku)
    assert magento_contract.violations == []


def test_units_of_open_orders_stay_on_the_shelf_there_and_are_not_offered_again(play: Play) -> None:
    play.keep()
    made = play.order(4)
    play.keep()
    assert (play.promised, play.shop.quantity(play.sku), play.shop.salable(play.sku)) == (26, 30, 26)
    play.sell_elsewhere(5)
    play.keep()
    assert (play.promised, play.shop.quantity(play.sku), play.shop.salable(play.sku)) == (21, 25, 21)
    play.shop.later()
    play.shop.ship(made, {made["items"][0]["item_id"]: 4})
    play.read(made)
    play.keep()
    assert (play.promised, play.shop.quantity(play.sku), play.shop.salable(play.sku)) == (21, 21, 21)
    assert play.drift == ""


def test_an_order_that_nobody_has_told_of_is_not_overwritten(play: Play) -> None:
    play.keep()
    play.shop.order((play.sku, 3))
    play.sell_elsewhere(5)
    play.keep()
    assert (play.promised, play.shop.salable(play.sku)) == (25, 22)


def test_sold_out_here_with_units_still_to_leave_ships_all_the_same(play: Play) -> None:
    play.keep()
    made = play.order(30)
    play.keep()
    assert (play.promised, play.shop.quantity(play.sku), play.shop.salable(play.sku)) == (0, 30, 0)
    assert play.shop.items[play.sku, "default"]["status"] == 1
    play.shop.ship(made, {made["items"][0]["item_id"]: 30})
    play.read(made)
    play.keep()
    assert (play.shop.quantity(play.sku), play.shop.salable(play.sku), play.drift) == (0, 0, "")


def test_a_shop_that_sells_what_is_not_there_is_found_by_reading_back(play: Play) -> None:
    play.keep()
    play.shop.threshold[play.sku] = -10
    play.keep()
    assert play.drift == "edited"
