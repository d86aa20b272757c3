"""A connector and the shop it speaks with, both in the event loop of the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec

from tests.connectors.counterparts.generic import SECRET, Shop, opened
from truestock.connectors.contract.abilities import Line
from truestock.connectors.generic import KIND
from truestock.connectors.generic.connector import GenericChannel
from truestock.connectors.generic.settings import GenericSettings
from truestock.connectors.generic.shops import GenericShop


@asynccontextmanager
async def connected(shop: Shop, secret: str = SECRET, bearer: str = "", **given: Any) -> AsyncIterator[GenericChannel]:
    """The shop, answering, and a channel that is connected with it."""
    async with opened(shop), httpx2.AsyncClient(trust_env=False) as client:
        settings = GenericSettings(**{"base_url": shop.url, "decrements": "at_once", "timeout_s": 5.0, **given})
        yield GenericChannel(client, settings, {"signing_secret": secret, "bearer_token": bearer})


@asynccontextmanager
async def with_orders(shop: Shop, **given: Any) -> AsyncIterator[GenericShop]:
    """The same for a channel that has orders."""
    async with opened(shop), httpx2.AsyncClient(trust_env=False) as client:
        settings = {"base_url": shop.url, "decrements": "at_once", "timeout_s": 5.0, "orders": "read", **given}
        found = KIND.build(client, msgspec.convert(settings, GenericSettings), {"signing_secret": SECRET})
        assert isinstance(found, GenericShop)
        yield found


def line(sku: str, quantity: int, rev: int = 1, was: int | None = None) -> Line:
    """A line as the sync makes it: its key follows from SKU and revision."""
    return Line(sku, quantity, rev, f"ts-{sku}-{rev}", was)
