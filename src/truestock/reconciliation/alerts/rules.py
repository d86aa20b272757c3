"""The rules of alerts as people set them: each by its name, looked by from the next look on."""

from collections.abc import Sequence
from datetime import time
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from truestock.catalog.changes import take_ids
from truestock.core.checks import INT_MAX, check_choice, check_number, check_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.core.reconcile.alerts.kinds import KINDS, SEVERITIES, Name, Severity
from truestock.core.reconcile.alerts.rules import GroupBy
from truestock.reconciliation.alerts import queries
from truestock.reconciliation.alerts.writing import ITSELF, add_steps
from truestock.store.arrays import ints
from truestock.store.database import Connection, Database

MINUTES_MAX: Final = 60 * 24 * 30
THRESHOLD_MAX: Final = {
    "units": INT_MAX,
    "percent": 100_000,
    "seconds": MINUTES_MAX * 60,
    "minutes": MINUTES_MAX,
    "days": 3_650,
}
TARGETS_MAX: Final = 20
REOPEN_MINUTES: Final = 60


class AlertRule(msgspec.Struct, frozen=True):
    """What is looked for, where, how bad it is, and who is told. `threshold` is in the kind's `unit`.

    `quiet` is as 22:00-07:00 by the clocks of `zone`, empty for none; only what is critical is told then. `standing`
    alerts of it are not resolved."""

    name: str
    kind: str
    threshold: int
    unit: str
    severity: str
    channel: str | None
    item: str | None
    category: str | None
    location: str | None
    owner: str
    group_by: str
    targets: list[str]
    quiet: str
    zone: str
    escalate_after_minutes: int | None
    escalate_to: list[str]
    reopen_within_minutes: int
    paused: bool
    standing: int


class RuleDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule to be made, or set anew under its name. Without a threshold or severity it has its kind's.

    `reopen_within_minutes`: what comes back sooner is the same alert again, not a new one."""

    name: str
    kind: Name
    threshold: int | None = None
    severity: Severity | None = None
    channel: str | None = None
    item: str | None = None
    category: str | None = None
    location: str | None = None
    owner: str = ""
    group_by: GroupBy = "rule"
    targets: list[str] = []
    quiet: str = ""
    zone: str = "UTC"
    escalate_after_minutes: int | None = None
    escalate_to: list[str] = []
    reopen_within_minutes: int = REOPEN_MINUTES
    paused: bool = False


class KindOfAlert(msgspec.Struct, frozen=True):
    """A kind of alert: the unit of its threshold, what it is where none is given, and what a rule may name."""

    kind: str
    meaning: str
    unit: str
    threshold: int
    severity: str
    scope: list[str]


def kinds() -> list[KindOfAlert]:
    """All there are."""
    return [KindOfAlert(name, k.meaning, k.unit, k.threshold, k.severity, sorted(k.scope)) for name, k in KINDS.items()]


def list_rules(db: Database) -> list[AlertRule]:
    """All of them, by name."""
    with db.transaction() as conn:
        return [_rule(row) for row in conn.execute(queries.rules).fetchall()]


def read_rule(db: Database, name: str) -> AlertRule:
    """One of them. Raises NotFound."""
    for rule in list_rules(db):
        if rule.name == name:
            return rule
    raise NotFound("alert rule", name, "name")


def put_rule(db: Database, draft: RuleDraft) -> AlertRule:
    """Make a rule, or set it anew: all items are looked at by it, and what it has found is as severe as it says now.

    Raises Invalid, NotFound, and Conflict for a name that a rule of another kind has."""
    _check(draft)
    of = KINDS[draft.kind]
    start, end = _hours(draft.quiet)
    for other in list_rules(db):
        if other.name == draft.name and other.kind != draft.kind:
            raise Conflict(f"{draft.name!r} is a rule of kind {other.kind}; give this one another name", "name")
    (id_,) = take_ids(db, "alert_rule", 1)
    with db.transaction() as conn:
        _lock_looks(conn)
        scope = _scope(conn, draft)
        _check_targets(conn, draft)
        parameters = {
            "id": id_,
            "name": draft.name,
            "kind": draft.kind,
            "threshold": of.threshold if draft.threshold is None else draft.threshold,
            "severity": draft.severity or of.severity,
            **scope,
            "category": draft.category,
            "owner": draft.owner,
            "group_by": draft.group_by,
            "targets": draft.targets,
            "quiet_from": start,
            "quiet_to": end,
            "quiet_zone": draft.zone,
            "escalate_after_s": draft.escalate_after_minutes * 60 if draft.escalate_after_minutes else None,
            "escalate_to": draft.escalate_to,
            "reopen_within_s": draft.reopen_within_minutes * 60,
            "paused": draft.paused,
        }
        conn.execute(queries.put_rule, parameters)
        conn.execute(queries.look_at_once, {"kind": draft.kind})
        ((rule, _),) = conn.execute(queries.lock_rule, {"name": draft.name}).fetchall()
        conn.execute(queries.set_severity, {"rule": rule, "severity": parameters["severity"]})
        if draft.paused:
            _resolve_all(conn, draft.name, "the rule was paused")
    return read_rule(db, draft.name)


def remove_rule(db: Database, name: str) -> None:
    """Look for it no more; what stands of it is resolved. Raises NotFound."""
    read_rule(db, name)
    with db.transaction() as conn:
        _lock_looks(conn)
        _resolve_all(conn, name, "the rule was removed")
        conn.execute(queries.drop_rule, {"name": name})


def _lock_looks(conn: Connection) -> None:
    """Wait for the look under way, which may take longer than a row is waited for."""
    conn.execute("SET LOCAL lock_timeout = '10s'")
    conn.execute(queries.lock_looks)


def _resolve_all(conn: Connection, name: str, why: str) -> None:
    """Nobody looks after them any more; nobody is told either, as nothing has become well."""
    locked = conn.execute(queries.lock_rule, {"name": name}).fetchall()
    if not locked:
        raise NotFound("alert rule", name, "name")
    ((rule, now),) = locked
    rows = conn.execute(queries.standing_of_rule, {"rule": rule}).fetchall()
    if rows:
        keys = {"parts": ints(part for part, _ in rows), "ids": ints(alert for _, alert in rows)}
        conn.execute(queries.resolve_alerts, {**keys, "now": now})
        add_steps(conn, [(part, alert, "resolved") for part, alert in rows], now, ITSELF, why)


def _scope(conn: Connection, draft: RuleDraft) -> dict[str, int | None]:
    named = {"channel": draft.channel, "item": draft.item, "location": draft.location}
    ((channel, item, loc),) = conn.execute(queries.scope_ids, named).fetchall()
    for (what, code), found in zip(named.items(), (channel, item, loc), strict=True):
        if code is not None and found is None:
            raise NotFound(what, code, what)
    return {"channel": channel, "item": item, "loc": loc}


def _check_targets(conn: Connection, draft: RuleDraft) -> None:
    for field, names in (("targets", draft.targets), ("escalate_to", draft.escalate_to)):
        for (name,) in conn.execute(queries.unknown_targets, {"names": names}).fetchall():
            raise Invalid(field, f"there is no target {name!r}; add it with truestock alerts targets add")


def _check(draft: RuleDraft) -> None:
    check_text("name", draft.name, required=True)
    check_choice("kind", draft.kind, list(KINDS), required=True)
    check_choice("severity", draft.severity, SEVERITIES)
    check_choice("group_by", draft.group_by, get_args(GroupBy), required=True)
    check_text("owner", draft.owner)
    check_text("category", draft.category, required=draft.category == "")
    check_number("threshold", draft.threshold, high=THRESHOLD_MAX[KINDS[draft.kind].unit])
    check_number("reopen_within_minutes", draft.reopen_within_minutes, high=MINUTES_MAX)
    check_number("escalate_after_minutes", draft.escalate_after_minutes, 1, MINUTES_MAX)
    for field, names in (("targets", draft.targets), ("escalate_to", draft.escalate_to)):
        check_number(field, len(names), high=TARGETS_MAX)
    for field in ("channel", "item", "category", "location"):
        if getattr(draft, field) is not None and field not in KINDS[draft.kind].scope:
            may = ", ".join(sorted(KINDS[draft.kind].scope)) or "nothing"
            raise Invalid(field, f"a rule of kind {draft.kind} cannot be narrowed down by {field}, only by {may}")
    if bool(draft.escalate_to) != bool(draft.escalate_after_minutes):
        raise Invalid("escalate_to", "say both, after how many minutes and to whom, or neither")
    _hours(draft.quiet)
    try:
        ZoneInfo(draft.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("zone", f"{draft.zone!r} is no time zone; write it as Europe/Berlin") from None


def _hours(quiet: str) -> tuple[time | None, time | None]:
    """From and to of quiet hours as they are typed. Raises Invalid."""
    if not quiet:
        return None, None
    start, _, end = quiet.partition("-")
    try:
        found = time.fromisoformat(start.strip()), time.fromisoformat(end.strip())
    except ValueError:
        found = time(), time()
    if found[0] == found[1] or any(clock.tzinfo for clock in found):
        raise Invalid("quiet", f"{quiet!r} are no quiet hours; write them as 22:00-07:00")
    return found


def _rule(row: Sequence[Any]) -> AlertRule:
    quiet = f"{row[11]}-{row[12]}" if row[11] else ""
    values = [*row[:3], KINDS[row[1]].unit, *row[3:11], quiet, *row[13:]]
    return AlertRule(*values)
