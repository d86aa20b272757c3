"""The same season through the API of a served hub."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import uvicorn

from tests.core.replay.worlds import event, two_shops
from truestock.bootstrap import Hub
from truestock.core.replay.events import OrderEvent, World
from truestock.core.replay.generate import generate
from truestock.core.replay.season import Season
from truestock.entrypoints.api.app import application
from truestock.feeds.replay import Happening, Pace, ReplayError, Result, side_by_side
from truestock.feeds.replay.over_http import OverHttp
from truestock.feeds.replay.places import Places, units_on_shelves
from truestock.feeds.replay.prepare import prepare

SEASON = Season(400, datetime(2026, 3, 2, 8, tzinfo=UTC), timedelta(hours=12), items=12)


@contextmanager
def served(hub: Hub) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(application(hub), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


async def replayed(hub: Hub, url: str, world: World, happenings: list[Happening]) -> Result:
    async with OverHttp(url, places=Places(hub.db, hub.rules), connections=16) as target:
        return await side_by_side(happenings, world, target, Pace(at_once=32))


def test_a_season_over_http_sells_without_an_oversell(hub: Hub) -> None:
    made = generate(SEASON, Random(7).random)
    prepare(hub.db, hub.run, made.world)
    with served(hub) as url:
        result = asyncio.run(replayed(hub, url, made.world, list(made.events)))
    total = result.hub.report.total
    assert (total.orders, total.oversold) == (400, 0)
    assert total.returned > 0
    out = total.sold - total.returned
    assert sum(units_on_shelves(hub.db).values()) == sum(made.world.opening.values()) - out


def test_a_hub_without_the_worlds_items_ends_the_replay(hub: Hub) -> None:
    orders: list[OrderEvent] = [event("left", 0, MUG=1)]
    with served(hub) as url, pytest.raises(ExceptionGroup) as raised:
        asyncio.run(replayed(hub, url, two_shops(), list(orders)))
    assert raised.group_contains(ReplayError, match="422")
