"""Every connector against its counterpart over real HTTP, through the engine: after a fault it shows what it shall.

Whoever writes a connector adds its world here: the counterpart, and how to make it misbehave."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import httpx2
import msgspec
import pytest
from graphql import GraphQLSchema

from tests.connectors.amazon.conftest import models
from tests.connectors.amazon.world import an_amazon_account
from tests.connectors.counterparts import generic, shopify, woocommerce
from tests.connectors.counterparts.shopify_http import Redirected, served
from tests.connectors.counterparts.woocommerce_contract import Contract
from tests.connectors.generic.channels import connected
from tests.connectors.magento.conftest import magento_contract
from tests.connectors.magento.world import a_magento_shop
from tests.connectors.shopify.conftest import schema
from tests.connectors.square.conftest import square_contract
from tests.connectors.square.world import a_square_seller
from tests.connectors.woocommerce.conftest import SECRETS, dump
from tests.sync.stage import Stage
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.shopify import build as shopify_of
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.woocommerce import build as woocommerce_of
from truestock.connectors.woocommerce.settings import WooCommerceSettings

__all__ = ["dump", "magento_contract", "models", "schema", "square_contract"]


class World(Protocol):
    """A channel that is up, with the listings that it has."""

    connector: PushesStock

    def shown(self, sku: str) -> int | None: ...
    def sell(self, sku: str, units: int) -> None: ...
    def throttle(self, calls: int) -> None: ...
    def hang_after_effect(self) -> None: ...
    def break_before_effect(self) -> None: ...


class Generic:
    def __init__(self, shop: generic.Shop, connector: PushesStock) -> None:
        self.connector = connector
        self._shop = shop

    def shown(self, sku: str) -> int | None:
        return self._shop.stock.get(sku)

    def sell(self, sku: str, units: int) -> None:
        self._shop.sell(sku, units)

    def throttle(self, calls: int) -> None:
        self._shop.faults.throttle_next, self._shop.faults.retry_after = calls, "0"

    def hang_after_effect(self) -> None:
        self._shop.faults.hang_after_effect = 1

    def break_before_effect(self) -> None:
        self._shop.faults.throttle_next, self._shop.faults.throttle_status = 1, 503


class Shopify:
    def __init__(self, world: Any, connector: PushesStock) -> None:
        self.connector = connector
        self._world = world

    def shown(self, sku: str) -> int | None:
        shown: int | None = self._world.shop.available(sku)
        return shown

    def sell(self, sku: str, units: int) -> None:
        self._world.shop.order(sku, units)

    def throttle(self, calls: int) -> None:
        self._world.shop.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._world.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._world.drop_before_effect = True


class WooCommerce:
    def __init__(self, store: woocommerce.Store, connector: PushesStock) -> None:
        self.connector = connector
        self._store = store

    def shown(self, sku: str) -> int | None:
        return self._store.shown(sku)

    def sell(self, sku: str, units: int) -> None:
        self._store.order(sku, units)

    def throttle(self, calls: int) -> None:
        self._store.faults.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._store.faults.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._store.faults.drop_before_effect = True


Opened = Callable[[list[str]], AbstractAsyncContextManager[World]]


@asynccontextmanager
async def a_generic_shop(skus: list[str], **traits: Any) -> AsyncIterator[World]:
    shop = generic.Shop(dict.fromkeys(skus, 0), compare=traits.get("compare", "no"))
    async with connected(shop, **traits) as connector:
        yield Generic(shop, connector)


@asynccontextmanager
async def a_shopify_shop(skus: list[str], schema: GraphQLSchema) -> AsyncIterator[World]:
    shop = shopify.Shop(schema)
    for sku in skus:
        shop.put(sku)
    with served(shop) as world:
        async with httpx2.AsyncClient(transport=Redirected(world.port)) as client:
            given = {"shop": shopify.DOMAIN, "location": shopify.LOCATION, "timeout_s": 1.0}
            settings = msgspec.convert(given, ShopifySettings)
            yield Shopify(world, shopify_of(client, settings, {"access_token": shopify.TOKEN}))
    assert shop.violations == []


@asynccontextmanager
async def a_woocommerce_store(skus: list[str], dump: Any) -> AsyncIterator[World]:
    """The first listing is a product, the others are variations of one."""
    store = woocommerce.Store(Contract(dump))
    parent = store.put("SHIRT", None, type="variable")
    for place, sku in enumerate(skus):
        store.put(sku, parent=parent if place else 0)
    with woocommerce.served(store):
        async with httpx2.AsyncClient(trust_env=False) as client:
            settings = msgspec.convert({"site_url": store.url, "timeout_s": 1.0}, WooCommerceSettings)
            yield WooCommerce(store, woocommerce_of(client, settings, SECRETS))
    assert store.contract.violations == []


KINDS = [
    "generic",
    "generic, comparing",
    "generic, by sequence",
    "shopify",
    "woocommerce",
    "amazon",
    "magento",
    "square",
]


@pytest.fixture(params=KINDS)
def opened(request: pytest.FixtureRequest) -> Opened:
    """Opens the counterpart with some listings."""
    if request.param == "square":
        published_square = request.getfixturevalue("square_contract")
        return lambda skus: a_square_seller(skus, published_square)
    if request.param == "magento":
        published_rest = request.getfixturevalue("magento_contract")
        return lambda skus: a_magento_shop(skus, published_rest)
    if request.param == "amazon":
        of_amazon = request.getfixturevalue("models")
        return lambda skus: an_amazon_account(skus, of_amazon)
    if request.param == "woocommerce":
        dumped = request.getfixturevalue("dump")
        return lambda skus: a_woocommerce_store(skus, dumped)
    if request.param == "shopify":
        published = request.getfixturevalue("schema")
        return lambda skus: a_shopify_shop(skus, published)
    compare = {"generic": "no", "generic, comparing": "value", "generic, by sequence": "sequence"}[request.param]
    return lambda skus: a_generic_shop(skus, compare=compare)


class Play:
    """Some listings, sold on both sides."""

    def __init__(self, stage: Stage, world: World, listings: dict[str, str]) -> None:
        self._stage = stage
        self._world = world
        self._listings = listings

    async def change(self, sku: str, units: int) -> None:
        """Units are sold (below 0) or come in, elsewhere."""
        shop, item = self._stage.shop, self._listings[sku]
        await asyncio.to_thread(lambda: shop.buy("retail", {item: -units}) if units < 0 else shop.stock(item, dc=units))
        await asyncio.to_thread(self._stage.publish)

    async def keep(self, turns: int = 40) -> None:
        """Let the engine work."""
        await self._stage.kept(self._world.connector, turns)

    async def end(self) -> None:
        """An hour later, twice, the channel shows what it shall."""
        for _ in range(2):
            self._stage.later()
            await self.keep()
        desired = self._stage.desired()
        assert {sku: self._world.shown(sku) for sku in desired} == desired
        waiting = self._stage.shop.read(
            "SELECT count(*) FROM outbound WHERE acked_rev < rev OR in_flight_since IS NOT NULL"
        )
        assert waiting == [(0,)]


def run(stage: Stage, opened: Opened, story: Callable[[Play, World, list[str]], Any]) -> None:
    """A story on three listings that are in step."""
    listings = {sku: item for item, sku in (stage.listing(30) for _ in range(3))}

    async def told() -> None:
        async with opened(list(listings)) as world:
            play = Play(stage, world, listings)
            await play.keep()
            assert [world.shown(sku) for sku in listings] == [30, 30, 30]
            await story(play, world, list(listings))
            await play.end()

    asyncio.run(told())


def test_changes_arrive(stage: Stage, opened: Opened) -> None:
    async def story(play: Play, world: World, skus: list[str]) -> None:
        await play.change(skus[0], -30)
        await play.change(skus[1], 5)
        await play.keep()
        assert [world.shown(sku) for sku in skus] == [0, 35, 30]

    run(stage, opened, story)


def test_a_storm_of_throttling_passes(stage: Stage, opened: Opened) -> None:
    async def story(play: Play, world: World, skus: list[str]) -> None:
        world.throttle(2)
        for sku in skus:
            await play.change(sku, -4)
        await play.keep(turns=4)

    run(stage, opened, story)


def test_an_answer_that_never_comes_is_found_by_reading(stage: Stage, opened: Opened) -> None:
    async def story(play: Play, world: World, skus: list[str]) -> None:
        world.hang_after_effect()
        await play.change(skus[0], -7)
        await play.keep(turns=2)
        assert world.shown(skus[0]) == 23

    run(stage, opened, story)


def test_a_call_that_broke_before_its_effect_is_made_again(stage: Stage, opened: Opened) -> None:
    async def story(play: Play, world: World, skus: list[str]) -> None:
        world.break_before_effect()
        await play.change(skus[0], -7)
        await play.keep(turns=2)

    run(stage, opened, story)


def test_what_the_channel_sold_meanwhile_does_not_stop_the_next_change(stage: Stage, opened: Opened) -> None:
    async def story(play: Play, world: World, skus: list[str]) -> None:
        world.sell(skus[0], 2)
        await play.change(skus[0], -2)  # the same order, come in another way
        await play.change(skus[0], 9)

    run(stage, opened, story)
