"""Queues what is told of alerts in the transaction that changes them: messages to targets, and events for webhooks.

Alerts of one rule and group that come within a minute go in one message; sending it is the sync's."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from truestock.core.identity import part_of
from truestock.core.reconcile.alerts.hours import told_at
from truestock.core.reconcile.alerts.rules import Rule
from truestock.reconciliation.alerts import queries
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection
from truestock.store.events import AlertEscalated, AlertOpened, AlertResolved, announce, take_event_ids

What = Literal["opened", "escalated", "resolved"]
MESSAGE_MOST: Final = 500
# What was told longer ago than this holds back nothing.
REMEMBERED: Final = timedelta(days=1)
_EVENTS: Final[dict[What, type[AlertOpened | AlertEscalated | AlertResolved]]] = {
    "opened": AlertOpened,
    "escalated": AlertEscalated,
    "resolved": AlertResolved,
}


class News(NamedTuple):
    """Something to be told of an alert; its rule is none once it is gone."""

    alert: int
    rule: Rule
    group: str
    what: What


class _To(NamedTuple):
    """One message's alerts: those of one rule and group, to one target."""

    target: int
    rule: int
    group: str
    what: What


def tell(conn: Connection, news: Sequence[News], now: datetime) -> None:
    """Queue messages to the targets of the rules, and events for the webhooks that want them."""
    if news:
        _queue(conn, news, now)
        _announce(conn, news)


def _queue(conn: Connection, news: Sequence[News], now: datetime) -> None:
    if not any(_targets(one) for one in news):
        return
    ids: dict[str, int] = dict(conn.execute(queries.target_ids, prepare=True).fetchall())
    wanted: dict[_To, list[int]] = defaultdict(list)
    for one in news:
        for name in _targets(one):
            if name in ids:
                wanted[_To(ids[name], one.rule.id, one.group, one.what)].append(one.alert)
    if not wanted:
        return
    rules = {one.rule.id: one.rule for one in news}
    keys = {
        "targets": ints(to.target for to in wanted),
        "rules": ints(to.rule for to in wanted),
        "groups": texts(to.group for to in wanted),
    }
    gathering = {
        _To(*to): (part, message)
        for part, message, *to in conn.execute(queries.lock_gathering, {**keys, "most": MESSAGE_MOST}, prepare=True)
    }
    rows = conn.execute(queries.last_told, {**keys, "since": now - REMEMBERED}, prepare=True)
    last = {_To(*to): at for *to, at in rows}
    for to, alerts in wanted.items():
        rule = rules[to.rule]
        zone = ZoneInfo(rule.quiet.zone if rule.quiet else "UTC")
        at = told_at(now, rule.severity, rule.quiet, zone, last.get(to))
        if to in gathering:
            part, message = gathering[to]
            parameters = {"part": part, "id": message, "alerts": ints(alerts), "at": at}
            conn.execute(queries.add_to_messages, parameters, prepare=True)
            continue
        for first in range(0, len(alerts), MESSAGE_MOST):
            (message,) = take_event_ids(1)
            chunk = ints(alerts[first : first + MESSAGE_MOST])
            parameters = {"part": part_of(message), "id": message, **_named(to), "alerts": chunk, "at": at, "now": now}
            conn.execute(queries.add_message, parameters, prepare=True)


def _announce(conn: Connection, news: Sequence[News]) -> None:
    rows = conn.execute(queries.as_told, {"ids": ints({one.alert for one in news})}, prepare=True).fetchall()
    fields = {row[0]: row for row in rows}
    announce(conn, [_EVENTS[one.what](*fields[one.alert]) for one in news if one.alert in fields])


def _targets(one: News) -> tuple[str, ...]:
    return one.rule.escalate_to if one.what == "escalated" else one.rule.targets


def _named(to: _To) -> dict[str, object]:
    return {"target": to.target, "rule": to.rule, "grp": to.group, "what": to.what}
