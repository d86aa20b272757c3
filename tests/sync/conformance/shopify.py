"""A Shopify shop as the stories meet it."""

import copy
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
from graphql import GraphQLSchema

from tests.connectors.counterparts import shopify
from tests.connectors.counterparts.shopify_http import GRANT, PATH, Redirected, ServedShop, served
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.connectors.shopify import build
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.entrypoints.conformance.worlds import Message

LATER_S = 5
URL = "https://hub.example/v1/hooks/web"
APP = {"client_secret": GRANT["client_secret"][0]}


class Shopify(OnALine):
    def __init__(self, world: ServedShop) -> None:
        self.line = Line(Redirected(world.port), _writes, self._keep)
        self.connector: ShopifyConnector
        self._world = world
        self._shop = world.shop
        self._sales = world.shop.sales

    def shown(self, sku: str) -> int | None:
        return self._shop.available(sku)

    def sell(self, sku: str, units: int) -> None:
        self._shop.order(sku, units)

    def throttle(self, calls: int) -> None:
        self._shop.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._world.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._world.drop_before_effect = True

    def expire(self) -> None:
        self._world.token = "revoked"

    def place(self, sku: str, units: int) -> str:
        self._sales.now += LATER_S
        return str(self._shop.sell({sku: units})["id"].rsplit("/", 1)[-1])

    def edit(self, order: str, units: int) -> None:
        found, line = self._found(order)
        more = units - line["currentQuantity"]
        self._shop.order(line["sku"], more)
        if more <= 0:
            self._sales.edit(found, line["sku"], -more)
            return
        for count in ("quantity", "currentQuantity", "unfulfilledQuantity"):
            line[count] += more
        found["fulfillmentOrders"][0]["lineItems"][0]["remainingQuantity"] += more
        self._sales.changed(found, "orders/edited")

    def cancel(self, order: str) -> None:
        found, line = self._found(order)
        self._shop.order(line["sku"], -line["currentQuantity"])
        self._sales.cancel(found)

    def send(self, order: str) -> None:
        found, line = self._found(order)
        self._sales.fulfil_by_hand(found, {line["sku"]: line["unfulfilledQuantity"]})

    def messages(self) -> list[Message]:
        sent, self._sales.outbox = self._sales.outbox, []
        return [Message(*one) for one in sent]

    def _found(self, order: str) -> tuple[Any, Any]:
        self._sales.now += LATER_S
        found = self._sales.orders[f"gid://shopify/Order/{order}"]
        return found, found["lineItems"][0]

    def _keep(self) -> Undo:
        before = copy.deepcopy({gid: item["levels"] for gid, item in self._shop.items.items()})

        def undo() -> None:
            for gid, levels in before.items():
                self._shop.items[gid]["levels"] = levels

        return undo


def _writes(request: httpx2.Request) -> bool:
    return request.url.path == PATH and b"mutation" in request.content


@asynccontextmanager
async def a_shopify_shop(skus: list[str], schema: GraphQLSchema) -> AsyncIterator[Shopify]:
    """Its app gets its tokens by its client secret."""
    shop = shopify.Shop(schema)
    shop.burst = shop.left = shop.per_s = 1e6
    shop.sales.now = int(time.time())
    for sku in skus:
        shop.put(sku)
    with served(shop) as running:
        world = Shopify(running)
        async with httpx2.AsyncClient(transport=world.line) as client:
            given = {"shop": shopify.DOMAIN, "location": shopify.LOCATION, "client_id": GRANT["client_id"][0]}
            settings = msgspec.convert({**given, "timeout_s": 5.0, "restore_per_s": 1e6}, ShopifySettings)
            world.connector = build(client, settings, APP)
            await world.connector.subscribe(URL)
            yield world
    assert shop.violations == []
