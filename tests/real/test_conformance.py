"""The stories that every connector has to stand, on the real shops: after a fault they show what they shall."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx2
import msgspec
import pytest
from pydantic import SecretStr

from tests.conftest import TEMPLATE
from tests.connectors.counterparts.doorkeeper import DROPPED, Call, Doorkeeper, Said, at_the_door
from tests.real.customers import RealShop
from tests.real.vendure.shop import VendureShop
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.registry import kind_of
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.run import tell
from truestock.entrypoints.conformance.stories import STORIES, Story
from truestock.entrypoints.conformance.worlds import World

pytestmark = pytest.mark.real


class Real(OnALine):
    """A real shop behind a door."""

    def __init__(self, shop: RealShop, door: Doorkeeper, skus: list[str]) -> None:
        self.line = Line(
            httpx2.AsyncHTTPTransport(), lambda request: writes(request.url.path, request.content), self._keep
        )
        self.connector: PushesStock
        self._shop = shop
        self._door = door
        self._skus = skus

    def shown(self, sku: str) -> int | None:
        return self._shop.shown(sku)

    def sell(self, sku: str, units: int) -> None:
        self._shop.buy({sku: units})

    def throttle(self, calls: int) -> None:
        self._door.says = [Said(429, headers={"retry-after": "0"}) for _ in range(calls)]

    def hang_after_effect(self) -> None:
        self._door.of, self._door.lose = is_write, True

    def break_before_effect(self) -> None:
        self._door.of, self._door.says = is_write, [DROPPED]

    def _keep(self) -> Undo:
        """A shop may know nothing of a listing before the first write."""
        before = {sku: self._shop.levels(sku).get(self._shop.location) for sku in self._skus}

        def undo() -> None:
            for sku, level in before.items():
                if level is not None:
                    self._shop.set(sku, level[0])

        return undo


def writes(path: str, body: bytes) -> bool:
    """Whether a call writes stock."""
    return b"updateProductVariants" in body or "location-levels/batch" in path


def is_write(call: Call) -> bool:
    """The same of what comes to the door."""
    return writes(call.path, call.body)


Opened = Callable[[list[str]], AbstractAsyncContextManager[World]]


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
            world = Real(shop, door, skus)
            async with httpx2.AsyncClient(transport=world.line) as client:
                settings = msgspec.convert(given, kind.settings)
                connector = kind.build(client, settings, {"api_key": shop.api_key})
                assert isinstance(connector, PushesStock)
                world.connector = connector
                yield world

        yield opening


@pytest.fixture(scope="module")
def company(clone: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One for all stories: each has a channel of its own."""
    settings = Settings(database_url=SecretStr(clone(TEMPLATE)), data_dir=tmp_path_factory.mktemp("hub"))
    with open_hub(settings) as hub:
        yield Company(hub)


@pytest.mark.parametrize(
    "story", [pytest.param(s, id=s.name) for s in STORIES if all(issubclass(Real, need) for need in s.needs)]
)
def test_a_story_ends_well(company: Company, story: Story, opened: Opened) -> None:
    tell(company, opened, story)
