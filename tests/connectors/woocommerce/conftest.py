"""A store for each test; a live WooCommerce's dump lies beside the project, and without it the tests say so."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from unittest import SkipTest

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.woocommerce import KEY, SECRET, Store, served
from tests.connectors.counterparts.woocommerce_contract import Contract, Json
from tests.connectors.counterparts.woocommerce_orders import Sales
from truestock.connectors.contract.abilities import Line
from truestock.connectors.woocommerce import KIND
from truestock.connectors.woocommerce.connector import WooCommerceConnector

DUMP = "shared/specs/woocommerce/wc-v3-8.4.0-live.json"
CAPTURES = "shared/specs/woocommerce/webhook-captures-8.4.0.json"
SECRETS = {"consumer_key": KEY, "consumer_secret": SECRET}
T = TypeVar("T")


@pytest.fixture(scope="session")
def dump() -> Json:
    """Routes and schemas of a live WooCommerce 8.4.0."""
    path = Path(__file__).parents[4] / DUMP
    if not path.exists():
        raise SkipTest(f"../{DUMP} is not there")
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def captures() -> list[Json]:
    """What a live WooCommerce 8.4.0 sent by itself: two pings and seven signed messages."""
    path = Path(__file__).parents[4] / CAPTURES
    if not path.exists():
        raise SkipTest(f"../{CAPTURES} is not there")
    found: list[Json] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def captured(captures: list[Json]) -> Json:
    """An order as that store told it."""
    found: Json = json.loads(captures[2]["b"])
    return found


@pytest.fixture
def store(dump: Json) -> Iterator[Store]:
    """A store that answers; nothing asked or answered may be against the dump."""
    with served(Store(Contract(dump))) as running:
        yield running
    assert running.contract.violations == []


@pytest.fixture
def sales(store: Store) -> Sales:
    """What the store has sold."""
    return store.sales


class Hub:
    """Runs steps with a connector to the store, made as the hub makes it."""

    def __init__(self, store: Store) -> None:
        self.secrets = dict(SECRETS)
        self.settings: dict[str, Any] = {"site_url": store.url, "timeout_s": 5.0}

    def __call__(self, steps: Callable[[WooCommerceConnector], Awaitable[T]]) -> T:
        return asyncio.run(self._run(steps))

    async def _run(self, steps: Callable[[WooCommerceConnector], Awaitable[T]]) -> T:
        async with httpx2.AsyncClient(trust_env=False) as client:
            connector = KIND.build(client, msgspec.convert(self.settings, KIND.settings), self.secrets)
            assert isinstance(connector, WooCommerceConnector)
            return await steps(connector)


@pytest.fixture
def hub(store: Store) -> Hub:
    """The hub's side of the channel."""
    return Hub(store)


def line(sku: str, quantity: int, rev: int = 1) -> Line:
    """A line as the sync makes it."""
    return Line(sku, quantity, rev, f"{sku}:{rev}")
