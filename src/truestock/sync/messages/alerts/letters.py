"""What people are told of alerts of one rule: one message, however many they are. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from truestock.core.reconcile.alerts.findings import command
from truestock.sync.messages.writing.render import DEFAULT, SUBJECT_MAX, Letter
from truestock.sync.messages.writing.said import clean

What = Literal["opened", "escalated", "resolved"]
TOLD_MOST: Final = 30
_HEADS: Final[dict[What, str]] = {"opened": "", "escalated": "Nobody has taken this on: ", "resolved": "Well again: "}


class Told(NamedTuple):
    """An alert as it is told."""

    id: int
    severity: str
    happened: str
    risk: str
    remedy: str
    owner: str
    opened_at: datetime


def letter_of(what: What, rule: str, alerts: Sequence[Told]) -> Letter:
    """The message; at least one alert is told. Beyond TOLD_MOST it says how to see the others."""
    first = alerts[0]
    many = f"{len(alerts)} alerts of {rule}" if len(alerts) > 1 else first.happened
    subject = clean(f"[{first.severity}] {_HEADS[what]}{many}")[:SUBJECT_MAX]
    paragraphs = [_said(what, alert) for alert in alerts[:TOLD_MOST]]
    if len(alerts) > TOLD_MOST:
        others = command("alerts", "list", options={"rule": rule})
        paragraphs.append(f"And {len(alerts) - TOLD_MOST} more: {others}")
    return Letter(DEFAULT, subject, "\n\n".join(paragraphs) + "\n", "")


def _said(what: What, alert: Told) -> str:
    if what == "resolved":
        return f"Well again: {clean(alert.happened)}"
    owner = f" It is {clean(alert.owner)}'s." if alert.owner else ""
    lines = [
        clean(alert.happened),
        f"At risk: {clean(alert.risk)}",
        clean(alert.remedy),
        f"Since {alert.opened_at:%Y-%m-%d %H:%M} UTC.{owner} Take it on: truestock alerts ack {alert.id}",
    ]
    return "\n".join(lines)
