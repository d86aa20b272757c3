"""A seller for each test; the published contract lies beside the project, and without it the tests say so."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from unittest import SkipTest

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.openapi import Contract, read
from tests.connectors.counterparts.square import HOST, KEY, TOKEN, WEST, Seller
from tests.connectors.counterparts.vendor import Redirected, served
from truestock.connectors.contract.abilities import Line
from truestock.connectors.vendors.square import KIND
from truestock.connectors.vendors.square.connector import SquareConnector

SPEC = "shared/specs/square/square-openapi-subset.json"
SECRETS = {"access_token": TOKEN, "signature_key": KEY}
T = TypeVar("T")


@pytest.fixture(scope="session")
def square_contract() -> Contract:
    """Square's published API."""
    path = Path(__file__).parents[4] / SPEC
    if not path.exists():
        raise SkipTest(f"../{SPEC} is not there")
    return Contract({"": _with_errors(read(path))})


def _with_errors(document: dict[str, Any]) -> dict[str, Any]:
    """With the form of a refusal: the contract describes successes alone, each with the errors that it may have."""
    refusal = {
        "type": "object",
        "required": ["errors"],
        "properties": {"errors": {"type": "array", "items": {"$ref": "#/components/schemas/Error"}}},
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"content": {"application/json": {"schema": refusal}}}
    return document


@pytest.fixture
def seller(square_contract: Contract) -> Iterator[Seller]:
    """A seller that answers; nothing asked or answered may be against the contract."""
    square_contract.violations.clear()
    with served(Seller(square_contract)) as running:
        yield running
    assert square_contract.violations == []


class Hub:
    """Runs steps with a connector to the seller, made as the hub makes it."""

    def __init__(self, seller: Seller) -> None:
        self._seller = seller
        self.secrets = dict(SECRETS)
        self.settings: dict[str, Any] = {"location": WEST, "timeout_s": 5.0}

    def __call__(self, steps: Callable[[SquareConnector], Awaitable[T]]) -> T:
        """What the steps give."""

        async def run() -> T:
            port = int(self._seller.url.rsplit(":", 1)[1])
            async with httpx2.AsyncClient(transport=Redirected(port, HOST)) as client:
                connector = KIND.build(client, msgspec.convert(self.settings, KIND.settings), self.secrets)
                assert isinstance(connector, SquareConnector)
                return await steps(connector)

        return asyncio.run(run())


@pytest.fixture
def hub(seller: Seller) -> Hub:
    """The hub's side."""
    return Hub(seller)


def line(sku: str, quantity: int, was: int | None = None, place: str = "") -> Line:
    """A line as the sync makes it."""
    return Line(sku, quantity, 1, f"{sku}:1", was, place)
