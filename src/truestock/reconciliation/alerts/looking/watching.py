"""Reads what time alone may bring, by kind of alert, each read bounded and by an index."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from truestock.core.reconcile.alerts.kinds import Name
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
from truestock.store.database import Connection

MOST: Final = 1_000
# Of which what alerts stand for is read besides, so that it is known what is well again.
READ_AGAIN: Final = frozenset(("discrepancy",))
# What a channel sells by itself until its orders come is no drift that anybody has to mend.
DRIFTS: Final = ("missing", "ignored", "multiple", "truncated", "edited")


class Seen(NamedTuple):
    """What was read; not `all` of it when there is more than one look takes."""

    states: list[Watched]
    all: bool


def watch(conn: Connection, kind: Name, rules: Iterable[Rule], now: datetime) -> Seen:
    """What there is of a kind that its rules may mind."""
    states = _READS[kind](conn, list(rules), now)
    return Seen(states, kind in READ_AGAIN or len(states) < MOST)


def _backlogs(conn: Connection, _: list[Rule], __: datetime) -> list[Watched]:
    rows = conn.execute(queries.backlogs, {"limit": MOST}, prepare=True).fetchall()
    return [Backlog(_of_channel(channel, code), *rest) for channel, code, *rest in rows]


def _drifts(*drifts: str) -> Callable[[Connection, list[Rule], datetime], list[Watched]]:
    def read(conn: Connection, _: list[Rule], __: datetime) -> list[Watched]:
        rows = conn.execute(queries.drifts, {"drifts": list(drifts), "limit": MOST}, prepare=True).fetchall()
        return [Drifted(_of_channel(channel, code), *rest) for channel, code, *rest in rows]

    return read


def _overdue(conn: Connection, _: list[Rule], now: datetime) -> list[Watched]:
    rows = conn.execute(queries.overdue, {"now": now, "limit": MOST}, prepare=True).fetchall()
    return [
        Overdue(_of_item(*row[:5]), ref, units, due_at, Worth(*row[8:]))
        for row in rows
        for ref, units, due_at in [row[5:8]]
    ]


def _expiring(conn: Connection, rules: list[Rule], now: datetime) -> list[Watched]:
    until = now + timedelta(days=max(rule.threshold for rule in rules))
    rows = conn.execute(queries.expiring, {"until": until, "limit": MOST}, prepare=True).fetchall()
    return [
        Expiring(_of_item(*row[:5]), lot, units, expires_at, Worth(*row[8:]))
        for row in rows
        for lot, units, expires_at in [row[5:8]]
    ]


def _silent(conn: Connection, _: list[Rule], __: datetime) -> list[Watched]:
    return [Silent(*row) for row in conn.execute(queries.silent, prepare=True).fetchall()]


def _failing(conn: Connection, _: list[Rule], now: datetime) -> list[Watched]:
    sources = conn.execute(queries.failing_sources, {"limit": MOST}, prepare=True).fetchall()
    feeds = conn.execute(queries.failing_feeds, {"now": now, "limit": MOST}, prepare=True).fetchall()
    return [
        *(
            Failing(code, since, why, f"See what it says: truestock sources show {code}")
            for code, since, why in sources
        ),
        *(Failing(code, since, why, f"See what it says: truestock feed show {code}") for code, since, why in feeds),
    ]


def _differing(conn: Connection, rules: list[Rule], _: datetime) -> list[Watched]:
    parameters = {"rules": ints(rule.id for rule in rules), "limit": MOST}
    rows = conn.execute(queries.differing, parameters, prepare=True).fetchall()
    return [
        Differing(_of_item(*row[:5]), found, source, stated, expected, cause, Worth(*row[10:]))
        for row in rows
        for found, source, stated, expected, cause in [row[5:10]]
    ]


def _of_channel(channel: int, code: str) -> About:
    return About(channel=channel, codes={"channel": code})


def _of_item(item: int, sku: str, category: str, loc: int, location: str) -> About:
    return About(item=item, category=category, loc=loc, codes={"item": sku, "location": location})


_READS: Final[dict[Name, Callable[[Connection, list[Rule], datetime], list[Any]]]] = {
    "backlog": _backlogs,
    "drift": _drifts(*DRIFTS),
    "phantom_stockout": _drifts("phantom_stockout"),
    "expected_overdue": _overdue,
    "lot_expiring": _expiring,
    "worker_silent": _silent,
    "feed_late": _failing,
    "discrepancy": _differing,
}
# Of kinds that time alone may bring: how often each is looked at.
EVERY: Final[dict[Name, timedelta]] = {
    "discrepancy": timedelta(seconds=1),
    "backlog": timedelta(seconds=5),
    "worker_silent": timedelta(seconds=5),
    "feed_late": timedelta(seconds=15),
    "drift": timedelta(seconds=15),
    "phantom_stockout": timedelta(seconds=15),
    "expected_overdue": timedelta(minutes=1),
    "lot_expiring": timedelta(minutes=10),
}
