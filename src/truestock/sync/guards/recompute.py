"""Computes the guards that rules ask for anew, and writes those that have changed: the listings concerned are published
anew, and no rule epoch rises."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from truestock.catalog.changes import Work
from truestock.catalog.rules import RuleBook, RulesChanged, Snapshot
from truestock.core.available.guard import Pace, Sold, guard_units, pace_of
from truestock.core.identity import part_of
from truestock.store.arrays import ints, texts, times
from truestock.store.database import Connection, Database
from truestock.store.jobs.kinds import Interrupted
from truestock.store.upkeep.retention import Trim
from truestock.sync.guards import queries
from truestock.sync.guards.measure import ChannelLag, ListingSold, Measured, measure

# A number that falls is written at most so often: a channel is not sent one that wavers, and history stays small.
LOWERED_AFTER: Final = timedelta(hours=1)
ITEMS_AT_ONCE: Final = 200
Key = tuple[int, int]  # item, channel


class Guard(NamedTuple):
    """Units of an item that a channel is not shown, and what they were computed from."""

    units: int
    made_from: Mapping[str, Any]


class Standing(NamedTuple):
    """A guard as it was written, and when."""

    units: int
    since: datetime


class Recomputed(NamedTuple):
    """How many guards stand now, and how many of them, or of those gone, have changed."""

    standing: int
    changed: int


def recompute(db: Database, rules: RuleBook, stopping: Callable[[], bool] = lambda: False) -> Recomputed:
    """Bring all guards up to date. Twice does no harm. Raises Interrupted when `stopping` turns true."""
    standing, wanted, now = rules.read(lambda snapshot: _wanted(db, snapshot))
    changes = changed(standing, wanted, now)
    items = sorted({item for item, _ in changes}, key=lambda item: (part_of(item), item))
    for first in range(0, len(items), ITEMS_AT_ONCE):
        if stopping():
            raise Interrupted(f"guards: stopped after {first} of {len(items)} items")
        chosen = set(items[first : first + ITEMS_AT_ONCE])
        with db.transaction() as conn:
            _write(conn, {key: guard for key, guard in changes.items() if key[0] in chosen})
    left = standing.keys() - changes.keys()
    return Recomputed(len(left) + sum(guard.units > 0 for guard in changes.values()), len(changes))


def changed(standing: Mapping[Key, Standing], wanted: Mapping[Key, Guard], now: datetime) -> dict[Key, Guard]:
    """What to write: `wanted` has all that rules ask for, 0 units too; what they no longer ask for goes at once.

    More units are kept back at once, fewer after the number has stood for LOWERED_AFTER."""
    changes = {key: Guard(0, {}) for key in standing if key not in wanted}
    for key, guard in wanted.items():
        stands = standing.get(key)
        if stands is None:
            due = guard.units > 0
        else:
            due = guard.units > stands.units or (guard.units < stands.units and now - stands.since >= LOWERED_AFTER)
        if due:
            changes[key] = guard
    return changes


def _wanted(db: Database, snapshot: Snapshot) -> tuple[dict[Key, Standing], dict[Key, Guard], datetime]:
    """What stands and what rules ask for, as of one instant. Raises RulesChanged."""
    with db.transaction() as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        ((now, epoch, ruled),) = conn.execute(queries.clock).fetchall()
        if epoch != snapshot.epoch:
            raise RulesChanged
        rows = conn.execute(queries.open_guards).fetchall()
        measured = measure(conn, now) if ruled else Measured(now, {}, {})
    standing = {(item, channel): Standing(units, since) for item, channel, units, since in rows}
    sold = _by_item(snapshot, measured)
    rules = snapshot.items(item for item, _ in {**standing, **sold})
    wanted = {}
    for item, channel in {**standing, **sold}:
        percent = rules[item].terms(now).guard_service.get(channel) if item in rules else None
        if percent is not None:
            lag = measured.lags.get(channel)
            wanted[item, channel] = _guard(lag, sold.get((item, channel)), percent) if lag else Guard(0, {})
    return standing, wanted, now


def _by_item(snapshot: Snapshot, measured: Measured) -> dict[Key, ListingSold]:
    """What has come in by item and channel: a listing's units taken apart into those of its items."""
    listings = snapshot.listings(measured.sold)
    found: dict[Key, ListingSold] = {}
    for key, sold in measured.sold.items():
        for item, each in listings[key].components if key in listings else ():
            before = found.get((item, key[0]), ListingSold(0, 0, 0.0))
            found[item, key[0]] = ListingSold(
                before.units + sold.units * each,
                before.recent + sold.recent * each,
                before.squares + sold.squares * each * each,
            )
    return found


def _guard(lag: ChannelLag, sold: ListingSold | None, percent: int) -> Guard:
    if sold is None:
        return Guard(0, {})
    pace: Pace = pace_of(Sold(sold.units, lag.hours), Sold(sold.recent, lag.recent_hours), sold.squares)
    made_from = {
        "percent": percent,
        "per_hour": round(pace.per_hour, 4),
        "dispersion": round(pace.dispersion, 3),
        "lag_p50_s": round(lag.p50_s, 1),
        "lag_p95_s": round(lag.p95_s, 1),
        "orders": lag.orders,
    }
    return Guard(guard_units(pace, lag.lags_s, percent), made_from)


def _write(conn: Connection, changes: Mapping[Key, Guard]) -> None:
    """Close and replace under the items' locks; each item's new version has its listings computed anew."""
    at = Work(conn).touch(item for item, _ in changes)
    conn.execute(queries.close_guards, _keys(list(changes), at))
    kept = {key: guard for key, guard in changes.items() if guard.units}
    if kept:
        more = {
            "units": ints(guard.units for guard in kept.values()),
            "made_from": texts(msgspec.json.encode(guard.made_from).decode() for guard in kept.values()),
        }
        conn.execute(queries.add_guards, {**_keys(list(kept), at), **more})


def _keys(keys: Sequence[Key], at: Mapping[int, datetime]) -> dict[str, str]:
    return {
        "parts": ints(part_of(item) for item, _ in keys),
        "items": ints(item for item, _ in keys),
        "channels": ints(channel for _, channel in keys),
        "ats": times(at[item] for item, _ in keys),
    }


def _trim(conn: Connection, before: datetime, part: int) -> int:
    return conn.execute(queries.trim_guards, {"before": before, "part": part}).rowcount


# As-of answers reach back as far as guards are kept.
TRIM: Final = Trim("replaced guards", _trim)
