"""A seller as the engine meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import msgspec

from tests.connectors.counterparts.openapi import Contract
from tests.connectors.counterparts.square import HOST, WEST, Seller
from tests.connectors.counterparts.vendor import Redirected, served
from tests.connectors.square.conftest import SECRETS
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.vendors.square import build
from truestock.connectors.vendors.square.settings import SquareSettings

WRITE = "POST /v2/inventory/changes/batch-create"


class Square:
    """What buyers do at a till, what is in stock there, and what goes wrong with the next count."""

    def __init__(self, seller: Seller, connector: PushesStock) -> None:
        self.connector = connector
        self._seller = seller
        seller.faults.of = WRITE

    def shown(self, sku: str) -> int | None:
        units = self._seller.shown(sku)
        return None if units is None else int(units)

    def sell(self, sku: str, units: int) -> None:
        self._seller.later(2)
        self._seller.order([self._seller.line(sku, units)])
        self._seller.later(2)

    def throttle(self, calls: int) -> None:
        self._seller.faults.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._seller.faults.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._seller.faults.drop_before_effect = True


@asynccontextmanager
async def a_square_seller(skus: list[str], contract: Contract) -> AsyncIterator[Square]:
    """With these variations at its location."""
    contract.violations.clear()
    with served(Seller(contract)) as seller:
        seller.clock = datetime.now(UTC)
        for sku in skus:
            seller.put(sku)
        async with httpx2.AsyncClient(transport=Redirected(int(seller.url.rsplit(":", 1)[1]), HOST)) as client:
            settings = msgspec.convert({"location": WEST, "timeout_s": 1.0, "calls_per_s": 100}, SquareSettings)
            yield Square(seller, build(client, settings, SECRETS))
    assert contract.violations == []
