"""When an alert is told: at once, together with others of the same minute, or after quiet hours."""

from datetime import datetime, timedelta, tzinfo
from typing import Final

from truestock.core.reconcile.alerts.kinds import Severity
from truestock.core.reconcile.alerts.rules import Quiet

# Alerts of one rule and group that come within this are told in one message.
TOGETHER: Final = timedelta(minutes=1)


def told_at(now: datetime, severity: Severity, quiet: Quiet | None, zone: tzinfo, last: datetime | None) -> datetime:
    """When a message goes whose rule and group had its `last` one then, by a clock that may go ahead. Only what is
    critical goes in quiet hours."""
    at = now if last is None else max(now, min(last, now) + TOGETHER)
    return at if severity == "critical" or quiet is None else awake(at, quiet, zone)


def awake(at: datetime, quiet: Quiet, zone: tzinfo) -> datetime:
    """This instant, or the end of the quiet hours that it lies in. Of an hour that comes twice each has its end."""
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    over_midnight = quiet.end < quiet.start
    inside = (clock >= quiet.start or clock < quiet.end) if over_midnight else quiet.start <= clock < quiet.end
    if not inside:
        return at
    day = local.date() + timedelta(days=1 if over_midnight and clock >= quiet.start else 0)
    ends = datetime.combine(day, quiet.end, zone).replace(fold=local.fold)
    return ends.astimezone(at.tzinfo)
