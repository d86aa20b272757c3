"""alerts: how long it takes from the commit of a change to the alert that it calls for, at a thousand a second."""

import asyncio
import threading
from pathlib import Path
from time import perf_counter, sleep

from truestock.entrypoints.bench.channels.syncing import CHANNELS, CHUNK, CONNECTIONS, UNITS, fill, place
from truestock.entrypoints.bench.figures.result import BenchFailed, Result, Sample, mid, result_of, sample_of
from truestock.entrypoints.bench.load import ROUNDS
from truestock.entrypoints.bench.stages.served import Served, serving
from truestock.entrypoints.bench.stages.stage import Stage, server_of, stage_on
from truestock.entrypoints.bench.stages.world import World, sku
from truestock.ledger.post import post
from truestock.ledger.values import Booked, Post, Receive
from truestock.reconciliation.alerts.manage import look_lag_s
from truestock.reconciliation.alerts.rules import RuleDraft, put_rule
from truestock.store.database import Database

LISTINGS = 20_000
CHANGES_PER_S = 1_000
# Of so many changes one calls for an alert.
ONE_IN = 10
LOOK_EVERY_S = 0.02
SEEN_WITHIN_S = 60.0


def alerts(seconds: float, parent: Path | None = None, listings: int = LISTINGS) -> Result:
    """From the answer to an order, which comes after its commit, to the moment in which others see its alert."""
    with server_of(parent) as server, stage_on(server, "bench", World(), made=True) as stage:
        fill(stage, listings, CHANNELS)
        _keep_from_alerting(stage, listings)
        put_rule(stage.hub.db, RuleDraft("few", "atp_low", UNITS))
        with serving(stage) as served:
            _settle(stage.hub.db)
            rounds, rates = [], []
            for n in range(ROUNDS):
                start = n * max(CONNECTIONS, int(seconds / ROUNDS * CHANGES_PER_S))
                found, rate = _round(stage.hub.db, served, listings, seconds / ROUNDS, start)
                rounds.append(found)
                rates.append(rate)
            memory = served.memory_mb()
    return result_of(
        "alerts",
        rounds,
        figures={
            "changes_per_s": mid(rates),
            "p50_ms": mid(r.p50_ms for r in rounds),
            "p99_ms": mid(r.p99_ms for r in rounds),
        },
        measured={"server_memory_mb": memory, "listings": listings},
    )


def _keep_from_alerting(stage: Stage, listings: int) -> None:
    """Of every ten items nine have so many units that no sale makes them few."""
    names = [sku(n) for n in range(1, listings + 1) if n % ONE_IN]
    for first in range(0, len(names), CHUNK):
        posts = [
            Post(Receive(sku=name, location="dc", qty=UNITS), "bench", None) for name in names[first : first + CHUNK]
        ]
        if not all(isinstance(answer, Booked) for answer in stage.hub.run(post, posts)):
            raise BenchFailed("the units were refused")


def _settle(db: Database) -> None:
    """Until everything has been looked at once, and nothing waits."""
    deadline = perf_counter() + SEEN_WITHIN_S * 5
    while _swept(db) or look_lag_s(db):
        if perf_counter() > deadline:
            raise BenchFailed("the items were not looked at in time")
        sleep(0.1)


def _swept(db: Database) -> int:
    with db.transaction() as conn:
        rows = conn.execute(
            "SELECT count(*) FROM alert_rule WHERE name = 'few' AND swept_to <> -1 UNION ALL "
            "SELECT count(*) FROM (SELECT 1 FROM changed LIMIT 1) c UNION ALL "
            "SELECT count(*) FROM lane WHERE name = 'atp_listing' AND seq <> -1"
        ).fetchall()
    return sum(count for (count,) in rows)


def _round(db: Database, served: Served, listings: int, seconds: float, start: int) -> tuple[Sample, float]:
    """The latencies of the alerts that were called for, and how many changes a second there were."""
    called: dict[str, float] = {}
    seen = _seen(db)
    count = 0

    def answered(name: str) -> None:
        nonlocal count
        count += 1
        if not int(name.removeprefix("sku-")) % ONE_IN and name not in seen:
            called.setdefault(name, perf_counter())

    watcher = _Watcher(db, set(seen))
    watcher.start()
    elapsed = asyncio.run(place(served, listings, seconds, CHANGES_PER_S, answered, start))
    deadline = perf_counter() + SEEN_WITHIN_S
    while called.keys() - watcher.at.keys():
        if perf_counter() > deadline:
            raise BenchFailed(
                f"{len(called.keys() - watcher.at.keys())} alerts did not come within {SEEN_WITHIN_S:.0f} s"
            )
        sleep(0.05)
    watcher.stop()
    found = sample_of([max(0.0, watcher.at[name] - at) for name, at in called.items()], elapsed)
    return found, count / elapsed


class _Watcher(threading.Thread):
    """Looks all the time which alerts there are, as somebody else would."""

    def __init__(self, db: Database, known: set[str]) -> None:
        super().__init__(daemon=True)
        self.at: dict[str, float] = {}
        self._db = db
        self._known = known
        self._stopping = False

    def run(self) -> None:
        """Until stopped."""
        while not self._stopping:
            found = _seen(self._db)
            now = perf_counter()
            for name in found - self._known:
                self.at[name] = now
            self._known |= found
            sleep(LOOK_EVERY_S)

    def stop(self) -> None:
        """End."""
        self._stopping = True
        self.join()


def _seen(db: Database) -> set[str]:
    with db.transaction() as conn:
        rows = conn.execute(
            "SELECT i.sku FROM alert a JOIN item i ON i.id = a.item WHERE a.kind = 'atp_low'"
        ).fetchall()
    return {name for (name,) in rows}
