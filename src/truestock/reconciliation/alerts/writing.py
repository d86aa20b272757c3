"""Writes what looks have made of alerts: new ones, worse ones, those that are well again; and what is told of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from truestock.core.identity import part_of_text
from truestock.core.reconcile.alerts.findings import Finding
from truestock.core.reconcile.alerts.rules import Rule, group_of
from truestock.core.reconcile.alerts.state import Alert, Changed
from truestock.reconciliation.alerts import queries
from truestock.reconciliation.alerts.telling import News, tell
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection
from truestock.store.events import take_event_ids

# Who does what happens by itself.
ITSELF: Final = "truestock"


class Written(NamedTuple):
    """How many alerts were opened, also again, and how many resolved."""

    opened: int = 0
    resolved: int = 0


def part_of_subject(subject: str) -> int:
    """The part of an alert."""
    return part_of_text(subject)


def write(conn: Connection, changes: Sequence[Changed], now: datetime) -> Written:
    """Write down changes of alerts, and queue what is told of them."""
    opened = [(change, change.finding) for change in changes if change.alert is None and change.finding]
    ids = _take_ids(conn, len(opened))
    standing = [(change, change.alert, change.finding) for change in changes if change.alert and change.finding]
    resolved = [(change, change.alert) for change in changes if change.alert and change.finding is None]
    if opened:
        _add(conn, [(alert, change.rule, found) for alert, (change, found) in zip(ids, opened, strict=True)], now)
    if standing:
        _change(conn, standing, now)
    if resolved:
        keys = [(part_of_subject(alert.subject), alert.id) for _, alert in resolved]
        conn.execute(queries.resolve_alerts, {**_keys(keys), "now": now}, prepare=True)
    news = [
        *(
            News(alert, change.rule, group_of(change.rule, found.about, found.subject), "opened")
            for alert, (change, found) in zip(ids, opened, strict=True)
        ),
        *(
            News(alert.id, change.rule, alert.group, "opened")
            for change, alert, _ in standing
            if change.what == "reopened"
        ),
        *(News(alert.id, change.rule, alert.group, "resolved") for change, alert in resolved),
    ]
    steps = [(part_of_subject(found.subject), alert, "opened") for alert, (_, found) in zip(ids, opened, strict=True)]
    steps += [
        (part_of_subject(change.alert.subject), change.alert.id, change.what)
        for change in changes
        if change.alert and change.what != "reworded"
    ]
    add_steps(conn, steps, now)
    tell(conn, news, now)
    again = sum(change.what == "reopened" for change, *_ in standing)
    return Written(len(opened) + again, len(resolved))


def _take_ids(conn: Connection, count: int) -> list[int]:
    """New ids of alerts, short as people type them; nobody else makes alerts meanwhile."""
    if not count:
        return []
    ((first,),) = conn.execute(queries.take_ids, {"count": count}, prepare=True).fetchall()
    return list(range(first, first + count))


def add_steps(
    conn: Connection, steps: Sequence[tuple[int, int, str]], now: datetime, actor: str = ITSELF, note: str = ""
) -> None:
    """Write down what was done to alerts, each as part, id and what; by whom, and what they say of it."""
    if steps:
        parts, alerts, whats = zip(*steps, strict=True)
        parameters = {
            "parts": ints(parts),
            "alerts": ints(alerts),
            "ids": ints(take_event_ids(len(steps))),
            "whats": texts(whats),
            "actor": actor,
            "note": note,
            "now": now,
        }
        conn.execute(queries.add_steps, parameters, prepare=True)


def _add(conn: Connection, rows: Sequence[tuple[int, Rule, Finding]], now: datetime) -> None:
    abouts = [found.about for _, _, found in rows]
    parameters = {
        "parts": ints(part_of_subject(found.subject) for _, _, found in rows),
        "ids": ints(alert for alert, _, _ in rows),
        "rules": ints(rule.id for _, rule, _ in rows),
        "kinds": words(rule.kind for _, rule, _ in rows),
        "subjects": texts(found.subject for _, _, found in rows),
        "groups": texts(group_of(rule, found.about, found.subject) for _, rule, found in rows),
        "channels": _numbers(about.channel for about in abouts),
        "items": _numbers(about.item for about in abouts),
        "locs": _numbers(about.loc for about in abouts),
        "severities": words(rule.severity for _, rule, _ in rows),
        "owners": texts(rule.owner for _, rule, _ in rows),
        **_said([found for _, _, found in rows]),
        "escalate_at": times(_escalate_at(rule, now) for _, rule, _ in rows),
        "now": now,
    }
    conn.execute(queries.add_alerts, parameters, prepare=True)


def _change(conn: Connection, rows: Sequence[tuple[Changed, Alert, Finding]], now: datetime) -> None:
    parameters = {
        **_keys([(part_of_subject(alert.subject), alert.id) for _, alert, _ in rows]),
        **_said([found for _, _, found in rows]),
        "more": ints(int(change.what != "reworded") for change, _, _ in rows),
        "reopened": ints(int(change.what == "reopened") for change, _, _ in rows),
        "escalate_at": times(_escalate_at(change.rule, now) for change, _, _ in rows),
        "now": now,
    }
    conn.execute(queries.change_alerts, parameters, prepare=True)


def _said(findings: Sequence[Finding]) -> dict[str, str]:
    return {
        "gravities": ints(found.gravity for found in findings),
        "units": ints(found.units for found in findings),
        "moneys": words("NULL" if found.money is None else str(found.money) for found in findings),
        "currencies": texts(found.currency for found in findings),
        "happened": texts(found.happened for found in findings),
        "risks": texts(found.risk for found in findings),
        "remedies": texts(found.remedy for found in findings),
    }


def _escalate_at(rule: Rule, now: datetime) -> datetime | None:
    return now + rule.escalate_after if rule.escalate_after else None


def _keys(keys: Sequence[tuple[int, int]]) -> dict[str, str]:
    return {"parts": ints(part for part, _ in keys), "ids": ints(alert for _, alert in keys)}


def _numbers(values: Iterable[int | None]) -> str:
    return words("NULL" if value is None else str(value) for value in values)
