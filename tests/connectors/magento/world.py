"""A shop as the engine meets it."""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import msgspec

from tests.connectors.counterparts.magento import Shop
from tests.connectors.counterparts.openapi import Contract, Json
from tests.connectors.counterparts.vendor import served
from tests.connectors.magento.conftest import SECRETS
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.connectors.vendors.magento import build
from truestock.connectors.vendors.magento.connector import MagentoConnector
from truestock.connectors.vendors.magento.settings import MagentoSettings

WRITE = "POST /rest/default/V1/inventory/source-items"
LATER_S = 5


class Magento(OnALine):
    """What buyers and people do there, what the shop would sell, and what goes wrong with the next write."""

    def __init__(self, shop: Shop) -> None:
        self.line = Line(httpx2.AsyncHTTPTransport(), _writes, self._keep)
        self.connector: MagentoConnector
        self._shop = shop
        shop.faults.of = WRITE

    def shown(self, sku: str) -> int | None:
        return None if self._shop.quantity(sku) is None else int(self._shop.salable(sku))

    def sell(self, sku: str, units: int) -> None:
        """They leave at once, and are taken off the source."""
        self.send(self.place(sku, units))

    def throttle(self, calls: int) -> None:
        self._shop.faults.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._shop.faults.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._shop.faults.drop_before_effect = True

    def place(self, sku: str, units: int) -> str:
        self._shop.later(LATER_S)
        return str(self._shop.order((sku, units))["entity_id"])

    def edit(self, order: str, units: int) -> None:
        self._shop.edit(self._found(order), units)

    def cancel(self, order: str) -> None:
        self._shop.cancel(self._found(order))

    def send(self, order: str) -> None:
        found = self._found(order)
        self._shop.ship(found, {item["item_id"]: item["qty_ordered"] for item in found["items"]})

    def _found(self, order: str) -> Json:
        self._shop.later(LATER_S)
        return self._shop.orders[int(order)]

    def _keep(self) -> Undo:
        before = copy.deepcopy(self._shop.items)

        def undo() -> None:
            self._shop.items = before

        return undo


def _writes(request: httpx2.Request) -> bool:
    return f"{request.method} {request.url.path}" == WRITE


@asynccontextmanager
async def a_magento_shop(skus: list[str], contract: Contract) -> AsyncIterator[Magento]:
    """With these products at its source."""
    contract.violations.clear()
    with served(Shop(contract)) as shop:
        shop.clock = datetime.now(UTC)
        for sku in skus:
            shop.put(sku)
        world = Magento(shop)
        async with httpx2.AsyncClient(transport=world.line) as client:
            # Several calls for a backlog, so that it matters what goes first.
            given = {"url": shop.url, "source": "default", "timeout_s": 5.0, "calls_per_s": 100, "batch_max": 4}
            world.connector = build(client, msgspec.convert(given, MagentoSettings), SECRETS)
            yield world
    assert contract.violations == []
