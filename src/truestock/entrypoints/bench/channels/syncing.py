"""sync and reset: how long a change takes from its commit to the channel's own server, and a whole channel anew."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, sleep, time_ns

from truestock.bootstrap import seal_of
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.config import Settings
from truestock.core.problems import Problem
from truestock.entrypoints.bench.channels.sink import Sink, sink_of
from truestock.entrypoints.bench.figures.result import BenchFailed, Result, Sample, mid, result_of, sample_of
from truestock.entrypoints.bench.load import ROUNDS
from truestock.entrypoints.bench.stages.served import Served, serving
from truestock.entrypoints.bench.stages.stage import Stage, server_of, stage_on
from truestock.entrypoints.bench.stages.world import World, channel, sku
from truestock.ledger.post import post
from truestock.ledger.values import Booked, Opening, Post
from truestock.sync.manage import connect, reset

CHANNELS = 10
LISTINGS = 10_000
RESET_LISTINGS = 100_000
CHANGES_PER_S = 500
CONNECTIONS = 16
UNITS = 1_000_000
SECRET = "whsec_" + "a" * 43 + "="
CHUNK = 5_000
IN_STEP_WITHIN_S = 300.0


def sync(seconds: float, parent: Path | None = None, listings: int = LISTINGS) -> Result:
    """From the answer to an order, which comes after its commit, to the call that tells the channel its new number."""
    shown = Shown()
    with (
        server_of(parent) as server,
        stage_on(server, "bench", World(), made=True) as stage,
        sink_of(shown.hear) as sink,
    ):
        fill(stage, listings, CHANNELS)
        connect_all(stage, sink, CHANNELS)
        with serving(stage) as served:
            wait_for(shown, listings)
            rounds = [asyncio.run(sell(served, shown, listings, seconds / ROUNDS)) for _ in range(ROUNDS)]
            memory = served.memory_mb()
    return result_of(
        "sync",
        rounds,
        figures={"p50_ms": mid(r.p50_ms for r in rounds), "p99_ms": mid(r.p99_ms for r in rounds)},
        measured={"calls": sink.calls, "server_memory_mb": memory, "listings": listings, "channels": CHANNELS},
    )


def reset_all(_seconds: float, parent: Path | None = None, listings: int = RESET_LISTINGS) -> Result:
    """Every listing of one channel sent anew, by a channel that takes a thousand lines a call and answers at once."""
    shown = Shown()
    with (
        server_of(parent) as server,
        stage_on(server, "bench", World(), made=True) as stage,
        sink_of(shown.hear) as sink,
    ):
        fill(stage, listings, 1)
        connect_all(stage, sink, 1)
        with serving(stage) as served:
            wait_for(shown, listings)
            took = []
            for _ in range(ROUNDS):
                shown.clear()
                begun = perf_counter()
                reset(stage.hub.db, channel(1))
                wait_for(shown, listings)
                took.append(perf_counter() - begun)
            memory = served.memory_mb()
    rounds = [Sample(round(listings / s, 1), round(s * 1000, 1), round(s * 1000, 1), listings) for s in took]
    slowest = max(took)
    return result_of(
        "reset", rounds, figures={"seconds": slowest}, ms=slowest * 1000, measured={"server_memory_mb": memory}
    )


class Shown:
    """The last number of every listing at its channel, and when a listing had fallen so far."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._at: dict[str, list[tuple[int, float]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._numbers)

    def clear(self) -> None:
        """Forget all of them."""
        self._numbers.clear()

    def hear(self, _channel: str, sku: str, quantity: int, now: float) -> None:
        """A number came."""
        self._numbers[sku] = quantity
        self._at[sku].append((quantity, now))

    def number(self, sku: str) -> int:
        """What is shown now."""
        return self._numbers[sku]

    def since(self, sku: str, at_most: int) -> float | None:
        """When a number came that was no higher; None while none has."""
        return next((now for quantity, now in self._at[sku] if quantity <= at_most), None)


async def sell(served: Served, shown: Shown, listings: int, seconds: float, per_s: float = CHANGES_PER_S) -> Sample:
    """So many orders a second, whatever the answers take; then wait until every channel knows of all of them."""
    expected = {sku(1 + n): shown.number(sku(1 + n)) for n in range(listings)}
    sold: list[tuple[str, int, float]] = []

    def answered(name: str) -> None:
        expected[name] -= 1
        sold.append((name, expected[name], perf_counter()))

    elapsed = await place(served, listings, seconds, per_s, answered)
    return sample_of(await _latencies(shown, sold), elapsed)


