"""A client that follows the change stream over HTTP hears everything, also what happened while it could not listen."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from tests.clocks import PATIENCE_S
from tests.core.replay.worlds import flash_sale
from tests.feeds.replay.conftest import served
from truestock.availability.publishing.publish import publish_once
from truestock.availability.publishing.stream import trim_stream
from truestock.bootstrap import Hub, open_hub
from truestock.feeds.replay import ReplayError
from truestock.feeds.replay.client import Client
from truestock.feeds.replay.following import FollowOverHttp
from truestock.feeds.replay.prepare import prepare
from truestock.feeds.replay.shown import Shown
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine


def buy(hub: Hub, ref: str, qty: int) -> None:
    hub.run(reserve, [Reserve(NewOrder("web", ref, [OrderLine("MUG", qty)]), "test")])


async def shows(shown: Shown, number: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while (look := shown.look("web", "MUG")) is None or look.number != number:
        assert time.monotonic() < deadline, f"{look} instead of {number}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def following(url: str, shown: Shown, lost: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    client = Client(url, None, 4)
    stream = FollowOverHttp(client, shown, lost)
    task = asyncio.create_task(stream.run())
    await stream.listening.wait()
    yield
    task.cancel()
    await asyncio.wait([task])
    await client.close()


@pytest.mark.parametrize("trimmed", [False, True])
def test_it_goes_on_where_it_was_when_the_server_comes_back(hub: Hub, trimmed: bool) -> None:
    prepare(hub.db, hub.run, flash_sale())
    shown = Shown()
    losses: list[float] = []

    async def lost() -> None:
        losses.append(time.monotonic())

    async def run() -> None:
        with ExitStack() as first:
            url = first.enter_context(served(hub))
            async with following(url, shown, lost):
                buy(hub, "before", 7)
                await shows(shown, 840)
                await asyncio.to_thread(first.close)
                for n in range(2):
                    buy(hub, f"while it was away {n}", 100)
                    publish_once(hub.db, hub.rules)
                if trimmed:
                    trim_stream(hub.db, datetime.now(UTC))
                with open_hub(hub.settings) as again, served(again, urlsplit(url).port or 0):
                    buy(hub, "after", 1)
                    await shows(shown, 639)

    asyncio.run(run())
    assert len(losses) == trimmed


def test_a_stream_that_nobody_may_hear_is_a_fault(hub: Hub) -> None:
    async def run(url: str) -> None:
        client = Client(url, "wrong", 4)
        try:
            await FollowOverHttp(client, Shown(), _never).run()
        finally:
            await client.close()

    with served(hub) as url, pytest.raises(ReplayError, match="401"):
        asyncio.run(run(url))


async def _never() -> None:
    raise AssertionError("nothing was lost")
