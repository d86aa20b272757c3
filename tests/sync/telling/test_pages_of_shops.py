"""Pages of shops over real HTTP, by the engine that also pushes their stock: stock first, then pages, each once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx2
import msgspec
import pytest
from pydantic import SecretStr

from tests.connectors.counterparts import shopify, woocommerce
from tests.connectors.counterparts.shopify_http import Redirected, served
from tests.connectors.counterparts.woocommerce_contract import Contract
from tests.connectors.shopify.conftest import schema
from tests.connectors.woocommerce.conftest import SECRETS, dump
from tests.factories import Shop, accept
from tests.sync.stage import Stage
from truestock.bootstrap import open_hub
from truestock.catalog.listings.content import ContentDraft, put_content
from truestock.config import Settings
from truestock.connections.reached import put_connection
from truestock.connectors.registry import kind_of
from truestock.sync.telling.pages import queries
from truestock.sync.telling.pages.pager import Pager

__all__ = ["dump", "schema"]
Shown = Callable[[], dict[str, tuple[Any, ...]]]
SKUS = ("L1", "L2")


@asynccontextmanager
async def a_shopify_shop(published: Any) -> AsyncIterator[tuple[Any, Shown]]:
    shop = shopify.Shop(published)
    shop.scopes |= {"read_products", "write_products"}
    shop.burst = shop.left = shop.per_s = 1e6
    for sku in SKUS:
        shop.put(sku)
    product = shop.pages.put(*SKUS)

    def shown() -> dict[str, tuple[Any, ...]]:
        title = shop.pages.products[product]["title"]
        return {sku: (title, shop.pages.variant(sku)["price"], shop.available(sku)) for sku in SKUS}

    with served(shop) as world:
        async with httpx2.AsyncClient(transport=Redirected(world.port)) as client:
            kind = kind_of("shopify")
            given = {"shop": shopify.DOMAIN, "location": shopify.LOCATION, "restore_per_s": 1e6}
            yield kind.build(client, msgspec.convert(given, kind.settings), {"access_token": shopify.TOKEN}), shown
    assert shop.violations == []


@asynccontextmanager
async def a_woocommerce_store(dumped: Any) -> AsyncIterator[tuple[Any, Shown]]:
    store = woocommerce.Store(Contract(dumped))
    parent = store.put("", None, type="variable")
    numbers = {sku: store.put(sku, parent=parent) for sku in SKUS}

    def shown() -> dict[str, tuple[Any, ...]]:
        title = store.products[parent].get("name", "Old")
        prices = {sku: store.products[number].get("regular_price", "1.00") for sku, number in numbers.items()}
        return {sku: (title, f"{Decimal(prices[sku]):.2f}", store.shown(sku)) for sku in SKUS}

    with woocommerce.served(store):
        async with httpx2.AsyncClient(trust_env=False) as client:
            kind = kind_of("woocommerce")
            yield kind.build(client, msgspec.convert({"site_url": store.url}, kind.settings), SECRETS), shown
    assert store.contract.violations == []


@pytest.fixture(params=["shopify", "woocommerce"])
def opened(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Opens the counterpart."""
    if request.param == "shopify":
        published = request.getfixturevalue("schema")
        return lambda: a_shopify_shop(published)
    dumped = request.getfixturevalue("dump")
    return lambda: a_woocommerce_store(dumped)


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Stage(Shop(hub))


def test_stock_is_shown_first_and_then_the_page(stage: Stage, opened: Callable[[], Any]) -> None:
    db, seal = stage.shop.hub.db, stage.shop.hub.seal()
    put_connection(db, seal, "web", "generic", {}, {})
    with db.transaction() as conn:
        conn.execute(queries.switch_pages, {"channel": stage.channel, "on": True})
    listed = dict(zip((stage.listing(units)[1] for units in (3, 4)), SKUS, strict=True))
    with db.transaction() as conn:
        for ours, theirs in listed.items():
            conn.execute("UPDATE listing SET sku = %s WHERE sku = %s", (theirs, ours))
    variants = [ContentDraft(sku, channel="web", product="lamp", price=Decimal(7)) for sku in SKUS]
    accept(put_content(db, [ContentDraft("lamp", "product", title="Lamp"), *variants]))

    async def work() -> None:
        async with opened() as (connector, shown):
            pager = Pager(db, stage.channel, "web", connector)
            await pager.turn()
            assert shown() == dict.fromkeys(SKUS, ("Old", "1.00", 0))
            await stage.kept(connector)
            assert await pager.turn() == 0
            assert shown() == {"L1": ("Lamp", "7.00", 3), "L2": ("Lamp", "7.00", 4)}
            assert await pager.turn() > 1

    asyncio.run(work())
