"""Alerts: what is not well, what that puts at risk, what mends it; who does something about it; and what is looked for.

Where alerts are told is set from the command line alone: they go out in the hub's own name."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Depends, Path, Query
from msgspec import Meta

from truestock.core.checks import BIGINT_MAX
from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import ADMIN, READ, STOCK
from truestock.reconciliation.alerts import manage, rules
from truestock.sync.messages.alerts import targets

reader = Router("alerts", READ)
router = Router("alerts", STOCK)
keeper = Router("alerts", ADMIN)
Id = Annotated[int, Path(ge=1, le=BIGINT_MAX)]
Name = Annotated[str, Path(max_length=200)]
Note = Annotated[str, Meta(max_length=manage.NOTE_MAX)]


class Acknowledged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever takes it on says of it."""

    note: Note = ""


class Snoozed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when it is left alone."""

    until: datetime
    note: Note = ""


class Resolved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is well."""

    note: Note = ""


class Assigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose it is; nobody's when empty."""

    owner: Annotated[str, Meta(max_length=200)]
    note: Note = ""


@reader.get("/v1/alerts")
def list_alerts(
    hub: TheHub,
    page: ThePage,
    state: Annotated[
        str | None, Query(description="open, acknowledged, snoozed or resolved; else all but these.")
    ] = None,
    severity: str | None = None,
    rule: str | None = None,
    kind: str | None = None,
    channel: str | None = None,
    item: str | None = None,
    location: str | None = None,
    owner: str | None = None,
) -> Rows[manage.Alert]:
    """What is not well, the newest first: those that are not resolved, or those in one `state`."""
    wanted = manage.Wanted(state, severity, rule, kind, channel, item, location, owner)
    return rows_of(manage.list_alerts(hub.db, wanted, page.after_id, page.limit))


@reader.get("/v1/alerts/{alert}")
def read_alert(alert: Id, hub: TheHub) -> manage.AlertHistory:
    """An alert, with all that was done to it."""
    return manage.read_alert(hub.db, alert)


@router.post("/v1/alerts/{alert}/acknowledge")
def acknowledge_alert(
    alert: Id, body: Annotated[Acknowledged, Depends(Body(Acknowledged))], hub: TheHub, call: TheCall
) -> manage.Alert:
    """Take it on: it is not escalated, and nobody is told of it again until it is well."""
    return manage.act(hub.db, alert, "acknowledge", call.caller.actor, body.note)


@router.post("/v1/alerts/{alert}/snooze")
def snooze_alert(
    alert: Id, body: Annotated[Snoozed, Depends(Body(Snoozed))], hub: TheHub, call: TheCall
) -> manage.Alert:
    """Leave it alone until then; if it is still not well, it is open and told again."""
    return manage.act(hub.db, alert, "snooze", call.caller.actor, body.note, until=body.until)


@router.post("/v1/alerts/{alert}/resolve")
def resolve_alert(
    alert: Id, body: Annotated[Resolved, Depends(Body(Resolved))], hub: TheHub, call: TheCall
) -> manage.Alert:
    """Say that it is well; it opens again by itself at the next look that finds that it is not."""
    return manage.act(hub.db, alert, "resolve", call.caller.actor, body.note)


@router.post("/v1/alerts/{alert}/assign")
def assign_alert(
    alert: Id, body: Annotated[Assigned, Depends(Body(Assigned))], hub: TheHub, call: TheCall
) -> manage.Alert:
    """Hand it to somebody."""
    return manage.act(hub.db, alert, "assign", call.caller.actor, body.note, owner=body.owner)


@reader.get("/v1/alert-kinds")
def list_alert_kinds() -> Rows[rules.KindOfAlert]:
    """What rules can look for, the units of their thresholds, and by what each can be narrowed down."""
    return Rows(rules.kinds(), None)


@reader.get("/v1/alert-rules")
def list_alert_rules(hub: TheHub) -> Rows[rules.AlertRule]:
    """What is looked for, and who is told; they come on one page."""
    return Rows(rules.list_rules(hub.db), None)


@keeper.put("/v1/alert-rules")
def put_alert_rule(body: Annotated[rules.RuleDraft, Depends(Body(rules.RuleDraft))], hub: TheHub) -> rules.AlertRule:
    """Make a rule, or set the one of this name anew as a whole; all items are looked at by it."""
    return rules.put_rule(hub.db, body)


@keeper.delete("/v1/alert-rules/{name}")
def remove_alert_rule(name: Name, hub: TheHub) -> rules.AlertRule:
    """Look for it no more, resolve its alerts and tell nobody; the answer is what it was."""
    found = rules.read_rule(hub.db, name)
    rules.remove_rule(hub.db, name)
    return found


@reader.get("/v1/alert-targets")
def list_alert_targets(hub: TheHub) -> Rows[targets.AlertTarget]:
    """Where alerts are told, and how that goes; they come on one page."""
    return Rows(targets.list_targets(hub.db), None)
