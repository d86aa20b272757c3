"""Alerts as people look at them, and what they do about them: acknowledge, snooze, resolve, hand to somebody."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from truestock.core.checks import BIGINT_MAX, check_choice, check_text, check_years, check_zone
from truestock.core.problems import Invalid, NotFound
from truestock.core.reconcile.alerts.kinds import KINDS, SEVERITIES, STATES
from truestock.core.reconcile.alerts.state import Act, after
from truestock.reconciliation.alerts import queries
from truestock.reconciliation.alerts.active import active_rules
from truestock.reconciliation.alerts.telling import News, tell
from truestock.reconciliation.alerts.writing import add_steps
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of
from truestock.store.upkeep.retention import Trim

STANDING: Final = ("open", "acknowledged", "snoozed")
NOTE_MAX: Final = 500
_DONE: Final[dict[Act, str]] = {
    "acknowledge": "acknowledged",
    "snooze": "snoozed",
    "resolve": "resolved",
    "assign": "assigned",
}


class Alert(msgspec.Struct, frozen=True):
    """Something that is not well: what happened, what it puts at risk, the one action that mends it.

    `group`: what it is told together with. `units` are at risk; `money` is what they are worth, at their price with a
    currency or at cost without one, none where that is not known. `count`: how often it came back or grew worse,
    `last_at` when it last did."""

    id: int
    rule: str
    kind: str
    severity: str
    state: str
    subject: str
    group: str
    channel: str | None
    item: str | None
    location: str | None
    happened: str
    risk: str
    remedy: str
    units: int
    money: Decimal | None
    currency: str
    count: int
    owner: str
    opened_at: datetime
    last_at: datetime
    snoozed_until: datetime | None
    escalated_at: datetime | None
    resolved_at: datetime | None


class AlertStep(msgspec.Struct, frozen=True):
    """What was done to an alert, or what it did by itself; by whom, and what they say of it."""

    what: str
    actor: str
    note: str
    at: datetime


class AlertHistory(msgspec.Struct, frozen=True):
    """An alert with all that was done to it, the oldest first."""

    alert: Alert
    steps: list[AlertStep]


class Wanted(msgspec.Struct, frozen=True):
    """Which alerts: without a state those that are not resolved."""

    state: str | None = None
    severity: str | None = None
    rule: str | None = None
    kind: str | None = None
    channel: str | None = None
    item: str | None = None
    location: str | None = None
    owner: str | None = None


ALL_STANDING: Final = Wanted()


class AlertCount(msgspec.Struct, frozen=True):
    """How many alerts of a severity are in a state."""

    severity: str
    state: str
    alerts: int


def list_alerts(
    db: Database, wanted: Wanted = ALL_STANDING, after_id: str | None = None, limit: int = 100
) -> Page[Alert]:
    """The newest first. Raises Invalid."""
    check_choice("state", wanted.state, STATES)
    check_choice("severity", wanted.severity, SEVERITIES)
    check_choice("kind", wanted.kind, list(KINDS))
    if after_id is not None and not (after_id.isascii() and after_id.isdigit() and int(after_id) <= BIGINT_MAX):
        raise Invalid("after", "this is no alert; take what the page before said")
    given = msgspec.structs.asdict(wanted)
    states = [given.pop("state")] if wanted.state else list(STANDING)
    parameters = {**given, "states": states, "id": None, "after": after_id, "limit": limit + 1}
    with db.transaction() as conn:
        rows = [Alert(*row) for row in conn.execute(queries.alerts, parameters).fetchall()]
    return page_of(rows, limit, lambda row: row.id)


def read_alert(db: Database, alert: int) -> AlertHistory:
    """One of them, with what was done to it. Raises NotFound."""
    with db.transaction() as conn:
        return AlertHistory(_read(conn, alert), [AlertStep(*row) for row in conn.execute(queries.steps, {"id": alert})])


def act(
    db: Database,
    alert: int,
    what: Act,
    actor: str,
    note: str = "",
    *,
    until: datetime | None = None,
    owner: str | None = None,
) -> Alert:
    """Do something about an alert; `until` of snoozing, `owner` of assigning. Resolved ones open again by themselves if
    they are still not well. Raises NotFound, Conflict, Invalid."""
    check_text("note", note, at_most=NOTE_MAX)
    check_text("owner", owner)
    check_zone("until", until)
    check_years("until", until)
    with db.transaction() as conn:
        ((now,),) = conn.execute(queries.database_clock).fetchall()
        if what == "snooze" and (until is None or until <= now):
            raise Invalid("until", "say until when; an instant to come")
        rows = conn.execute(queries.lock_alert, {"id": alert}).fetchall()
        if not rows:
            raise NotFound("alert", alert, "alert")
        ((part, _, rule, group, state),) = rows
        then = after(what, state)
        parameters = {"part": part, "id": alert, "state": then, "owner": owner, "until": until, "now": now}
        conn.execute(queries.act, parameters)
        said = note or (f"to {owner or 'nobody'}" if what == "assign" else "")
        add_steps(conn, [(part, alert, _DONE[what])], now, actor, said)
        rules = [one for one in active_rules(conn).all if one.id == rule]
        if what == "resolve" and rules:
            tell(conn, [News(alert, rules[0], group, "resolved")], now)
        return _read(conn, alert)


def counts(db: Database) -> list[AlertCount]:
    """How many stand, by severity and state; what has none is left out."""
    with db.transaction() as conn:
        return [AlertCount(*row) for row in conn.execute(queries.counts, prepare=True).fetchall()]


def look_lag_s(db: Database) -> float:
    """For how many seconds the oldest item that has changed waits to be looked at."""
    with db.transaction() as conn:
        row = conn.execute(queries.oldest_look, prepare=True).fetchone()
    return float(row[0]) if row else 0.0


def _read(conn: Connection, alert: int) -> Alert:
    anything: dict[str, Any] = dict.fromkeys(msgspec.structs.asdict(ALL_STANDING))
    anything.pop("state")
    parameters = {**anything, "states": list(STATES), "id": alert, "after": None, "limit": 1}
    rows = conn.execute(queries.alerts, parameters).fetchall()
    if not rows:
        raise NotFound("alert", alert, "alert")
    return Alert(*rows[0])


def _trim(conn: Connection, before: datetime, part: int) -> int:
    parameters = {"part": part, "before": before}
    deleted = conn.execute(queries.trim_alerts, parameters).rowcount
    conn.execute(queries.trim_steps, parameters)
    conn.execute(queries.trim_messages, parameters)
    conn.execute(queries.trim_mishaps, parameters)
    return deleted


TRIM: Final = Trim("resolved alerts", _trim)
