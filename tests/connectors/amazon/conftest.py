"""An account for each test; Amazon's published models lie beside the project, and without them the tests say so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from unittest import SkipTest

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.amazon import MARKETPLACE, SELLER, Account
from tests.connectors.counterparts.amazon_contract import Contract
from tests.connectors.counterparts.amazon_http import CLIENT_ID, SECRETS, Redirected, ServedAccount, served
from truestock.connectors.amazon import KIND
from truestock.connectors.amazon.connector import Centres, Merchant
from truestock.connectors.contract.abilities import Line

SPECS = "shared/specs/amazon"
T = TypeVar("T")


@pytest.fixture(scope="session")
def models() -> Contract:
    """Amazon's published models and schemas."""
    path = Path(__file__).parents[4] / SPECS
    if not path.exists():
        raise SkipTest(f"../{SPECS} is not there")
    return Contract(path)


@pytest.fixture
def contract(models: Contract) -> Contract:
    """The same with nothing against it yet."""
    models.violations.clear()
    return models


@pytest.fixture
def world(contract: Contract) -> Iterator[ServedAccount]:
    """An account that answers; nothing asked or answered may be against the models, or too often."""
    with served(Account(contract)) as running:
        yield running
    assert contract.violations == []


@pytest.fixture
def account(world: ServedAccount) -> Account:
    """What the account holds."""
    return world.account


def settings(**more: Any) -> dict[str, Any]:
    """Settings of the account, as they are kept."""
    of_seller = {"region": "na", "marketplace": MARKETPLACE, "seller_id": SELLER, "client_id": CLIENT_ID}
    return {**of_seller, "timeout_s": 5.0, "look_every_s": 0.0, **more}


class Hub:
    """Runs steps with a connector to the account, made as the hub makes it."""

    def __init__(self, world: ServedAccount) -> None:
        self._world = world
        self.queue_port = 0
        self.secrets = dict(SECRETS)
        self.settings = settings()

    def __call__(self, steps: Callable[[Merchant], Awaitable[T]]) -> T:
        """With what the merchant fulfils."""

        async def with_merchant(connector: Merchant | Centres) -> T:
            assert isinstance(connector, Merchant)
            return await steps(connector)

        return asyncio.run(self._run(with_merchant))

    def centres(self, steps: Callable[[Centres], Awaitable[T]]) -> T:
        """With what Amazon fulfils."""
        self.settings["fulfilled_by"] = "amazon"

        async def with_centres(connector: Merchant | Centres) -> T:
            assert isinstance(connector, Centres)
            return await steps(connector)

        return asyncio.run(self._run(with_centres))

    async def _run(self, steps: Callable[[Merchant | Centres], Awaitable[T]]) -> T:
        async with httpx2.AsyncClient(transport=Redirected(self._world.port, self.queue_port)) as client:
            connector = KIND.build(client, msgspec.convert(self.settings, KIND.settings), self.secrets)
            assert isinstance(connector, Merchant | Centres)
            return await steps(connector)


@pytest.fixture
def hub(world: ServedAccount) -> Hub:
    """The hub's side of the channel."""
    return Hub(world)


def line(sku: str, quantity: int, rev: int = 1) -> Line:
    """A line as the sync makes it."""
    return Line(sku, quantity, rev, f"{sku}:{rev}")
