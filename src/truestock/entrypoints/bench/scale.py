"""scale: whether size costs speed. A large database beside a small one, many locations beside few, many channels
beside few, each pair in turns on one server; and the memory of a server process on the large one."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from truestock.availability.read import Reader
from truestock.entrypoints.bench.clients import measure_http
from truestock.entrypoints.bench.figures.result import Result, Sample, mid, result_of
from truestock.entrypoints.bench.load import ROUNDS, drive, hot_orders, spread_orders
from truestock.entrypoints.bench.reading import reads
from truestock.entrypoints.bench.stages.served import serving
from truestock.entrypoints.bench.stages.stage import Stage, server_of, stage_on
from truestock.entrypoints.bench.stages.world import World
from truestock.store.embedded import EmbeddedServer

SMALL = World(items=10_000)
# 1,000,000 stock rows; 2,000,000 + 7,000,000 + 1,000,000 entries; 1,000,000 promises.
LARGE = World(items=100_000, sales=23, promises=9, hot_promises=100_000)
CURVED = World(items=1_000)
LOCATIONS = (10, 50, 200, 500)
CHANNELS = (5, 15, 50)
READS_S = 1.0


class Point(NamedTuple):
    """One world's figures, in rates a second."""

    hot: float
    spread: float
    atp: float
    hot_rounds: list[Sample]


def scale(
    seconds: float,
    parent: Path | None = None,
    small: World = SMALL,
    large: World = LARGE,
    curved: World = CURVED,
    locations: tuple[int, ...] = LOCATIONS,
    channels: tuple[int, ...] = CHANNELS,
) -> Result:
    """Everything that grows, with hot, spread and ATP figures at every size."""
    with server_of(parent) as server:
        little, much = _in_turns(server, {"small": small, "large": large}, seconds)
        memory = _memory(server, large, seconds)
        by_locations = _in_turns(server, {f"loc_{n}": replace(curved, locations=n) for n in locations}, seconds)
        by_channels = _in_turns(server, {f"ch_{n}": replace(curved, channels=n) for n in channels}, seconds)
    return result_of(
        "scale",
        much.hot_rounds,
        figures={"server_memory_mb": memory},
        ratios={
            "hot_of_small": much.hot / little.hot,
            "spread_of_small": much.spread / little.spread,
            "hot_500_of_10_locations": by_locations[-1].hot / by_locations[0].hot,
            "spread_500_of_10_locations": by_locations[-1].spread / by_locations[0].spread,
            "hot_50_of_5_channels": by_channels[-1].hot / by_channels[0].hot,
            "spread_50_of_5_channels": by_channels[-1].spread / by_channels[0].spread,
        },
        measured=_told("small", little)
        | _told("large", much)
        | _curve("locations", locations, by_locations)
        | _curve("channels", channels, by_channels),
    )


def _in_turns(server: EmbeddedServer, worlds: dict[str, World], seconds: float) -> list[Point]:
    """A point for each world, measured in turns so that what disturbs one disturbs all."""
    hot: dict[str, list[Sample]] = {name: [] for name in worlds}
    spread: dict[str, list[float]] = {name: [] for name in worlds}
    atp: dict[str, list[float]] = {name: [] for name in worlds}
    with ExitStack() as stack:
        stages = {name: stack.enter_context(stage_on(server, name, world)) for name, world in worlds.items()}
        for _ in range(ROUNDS):
            for name, stage in stages.items():
                world = worlds[name]
                hot[name].append(drive(stage.hub, hot_orders(world), seconds / ROUNDS))
                spread[name].append(drive(stage.hub, spread_orders(world), seconds / ROUNDS).rate_per_s)
                atp[name].append(_atp(stage, world, min(READS_S, seconds)))
    return [Point(mid(s.rate_per_s for s in hot[n]), mid(spread[n]), mid(atp[n]), hot[n]) for n in worlds]


def _atp(stage: Stage, world: World, seconds: float) -> float:
    conn = stage.hub.db.connect()
    try:
        return reads(Reader(conn, stage.hub.rules), world, seconds).rate_per_s
    finally:
        conn.close()


def _memory(server: EmbeddedServer, world: World, seconds: float) -> float:
    """Peak memory of a server process that has sold over all items."""
    with stage_on(server, "large", world, made=True) as stage, serving(stage) as served:
        measure_http(served, 256, seconds, skus=world.items, channels=world.channels)
        measure_http(served, 256, seconds, skus=1, channels=world.channels)
        return served.memory_mb()


def _told(name: str, point: Point) -> dict[str, float]:
    return {f"{name}_hot_per_s": point.hot, f"{name}_spread_per_s": point.spread, f"{name}_atp_per_s": point.atp}


def _curve(name: str, sizes: tuple[int, ...], points: list[Point]) -> dict[str, float]:
    return {
        key: value for n, point in zip(sizes, points, strict=True) for key, value in _told(f"{n}_{name}", point).items()
    }