async def place(
    served: Served, listings: int, seconds: float, per_s: float, answered: Callable[[str], None], start: int = 0
) -> float:
    """So many orders a second, one unit of one listing after another from the `start`th on; how many seconds that took.

    `answered` is told of the listing whose order has just been answered."""
    tag, total = f"{time_ns():x}", max(CONNECTIONS, int(seconds * per_s))
    begun = perf_counter()

    async def seller(first: int) -> None:
        reader, writer = await asyncio.open_connection(served.host, served.port)
        for n in range(first, total, CONNECTIONS):
            await asyncio.sleep(max(0.0, begun + n / per_s - perf_counter()))
            name = sku(1 + (start + n) * 7919 % listings)
            order = {"channel": _channel_of(name), "ref": f"{tag}-{n}", "lines": [{"sku": name}]}
            body = json.dumps(order)
            writer.write(
                f"POST /v1/orders HTTP/1.1\r\nHost: {served.host}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            _, _, rest = head.lower().partition(b"content-length:")
            await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
            if not head.startswith(b"HTTP/1.1 201") and not head.startswith(b"HTTP/1.1 200"):
                raise BenchFailed(f"an order was answered {head[:15]!r}")
            answered(name)
        writer.close()

    async with asyncio.TaskGroup() as group:
        for first in range(CONNECTIONS):
            group.create_task(seller(first))
    return perf_counter() - begun


async def _latencies(shown: Shown, sold: Sequence[tuple[str, int, float]]) -> list[float]:
    deadline = perf_counter() + IN_STEP_WITHIN_S
    found: list[float] = []
    for name, at_most, committed in sold:
        while (told := shown.since(name, at_most)) is None:
            if perf_counter() > deadline:
                raise BenchFailed(f"{name} was not told its number within {IN_STEP_WITHIN_S:.0f} s")
            await asyncio.sleep(0.05)
        found.append(max(0.0, told - committed))
    return found


def _channel_of(name: str) -> str:
    return channel(1 + int(name.removeprefix("sku-")) % CHANNELS)


def fill(stage: Stage, listings: int, channels: int) -> None:
    """One item for each listing, every one on one channel, all at one location."""
    db = stage.hub.db
    _accept(put_locations(db, [LocationDraft("dc", kind="dc")]))
    _accept(put_channels(db, [ChannelDraft(channel(1 + n), locations=("dc",)) for n in range(channels)]))
    for first in range(1, listings + 1, CHUNK):
        names = [sku(n) for n in range(first, min(first + CHUNK, listings + 1))]
        _accept(put_items(db, [ItemDraft(name) for name in names]))
        sold_on = [_channel_of(name) if channels > 1 else channel(1) for name in names]
        drafts = zip(sold_on, names, strict=True)
        _accept(put_listings(db, [ListingDraft(code, name, (Component(name, 1),)) for code, name in drafts]))
        opened = stage.hub.run(
            post, [Post(Opening(sku=name, location="dc", qty=UNITS), "bench", None) for name in names]
        )
        if not all(isinstance(answer, Booked) for answer in opened):
            raise BenchFailed("the opening stock was refused")


def connect_all(stage: Stage, sink: Sink, channels: int, **more: str) -> None:
    """Connect channels to the sink, each by a path of its own."""
    seal = seal_of(Settings(data_dir=stage.home))
    for n in range(1, channels + 1):
        told = {
            "base_url": f"http://127.0.0.1:{sink.port}/{channel(n)}",
            "decrements": "never",
            "calls_per_s": 1_000,
            "burst": 1_000,
            "batch_max": 1_000,
            **more,
        }
        connect(stage.hub.db, seal, channel(n), "generic", told, {"signing_secret": SECRET})


def wait_for(shown: Shown, listings: int) -> None:
    """Until every listing has been told."""
    deadline = perf_counter() + IN_STEP_WITHIN_S
    while len(shown) < listings:
        if perf_counter() > deadline:
            raise BenchFailed(f"{len(shown)} of {listings} listings were told within {IN_STEP_WITHIN_S:.0f} s")
        sleep(0.02)


def _accept(results: Sequence[object]) -> None:
    for result in results:
        if isinstance(result, Problem):
            raise BenchFailed(result.detail)
