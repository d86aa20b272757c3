"""The stories that every connector has to stand, on the real shops: after a fault they show what they shall."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.doorkeeper import DROPPED, Call, Doorkeeper, Said, at_the_door
from tests.real.customers import RealShop
from tests.real.vendure.shop import VendureShop
from tests.sync import test_conformance as stories
from tests.sync.conftest import stage
from tests.sync.stage import Stage
from tests.sync.test_conformance import Opened, World
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.registry import kind_of

__all__ = ["stage"]
pytestmark = pytest.mark.real
STORIES = [
    stories.test_changes_arrive,
    stories.test_a_storm_of_throttling_passes,
    stories.test_an_answer_that_never_comes_is_found_by_reading,
    stories.test_a_call_that_broke_before_its_effect_is_made_again,
    stories.test_what_the_channel_sold_meanwhile_does_not_stop_the_next_change,
]


class Real:
    """A real shop behind a door."""

    def __init__(self, shop: RealShop, door: Doorkeeper, connector: PushesStock) -> None:
        self.connector = connector
        self._shop = shop
        self._door = door

    def shown(self, sku: str) -> int | None:
        return self._shop.shown(sku)

    def sell(self, sku: str, units: int) -> None:
        self._shop.buy({sku: units})

    def throttle(self, calls: int) -> None:
        self._door.says = [Said(429, headers={"retry-after": "0"}) for _ in range(calls)]

    def hang_after_effect(self) -> None:
        self._door.of, self._door.lose = writes, True

    def break_before_effect(self) -> None:
        self._door.of, self._door.says = writes, [DROPPED]


def writes(call: Call) -> bool:
    """Whether a call writes stock."""
    return b"updateProductVariants" in call.body or "location-levels/batch" in call.path


@pytest.fixture
def opened(shop: RealShop) -> Iterator[Opened]:
    """The shop, with the listings of a story at 0."""
    vendure = isinstance(shop, VendureShop)
    path = "/admin-api" if vendure else ""
    kind = kind_of("vendure" if vendure else "medusa")
    with at_the_door(Doorkeeper(shop.url.removesuffix(path))) as door:

        @asynccontextmanager
        async def opening(skus: list[str]) -> AsyncIterator[World]:
            for sku in skus:
                shop.put_empty(sku)
            given = {"url": door.url + path, "location": shop.location, "calls_per_s": 1_000}
            async with httpx2.AsyncClient(trust_env=False) as client:
                settings = msgspec.convert(given, kind.settings)
                connector = kind.build(client, settings, {"api_key": shop.api_key})
                assert isinstance(connector, PushesStock)
                yield Real(shop, door, connector)

        yield opening


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
def test_after_a_fault_the_shop_shows_what_it_shall(story: object, stage: Stage, opened: Opened) -> None:
    assert callable(story)
    story(stage, opened)
