"""A shop for each test; Shopify's published schema lies beside the project, and without it the tests say so."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from unittest import SkipTest

import httpx2
import msgspec
import pytest
from graphql import GraphQLSchema, build_client_schema

from tests.connectors.counterparts.shopify import DOMAIN, LOCATION, TOKEN, Shop, with_resolvers
from tests.connectors.counterparts.shopify_http import Redirected, ServedShop, served
from tests.connectors.counterparts.shopify_orders import CLIENT_SECRET, Sales
from truestock.connectors.shopify import KIND
from truestock.connectors.shopify.connector import ShopifyConnector

SPECS = Path(__file__).parents[4] / "shared/specs/shopify"
T = TypeVar("T")


def beside_the_project(name: str) -> Path:
    path = SPECS / name
    if not path.exists():
        raise SkipTest(f"../shared/specs/shopify/{name} is not there")
    return path


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """The schema of Admin API 2026-10, with the shop's resolvers."""
    with gzip.open(beside_the_project("admin_2026-10.json.gz")) as file:
        return with_resolvers(build_client_schema(json.load(file)["data"], assume_valid=True))


@pytest.fixture
def world(schema: GraphQLSchema) -> Iterator[ServedShop]:
    """A shop that answers; nothing asked or answered may be against the schema."""
    with served(Shop(schema)) as running:
        yield running
    assert running.shop.violations == []


@pytest.fixture
def shop(world: ServedShop) -> Shop:
    """What the shop holds."""
    return world.shop


@pytest.fixture
def sales(shop: Shop) -> Sales:
    """What the shop has sold."""
    return shop.sales


class Hub:
    """Runs steps with a connector to the shop, made as the hub makes it."""

    def __init__(self, world: ServedShop) -> None:
        self._world = world
        self.secrets = {"access_token": TOKEN, "client_secret": CLIENT_SECRET}
        self.settings: dict[str, Any] = {"shop": DOMAIN, "location": LOCATION, "timeout_s": 5.0}

    def __call__(self, steps: Callable[[ShopifyConnector], Awaitable[T]]) -> T:
        return asyncio.run(self._run(steps))

    async def _run(self, steps: Callable[[ShopifyConnector], Awaitable[T]]) -> T:
        async with httpx2.AsyncClient(transport=Redirected(self._world.port)) as client:
            settings = msgspec.convert(self.settings, KIND.settings)
            connector = KIND.build(client, settings, self.secrets)
            assert isinstance(connector, ShopifyConnector)
            return await steps(connector)


@pytest.fixture
def hub(world: ServedShop) -> Hub:
    """The hub's side of the channel."""
    return Hub(world)
