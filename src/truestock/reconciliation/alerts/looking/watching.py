"""Reads what time alone may bring, by kind of alert, each read bounded and by an index.

Of what there may be much of, a look takes the next items in the order of their keys, and the next look goes on behind
them: none is left out, however many there are."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from truestock.core.identity import part_of
from truestock.core.reconcile.alerts.findings import command
from truestock.core.reconcile.alerts.kinds import KINDS, Name
from truestock.core.reconcile.alerts.rules import About, Rule
from truestock.core.reconcile.alerts.watched import (
    Backlog,
    Differing,
    Drifted,
    Expiring,
    Failing,
    Overdue,
    Silent,
    Watched,
)
from truestock.core.reconcile.alerts.worth import Worth
from truestock.reconciliation.alerts.looking import queries
from truestock.store.arrays import ints
from truestock.store.database import Connection, Row

MOST: Final = 1_000
# What a channel sells by itself until its orders come is no drift that anybody has to mend.
DRIFTS: Final = ("missing", "ignored", "multiple", "truncated", "edited")


class Seen(NamedTuple):
    """What was read: of `items` alone, where they are named, and then `more` come after the last of them.

    Else it is `all` that there is, or as much as a look takes."""

    states: list[Watched]
    all: bool = True
    items: list[int] | None = None
    more: bool = False


class Paged(NamedTuple):
    """How a kind is read by items: which are the next, beside those with an alert, and what there is of them."""

    items: str
    states: str
    state_of: Callable[[Row], Watched]


def watch(conn: Connection, kind: Name, rules: Iterable[Rule], now: datetime, after: int, limit: int) -> Seen:
    """What there is of a kind that its rules may mind; of a kind that is read by items, of the next behind `after`."""
    of_kind = list(rules)
    if kind not in PAGED:
        states = _READS[kind](conn, of_kind, now)
        return Seen(states, len(states) < MOST)
    paged = PAGED[kind]
    days = max(rule.threshold for rule in of_kind) if KINDS[kind].unit == "days" else 0
    span = {"now": now, "until": now + timedelta(days=days)}
    start = {"part": part_of(after) if after else -1, "item": after, "limit": limit}
    alerted = {"rules": ints(rule.id for rule in of_kind)} | start
    page = _next(conn, limit, (paged.items, start | span), (queries.alerted_items, alerted))
    keys = {"parts": ints(part for part, _ in page), "items": ints(item for _, item in page)}
    rows = conn.execute(paged.states, {**keys, **span}, prepare=True).fetchall() if page else []
    return Seen([paged.state_of(row) for row in rows], True, [item for _, item in page], len(page) == limit)


def _next(conn: Connection, limit: int, *asked: tuple[str, dict[str, Any]]) -> list[Row]:
    """The first items of several queries together, each in the order of part and item."""
    found = {row for query, parameters in asked for row in conn.execute(query, parameters, prepare=True).fetchall()}
    return sorted(found)[:limit]


def _backlogs(conn: Connection, _: list[Rule], __: datetime) -> list[Watched]:
    rows = conn.execute(queries.backlogs, {"limit": MOST}, prepare=True).fetchall()
    return [Backlog(_of_channel(channel, code), *rest) for channel, code, *rest in rows]


def _drifts(*drifts: str) -> Callable[[Connection, list[Rule], datetime], list[Watched]]:
    def read(conn: Connection, _: list[Rule], __: datetime) -> list[Watched]:
        rows = conn.execute(queries.drifts, {"drifts": list(drifts), "limit": MOST}, prepare=True).fetchall()
        return [Drifted(_of_channel(channel, code), *rest) for channel, code, *rest in rows]

    return read


def _overdue(row: Row) -> Watched:
    ref, units, due_at, kind = row[5:9]
    return Overdue(_of_item(*row[:5]), ref, units, due_at, Worth(*row[9:]), kind == "transfer")


def _expiring(row: Row) -> Watched:
    lot, units, expires_at = row[5:8]
    return Expiring(_of_item(*row[:5]), lot, units, expires_at, Worth(*row[8:]))


def _differing(row: Row) -> Watched:
    found, source, stated, expected, cause = row[5:10]
    return Differing(_of_item(*row[:5]), found, source, stated, expected, cause, Worth(*row[10:]))


def _silent(conn: Connection, _: list[Rule], __: datetime) -> list[Watched]:
    return [Silent(*row) for row in conn.execute(queries.silent, prepare=True).fetchall()]


def _failing(conn: Connection, _: list[Rule], now: datetime) -> list[Watched]:
    sources = conn.execute(queries.failing_sources, {"limit": MOST}, prepare=True).fetchall()
    feeds = conn.execute(queries.failing_feeds, {"now": now, "limit": MOST}, prepare=True).fetchall()
    return [
        Failing(code, since, why, f"See what it says: {command(noun, 'show', code)}")
        for noun, rows in (("sources", sources), ("feed", feeds))
        for code, since, why in rows
    ]


def _of_channel(channel: int, code: str) -> About:
    return About(channel=channel, codes={"channel": code})


def _of_item(item: int, sku: str, category: str, loc: int, location: str) -> About:
    return About(item=item, category=category, loc=loc, codes={"item": sku, "location": location})


_READS: Final[dict[Name, Callable[[Connection, list[Rule], datetime], list[Any]]]] = {
    "backlog": _backlogs,
    "drift": _drifts(*DRIFTS),
    "phantom_stockout": _drifts("phantom_stockout"),
    "worker_silent": _silent,
    "feed_late": _failing,
}
PAGED: Final[dict[Name, Paged]] = {
    "expected_overdue": Paged(queries.overdue_items, queries.overdue, _overdue),
    "lot_expiring": Paged(queries.expiring_items, queries.expiring, _expiring),
    "discrepancy": Paged(queries.differing_items, queries.differing, _differing),
}
# Of which what channels sell says what is at risk.
OF_CHANNELS: Final[frozenset[Name]] = frozenset(("backlog", "drift", "phantom_stockout", "worker_silent", "feed_late"))
# Of kinds that time alone may bring: how often each is looked at.
EVERY: Final[dict[Name, timedelta]] = {
    "discrepancy": timedelta(seconds=1),
    "backlog": timedelta(seconds=5),
    "worker_silent": timedelta(seconds=5),
    "feed_late": timedelta(seconds=15),
    "drift": timedelta(seconds=15),
    "phantom_stockout": timedelta(seconds=15),
    "expected_overdue": timedelta(minutes=1),
    "lot_expiring": timedelta(minutes=1),
}
