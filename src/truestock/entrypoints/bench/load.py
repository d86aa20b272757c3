"""Callers in this process: each asks, waits for its answer, and asks again, as many at once as are wanted."""

import asyncio
import random
from collections.abc import Callable
from itertools import count
from time import perf_counter, time_ns

import uvloop

from truestock.bootstrap import Hub
from truestock.entrypoints.bench.figures.result import BenchFailed, Sample, sample_of
from truestock.entrypoints.bench.stages.world import World, channel, sku
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine, OrderResult

CALLERS = 256
ROUNDS = 3
WARM_UP_S = 0.7
MakeOrder = Callable[[int], NewOrder]


def hot_orders(world: World) -> MakeOrder:
    """Orders of one unit of item 1, from every channel in turn."""
    tag, channels, line = f"{time_ns():x}", world.channels, [OrderLine(sku(1))]
    return lambda n: NewOrder(channel(1 + n % channels), f"{tag}-{n}", line)


def spread_orders(world: World, lines: int = 1) -> MakeOrder:
    """Orders of some different items, any of them equally likely; the same ones in every run."""
    tag, channels = f"{time_ns():x}", world.channels
    every = [OrderLine(sku(n)) for n in range(1, world.items + 1)]
    draw = random.Random(lines)  # noqa: S311  a seed, so that runs can be compared

    def made(n: int) -> NewOrder:
        return NewOrder(channel(1 + n % channels), f"{tag}-{n}", draw.sample(every, lines))

    return made


def drive(
    hub: Hub, make_order: MakeOrder, seconds: float, callers: int = CALLERS, over: Callable[[], bool] = lambda: True
) -> Sample:
    """One round against the hub's lane, which is longer than `seconds` while it is not `over`; every order must be
    granted."""
    return uvloop.run(_drive(hub, make_order, seconds, callers, over))


async def _drive(hub: Hub, make_order: MakeOrder, seconds: float, callers: int, over: Callable[[], bool]) -> Sample:
    latencies: list[float] = []
    numbers = count()
    lane = hub.lane
    begin = perf_counter() + min(WARM_UP_S, seconds)
    end = begin + seconds

    async def caller() -> None:
        while True:
            order = make_order(next(numbers))
            asked = perf_counter()
            (future,) = lane.submit(reserve, [Reserve(order, "bench")])
            answer = await future
            answered = perf_counter()
            if not isinstance(answer, OrderResult) or not answer.granted:
                raise BenchFailed(f"{order.ref} was not granted: {answer}")
            if answered > end and latencies and over():
                return
            if answered > begin:
                latencies.append(answered - asked)

    committed, batches = lane.committed, lane.batches
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
    batch = (lane.committed - committed) / max(1, lane.batches - batches)
    return sample_of(latencies, max(seconds, perf_counter() - begin), batch)
