"""Connected channels are kept in step by one process at a time, from the moment they are connected until paused."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.clocks import PATIENCE_S
from tests.connectors.counterparts.generic import SECRET, Shop, opened
from tests.sync.stage import Stage, at_work
from truestock.connections.keeper import Keeper
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal
from truestock.sync import manage
from truestock.sync.pusher import Pusher, pusher_of

SEAL = Seal(b"k" * 32)


@asynccontextmanager
async def working(stage: Stage) -> AsyncIterator[Keeper]:
    worker = Keeper(stage.shop.hub.db, lambda: SEAL, [pusher_of(stage.shop.hub.db)], look_every_s=0.05)
    worker.start()
    try:
        yield worker
    finally:
        await asyncio.to_thread(worker.stop)


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not await asyncio.to_thread(true):
        assert time.monotonic() < end, "it did not come to that"
        await asyncio.sleep(0.02)


def connect(stage: Stage, url: str) -> None:
    given = {"base_url": url, "decrements": "at_once"}
    manage.connect(stage.shop.hub.db, SEAL, "web", "generic", given, {"signing_secret": SECRET})


def test_a_channel_is_in_step_once_it_is_connected_and_not_while_it_is_paused(stage: Stage) -> None:
    item, sku = stage.listing(30)
    db = stage.shop.hub.db

    def sell(units: int) -> None:
        stage.shop.buy("retail", {item: units})
        stage.publish()

    async def story() -> None:
        shop = Shop({sku: 0})
        async with opened(shop), working(stage) as worker:
            await asyncio.to_thread(connect, stage, shop.url)
            await until(lambda: shop.stock[sku] == 30)
            await asyncio.to_thread(manage.pause, db, "web")
            await until(lambda: at_work(db) == 0)
            await asyncio.to_thread(sell, 4)
            worker.wake()
            await asyncio.sleep(0.3)
            assert shop.stock[sku] == 30
            await asyncio.to_thread(manage.resume, db, "web")
            await until(lambda: shop.stock[sku] == 26)
            await asyncio.to_thread(sell, 1)
            worker.wake()
            await until(lambda: shop.stock[sku] == 25)

    asyncio.run(story())


def test_one_process_calls_a_channel_and_another_takes_over(stage: Stage) -> None:
    _, sku = stage.listing(30)

    async def story() -> None:
        shop = Shop({sku: 0})
        async with opened(shop):
            await asyncio.to_thread(connect, stage, shop.url)
            async with working(stage):
                await until(lambda: shop.stock[sku] == 30)
                async with working(stage):
                    await asyncio.to_thread(manage.reset, stage.shop.hub.db, "web")
                    await until(lambda: shop.writes.total() == 2)
                    await asyncio.sleep(0.3)
                    assert shop.writes.total() == 2
                    assert at_work(stage.shop.hub.db) == 1
            async with working(stage):
                await asyncio.to_thread(manage.reset, stage.shop.hub.db, "web")
                await until(lambda: shop.writes.total() == 3)

    asyncio.run(story())


def test_what_cannot_work_says_why_and_works_once_it_is_mended(stage: Stage) -> None:
    _, sku = stage.listing(30)
    db = stage.shop.hub.db

    async def story() -> None:
        shop = Shop({sku: 0})
        async with opened(shop), working(stage):
            put_connection(db, Seal(b"x" * 32), "web", "generic", {}, {})
            await until(lambda: connection(db, "web").connection.trouble != "")
            await asyncio.to_thread(connect, stage, shop.url)
            await until(lambda: shop.stock[sku] == 30)
            assert connection(db, "web").connection.trouble == ""

    asyncio.run(story())


def test_a_fault_of_ours_stops_nothing_for_long(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    _, sku = stage.listing(30)
    turn, faults = Pusher.turn, [RuntimeError("a bug")]

    async def failing(pusher: Pusher) -> float:
        if faults:
            raise faults.pop()
        return await turn(pusher)

    monkeypatch.setattr(Pusher, "turn", failing)

    async def story() -> None:
        shop = Shop({sku: 0})
        async with opened(shop), working(stage):
            await asyncio.to_thread(connect, stage, shop.url)
            await until(lambda: shop.stock[sku] == 30)
        assert not faults

    asyncio.run(story())
