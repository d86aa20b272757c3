"""What becomes of an alert: opened, counted up, resolved by itself, opened again, escalated; and what people may do."""

from datetime import datetime
from typing import Final, Literal, NamedTuple

from truestock.core.problems import Conflict
from truestock.core.reconcile.alerts.findings import Finding
from truestock.core.reconcile.alerts.kinds import State
from truestock.core.reconcile.alerts.rules import Rule

Change = Literal["opened", "reopened", "again", "reworded", "resolved"]
Act = Literal["acknowledge", "snooze", "resolve", "assign"]


class Alert(NamedTuple):
    """As it stands; `words` are happened, risk and remedy as they were told last."""

    id: int
    rule: int
    subject: str
    state: State
    gravity: int
    times: int
    words: tuple[str, str, str]
    resolved_at: datetime | None = None
    group: str = ""


class Changed(NamedTuple):
    """`alert` none: a new one. `finding` none: it is well again."""

    rule: Rule
    what: Change
    alert: Alert | None
    finding: Finding | None


def change_of(rule: Rule, alert: Alert | None, finding: Finding | None, now: datetime) -> Changed | None:
    """What a look makes of an alert; none where it stays as it is.

    `alert` is the newest of its subject. One that comes back soon enough is opened again instead of another one made;
    snoozed and acknowledged ones stay so, however bad it gets."""
    standing = alert is not None and alert.state != "resolved"
    if finding is None:
        return Changed(rule, "resolved", alert, None) if standing else None
    if alert is None:
        return Changed(rule, "opened", None, finding)
    if not standing:
        soon = alert.resolved_at is not None and now - alert.resolved_at <= rule.reopen_within
        return Changed(rule, "reopened", alert, finding) if soon else Changed(rule, "opened", None, finding)
    if finding.gravity > alert.gravity:
        return Changed(rule, "again", alert, finding)
    if (finding.happened, finding.risk, finding.remedy) != alert.words or finding.gravity != alert.gravity:
        return Changed(rule, "reworded", alert, finding)
    return None


_AFTER: Final[dict[Act, State]] = {"acknowledge": "acknowledged", "snooze": "snoozed", "resolve": "resolved"}


def after(act: Act, state: State) -> State:
    """The state after somebody did something. Raises Conflict."""
    if state == "resolved":
        raise Conflict("this alert is resolved already; it opens again by itself if it comes back", "alert")
    if act == "acknowledge" and state == "acknowledged":
        raise Conflict("this alert is acknowledged already", "alert")
    return _AFTER.get(act, state)
