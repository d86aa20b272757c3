"""atp and explain: what reads cost over one database connection."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from truestock.availability.explain import Explanation, explain
from truestock.availability.read import Reader
from truestock.availability.values import Answer, Available
from truestock.entrypoints.bench.figures.result import BenchFailed, Result, Sample, mid, result_of, sample_of
from truestock.entrypoints.bench.load import ROUNDS
from truestock.entrypoints.bench.stages.stage import Stage, stage_of
from truestock.entrypoints.bench.stages.world import World, channel, sku

MANY = 1_000
SIDE_S = 1.0
ENTRIES_A_SALE = 3


def atp(seconds: float, parent: Path | None = None, items: int = 10_000) -> Result:
    """ATP of one item with 10 locations, one call after another; and of a thousand items in one call.

    Beside it stand reads of another item each time, of which most have to be read anew."""
    world = World(items=items)
    with stage_of(world, parent) as stage:
        one: list[Sample] = []
        others: list[float] = []
        many: list[float] = []
        reader = Reader(stage.hub.db.connect(), stage.hub.rules)
        try:
            _many(reader, world, 0)
            for _ in range(ROUNDS):
                one.append(_repeat(lambda: _check([reader.available(*_known(world, 0))]), seconds / ROUNDS))
                others.append(reads(reader, world, min(SIDE_S, seconds)).rate_per_s)
                many.append(_many(reader, world, min(SIDE_S, seconds)).p50_ms)
        finally:
            reader.conn.close()
    return result_of(
        "atp",
        one,
        figures={"rate_per_s": mid(s.rate_per_s for s in one), "thousand_items_ms": mid(many)},
        measured={"another_item_each_time_per_s": mid(others)},
    )


def reads(reader: Reader, world: World, seconds: float) -> Sample:
    """One item after another, any of them equally likely."""
    draw = _draw()
    return _repeat(lambda: _check([reader.available(*_known(world, draw.randrange(world.items)))]), seconds)


def _many(reader: Reader, world: World, seconds: float) -> Sample:
    draw, size = _draw(), min(world.items, MANY)
    return _repeat(
        lambda: _check(reader.many([_known(world, n) for n in draw.sample(range(world.items), size)])), seconds
    )


def _known(world: World, n: int) -> tuple[str, str]:
    return channel(1 + n % world.channels), sku(1 + n)


def _draw() -> random.Random:
    return random.Random(1)  # noqa: S311  a seed, so that runs can be compared


def explain_one(seconds: float, parent: Path | None = None, entries: int = 1_000_000) -> Result:
    """The tree of one number with a million entries behind it."""
    with stage_of(World(sales=entries // ENTRIES_A_SALE + 1), parent) as stage:
        return _explain(stage, seconds)


def _explain(stage: Stage, seconds: float) -> Result:
    reader = Reader(stage.hub.db.connect(), stage.hub.rules)

    def told() -> None:
        if not isinstance(explain(reader, channel(1), sku(1)), Explanation):
            raise BenchFailed("the number could not be explained")

    try:
        rounds = [_repeat(told, seconds / ROUNDS) for _ in range(ROUNDS)]
        with stage.hub.db.transaction() as conn:
            behind = conn.execute("SELECT count(*) FROM entry").fetchall()[0][0]
    finally:
        reader.conn.close()
    p50 = mid(s.p50_ms for s in rounds)
    return result_of("explain", rounds, figures={"ms": p50}, ms=p50, measured={"entries": behind})


def _repeat(call: Callable[[], None], seconds: float) -> Sample:
    """Call it until the time is over."""
    call()
    latencies: list[float] = []
    begun = last = perf_counter()
    while last < begun + seconds or not latencies:
        call()
        now = perf_counter()
        latencies.append(now - last)
        last = now
    return sample_of(latencies, last - begun)


def _check(answers: Sequence[Answer]) -> None:
    if not all(isinstance(answer, Available) and answer.atp > 0 for answer in answers):
        raise BenchFailed("an ATP was not known, or nothing was there")
