"""An account for each test; eBay's contracts lie beside the project, and without them the tests say so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from unittest import SkipTest

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.ebay import (
    CLIENT_ID,
    CLIENT_SECRET,
    DOCUMENTED,
    FULFILLMENT,
    HOST,
    INVENTORY,
    NOTIFICATION,
    REFRESH,
    VERIFICATION,
    Account,
)
from tests.connectors.counterparts.openapi import JSON, METHODS, Contract, read
from tests.connectors.counterparts.vendor import Redirected, served
from truestock.connectors.contract.abilities import Line
from truestock.connectors.vendors.ebay import KIND
from truestock.connectors.vendors.ebay.connector import EbayConnector

SPECS = "shared/specs/ebay"
FILES = {
    INVENTORY: "sell_inventory_v1_oas3.json",
    FULFILLMENT: "sell_fulfillment_v1_oas3.json",
    NOTIFICATION: "commerce_notification_v1_oas3.json",
}
SECRETS = {"client_secret": CLIENT_SECRET, "refresh_token": REFRESH, "verification_token": VERIFICATION}
T = TypeVar("T")


@pytest.fixture(scope="session")
def ebay_contract() -> Contract:
    """eBay's published contracts, and the little besides."""
    path = Path(__file__).parents[4] / SPECS
    if not path.exists():
        raise SkipTest(f"../{SPECS} is not there")
    documents = {**{prefix: read(path / name) for prefix, name in FILES.items()}, "": DOCUMENTED}
    for document in documents.values():
        for operations in document["paths"].values():
            for method in METHODS & operations.keys():
                # Whoever is not let in is told so, though the contracts do not say it.
                operations[method]["responses"].setdefault("401", {"content": {JSON: {"schema": {}}}})
    return Contract(documents)


@pytest.fixture
def account(ebay_contract: Contract) -> Iterator[Account]:
    """An account that answers; nothing asked or answered may be against the contracts."""
    ebay_contract.violations.clear()
    with served(Account(ebay_contract)) as running:
        yield running
    assert ebay_contract.violations == []


class Hub:
    """Runs steps with a connector to the account, made as the hub makes it."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.secrets = dict(SECRETS)
        self.settings: dict[str, Any] = {"client_id": CLIENT_ID, "timeout_s": 5.0}

    def __call__(self, steps: Callable[[EbayConnector], Awaitable[T]]) -> T:
        """What the steps give."""

        async def run() -> T:
            port = int(self._account.url.rsplit(":", 1)[1])
            async with httpx2.AsyncClient(transport=Redirected(port, HOST)) as client:
                connector = KIND.build(client, msgspec.convert(self.settings, KIND.settings), self.secrets)
                assert isinstance(connector, EbayConnector)
                return await steps(connector)

        return asyncio.run(run())


@pytest.fixture
def hub(account: Account) -> Hub:
    """The hub's side."""
    return Hub(account)


def line(sku: str, quantity: int, was: int | None = None) -> Line:
    """A line as the sync makes it."""
    return Line(sku, quantity, 1, f"{sku}:1", was)
