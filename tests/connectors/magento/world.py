"""A shop as the engine meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import msgspec

from tests.connectors.counterparts.magento import Shop
from tests.connectors.counterparts.openapi import Contract
from tests.connectors.counterparts.vendor import served
from tests.connectors.magento.conftest import SECRETS
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.vendors.magento import build
from truestock.connectors.vendors.magento.settings import MagentoSettings

WRITE = "POST /rest/default/V1/inventory/source-items"


class Magento:
    """What buyers do there, what the source has, and what goes wrong with the next write."""

    def __init__(self, shop: Shop, connector: PushesStock) -> None:
        self.connector = connector
        self._shop = shop
        shop.faults.of = WRITE

    def shown(self, sku: str) -> int | None:
        quantity = self._shop.quantity(sku)
        return None if quantity is None else int(quantity)

    def sell(self, sku: str, units: int) -> None:
        self._shop.order((sku, units))

    def throttle(self, calls: int) -> None:
        self._shop.faults.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._shop.faults.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._shop.faults.drop_before_effect = True


@asynccontextmanager
async def a_magento_shop(skus: list[str], contract: Contract) -> AsyncIterator[Magento]:
    """With these products at its source."""
    contract.violations.clear()
    with served(Shop(contract)) as shop:
        for sku in skus:
            shop.put(sku)
        async with httpx2.AsyncClient(trust_env=False) as client:
            given = {"url": shop.url, "source": "default", "timeout_s": 1.0}
            yield Magento(shop, build(client, msgspec.convert(given, MagentoSettings), SECRETS))
    assert contract.violations == []
