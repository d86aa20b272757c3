"""5,000 units of which 3,000 are ring-fenced for retail, while the web asks for more than there is."""

import asyncio
from collections.abc import Iterator
from random import Random

import pytest

from tests.core.replay.worlds import DC, MUG
from tests.simulation.shop_floor import atp, order, promised
from truestock.bootstrap import Hub
from truestock.core.replay.events import Channel, World
from truestock.feeds.replay.prepare import prepare
from truestock.ledger.post import post
from truestock.ledger.values import Booked, Post, Ringfence
from truestock.orders.reserve import reserve

CALLERS = 512
ASKED = 6_000
CHANNELS = (Channel("web", "Web shop", ("DC",), 1), Channel("retail", "Retail", ("DC",), 2))
WORLD = World((MUG,), (DC,), CHANNELS, {("MUG", "DC"): 5_000})


@pytest.mark.parametrize("seed", range(2))
def test_the_ring_keeps_its_units_and_the_web_gets_exactly_the_rest(hub: Hub, seed: int) -> None:
    prepare(hub.db, hub.run, WORLD)
    (fenced,) = hub.run(post, [Post(Ringfence(sku="MUG", location="DC", qty=3_000, to_channel="retail"))])
    assert isinstance(fenced, Booked)
    assert atp(hub, "web", "retail") == {"web": 2_000, "retail": 5_000}
    assert rush(hub, Random(seed)) == (2_000, 3_000)
    assert atp(hub, "web", "retail") == {"web": 0, "retail": 0}


@pytest.mark.parametrize("seed", range(2))
def test_without_the_ring_exactly_what_there_is_leaves(hub: Hub, seed: int) -> None:
    prepare(hub.db, hub.run, WORLD)
    web, retail = rush(hub, Random(seed))
    assert web + retail == 5_000
    assert retail in (0, 3_000), "an order that asks for all or nothing gets one of them"
    assert atp(hub, "web", "retail") == {"web": 0, "retail": 0}


def rush(hub: Hub, chance: Random) -> tuple[int, int]:
    """Units promised to the web, which asks for single ones from many callers, and to retail's one large order."""
    retail_comes_after = chance.randrange(ASKED)
    units: Iterator[int] = iter(range(ASKED))
    retail: list[int] = []

    async def caller() -> int:
        got = 0
        for n in units:
            if n == retail_comes_after:
                retail.extend(map(promised, await hub.call(reserve, [order("retail", "one", 3_000)])))
            got += sum(map(promised, await hub.call(reserve, [order("web", n)])))
        return got

    async def run() -> int:
        return sum(await asyncio.gather(*(caller() for _ in range(CALLERS))))

    web = asyncio.run(run())
    return web, sum(retail)
