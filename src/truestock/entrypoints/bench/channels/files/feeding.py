"""feed: a file of a million figures of which some have changed, beside the bare COPY of the same file; in peace, and
while reservations go on."""

import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from time import perf_counter, sleep

from truestock.entrypoints.bench.channels.files import queries
from truestock.entrypoints.bench.figures.result import BenchFailed, Result, Sample, mid, result_of
from truestock.entrypoints.bench.load import ROUNDS, WARM_UP_S, drive, spread_orders
from truestock.entrypoints.bench.stages.stage import Stage, stage_of
from truestock.entrypoints.bench.stages.world import World
from truestock.feeds.stock.engine.feeds import put_feed
from truestock.feeds.stock.engine.settings import NewFeed
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.store.database import Database

MILLION = World(items=100_000)
CHANGED = 0.02
PIECE = 1 << 16
# So many keep the hub busy; of more each waits longer for the others, file or no file.
BUYERS = 64
# So far from what is promised that no file displaces anything.
BY_AT_MOST = 5


@dataclass
class Timed:
    """When a run began, and when its last entries were written."""

    began: float = field(default_factory=perf_counter)
    booked: float = 0.0

    def say(self, what: str, _: int) -> None:
        """Told by the engine."""
        if what == "booking":
            self.booked = perf_counter()

    @property
    def seconds(self) -> float:
        """Until the last entry was written."""
        return self.booked - self.began


def feed(seconds: float, parent: Path | None = None, world: World = MILLION) -> Result:
    """The same in every round: a bare COPY, the file in peace, and another one under load."""
    draw = random.Random(1)  # noqa: S311  a seed, so that runs can be compared
    peace: list[float] = []
    busy: list[float] = []
    bare: list[float] = []
    alone: list[Sample] = []
    loaded: list[Sample] = []
    with stage_of(world, parent) as stage:
        taken = _Taken(stage)
        rows = _rows(stage.hub.db)
        taken.file(_file(rows))
        for _ in range(ROUNDS):
            _change(rows, draw)
            changed = _file(rows)
            bare.append(_bare_copy(stage.hub.db, changed))
            peace.append(taken.file(changed))
            alone.append(drive(stage.hub, spread_orders(world), seconds / ROUNDS, BUYERS))
            _change(rows, draw)
            changed = _file(rows)
            under_load, sample = _meanwhile(stage, world, partial(taken.file, changed))
            busy.append(under_load)
            loaded.append(sample)
    rate = mid(sample.rate_per_s for sample in loaded) / mid(sample.rate_per_s for sample in alone)
    copy_s = mid(bare)
    figures = {
        "times_bare_copy": mid(peace) / copy_s,
        "times_bare_copy_under_load": mid(busy) / copy_s,
        "reservations_of_alone": rate,
        "longest_wait_ms": max(sample.worst_ms for sample in loaded),
    }
    measured = {"rows": len(rows), "bare_copy_s": copy_s, "in_peace_s": mid(peace), "under_load_s": mid(busy)}
    return result_of("feed", loaded, figures=figures, measured=measured, ms=mid(peace) * 1000)


class _Taken:
    """A feed of the stage, and files that it takes in."""

    def __init__(self, stage: Stage) -> None:
        self._engine = stage.hub.feeds.engine
        put_feed(stage.hub.db, stage.hub.seal(), "bench", NewFeed("on_hand"), on_lan=False)

    def file(self, content: bytes) -> float:
        """Seconds until the last entry was written."""
        timed = Timed()
        run = self._engine.take("bench", FeedFile("bench", BytesIO(content), datetime.now(UTC)), "bench", say=timed.say)
        if run.state != "done" or run.report.quarantined:
            raise BenchFailed(f"the file was not taken: {run.report}")
        return timed.seconds


def _meanwhile(stage: Stage, world: World, take: Callable[[], float]) -> tuple[float, Sample]:
    """Seconds of a file while reservations go on, and how these went from before its first byte until it is in."""

    def taken() -> float:
        sleep(WARM_UP_S)
        return take()

    with ThreadPoolExecutor(1) as thread:
        taking: Future[float] = thread.submit(taken)
        sample = drive(stage.hub, spread_orders(world), WARM_UP_S, BUYERS, taking.done)
        return taking.result(), sample


def _rows(db: Database) -> list[tuple[str, str, int]]:
    with closing(db.connect()) as conn:
        conn.execute("SET statement_timeout = 0")
        rows: list[tuple[str, str, int]] = conn.execute(queries.all_rows).fetchall()
    return rows


def _change(rows: list[tuple[str, str, int]], draw: random.Random) -> None:
    """Have a share of the rows say otherwise than before."""
    for n in draw.sample(range(len(rows)), round(CHANGED * len(rows))):
        sku, location, qty = rows[n]
        rows[n] = (sku, location, qty + draw.randint(1, BY_AT_MOST))


def _file(rows: list[tuple[str, str, int]]) -> bytes:
    """CSV with every row."""
    return ("sku,location,qty\n" + "".join(f"{sku},{location},{qty}\n" for sku, location, qty in rows)).encode()


def _bare_copy(db: Database, content: bytes) -> float:
    """Seconds of a COPY into a table without a key."""
    with closing(db.connect()) as conn:
        conn.execute("SET statement_timeout = 0")
        conn.execute("CREATE TABLE bare (sku text, location text, qty bigint)")
        began = perf_counter()
        with conn.cursor() as cursor, cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
            for start in range(0, len(content), PIECE):
                copy.write(content[start : start + PIECE])
        elapsed = perf_counter() - began
        conn.execute("DROP TABLE bare")
    return elapsed
