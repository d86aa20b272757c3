"""A WooCommerce store as the stories meet it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec

from tests.connectors.counterparts import woocommerce
from tests.connectors.counterparts.woocommerce_contract import Contract
from tests.connectors.woocommerce.conftest import SECRETS
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.connectors.woocommerce import build
from truestock.connectors.woocommerce.connector import WooCommerceConnector
from truestock.connectors.woocommerce.settings import WooCommerceSettings
from truestock.entrypoints.conformance.worlds import Message

LATER_S = 5
URL = "https://hub.example/v1/hooks/web"


class WooCommerce(OnALine):
    def __init__(self, store: woocommerce.Store) -> None:
        self.line = Line(httpx2.AsyncHTTPTransport(), _writes, self._keep)
        self.connector: WooCommerceConnector
        self._store = store
        self._sales = store.sales

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

    def place(self, sku: str, units: int) -> str:
        self._sales.now += LATER_S
        return str(self._sales.order({sku: units})["id"])

    def edit(self, order: str, units: int) -> None:
        found = self._found(order)
        line = found["line_items"][0]
        self._store.order(line["sku"], units - line["quantity"])
        line["quantity"] = units
        next(meta for meta in line["meta_data"] if meta["key"] == "_reduced_stock")["value"] = units
        self._sales.changed(found, "order.updated")

    def cancel(self, order: str) -> None:
        self._sales.change(self._found(order), "cancelled")

    def send(self, order: str) -> None:
        self._sales.change(self._found(order), "completed")

    def messages(self) -> list[Message]:
        sent, self._sales.outbox = self._sales.outbox, []
        return [Message(*one) for one in sent]

    def _found(self, order: str) -> Any:
        self._sales.now += LATER_S
        return self._sales.orders[int(order)]

    def _keep(self) -> Undo:
        before = {number: product["stock_quantity"] for number, product in self._store.products.items()}

        def undo() -> None:
            for number, quantity in before.items():
                self._store.products[number]["stock_quantity"] = quantity

        return undo


def _writes(request: httpx2.Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/batch")


@asynccontextmanager
async def a_woocommerce_store(skus: list[str], dump: Any) -> AsyncIterator[WooCommerce]:
    """The first listing is a product, the others are variations of one."""
    store = woocommerce.Store(Contract(dump))
    store.sales.now = int(time.time())
    parent = store.put("SHIRT", None, type="variable")
    for place, sku in enumerate(skus):
        store.put(sku, parent=parent if place else 0)
    with woocommerce.served(store):
        world = WooCommerce(store)
        async with httpx2.AsyncClient(transport=world.line) as client:
            settings = msgspec.convert({"site_url": store.url, "timeout_s": 5.0}, WooCommerceSettings)
            world.connector = build(client, settings, SECRETS)
            await world.connector.subscribe(URL)
            yield world
    assert store.contract.violations == []
