"""A shop for each test; the published contract lies beside the project, and without it the tests say so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from unittest import SkipTest

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.magento import PREFIX, TOKEN, Shop
from tests.connectors.counterparts.openapi import Contract, read
from tests.connectors.counterparts.vendor import served
from truestock.connectors.contract.abilities import Line
from truestock.connectors.vendors.magento import KIND
from truestock.connectors.vendors.magento.connector import MagentoConnector

SPEC = "shared/specs/adobe-commerce/admin-schema-2.4.9.yaml"
SECRETS = {"access_token": TOKEN}
T = TypeVar("T")


@pytest.fixture(scope="session")
def magento_contract() -> Contract:
    """Adobe Commerce's published REST schema."""
    path = Path(__file__).parents[4] / SPEC
    if not path.exists():
        raise SkipTest(f"../{SPEC} is not there")
    return Contract({PREFIX: read(path)})


@pytest.fixture
def shop(magento_contract: Contract) -> Iterator[Shop]:
    """A shop that answers; nothing asked or answered may be against the contract."""
    magento_contract.violations.clear()
    with served(Shop(magento_contract)) as running:
        yield running
    assert magento_contract.violations == []


class Hub:
    """Runs steps with a connector to the shop, made as the hub makes it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.secrets = dict(SECRETS)
        self.settings: dict[str, Any] = {"source": "default", "timeout_s": 5.0}

    def __call__(self, steps: Callable[[MagentoConnector], Awaitable[T]]) -> T:
        """What the steps give."""

        async def run() -> T:
            async with httpx2.AsyncClient(trust_env=False) as client:
                settings = msgspec.convert({"url": self._shop.url, **self.settings}, KIND.settings)
                connector = KIND.build(client, settings, self.secrets)
                assert isinstance(connector, MagentoConnector)
                return await steps(connector)

        return asyncio.run(run())


@pytest.fixture
def hub(shop: Shop) -> Hub:
    """The hub's side."""
    return Hub(shop)


def line(sku: str, quantity: int, was: int | None = None, place: str = "") -> Line:
    """A line as the sync makes it."""
    return Line(sku, quantity, 1, f"{sku}:1", was, place)
