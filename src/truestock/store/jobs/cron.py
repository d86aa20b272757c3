"""When a cron line is next due on the clocks of a time zone. Pure.

Where clocks are put forward, a run in the hour that does not exist comes at its end; where they are put back, a run at
a set time comes once, and one of every so many minutes goes on."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from truestock.core.checks import TEXT_MAX, check_text
from truestock.core.problems import Invalid

FIELDS = "minute hour day month weekday"


def next_run(cron: str, zone: str, after: datetime) -> datetime:
    """The first instant after another one that the line names, in UTC. Raises Invalid naming the field at fault."""
    check_text("cron", cron, required=True)
    if len(cron.split()) != len(FIELDS.split()):
        raise Invalid("cron", f"{cron!r} has {len(cron.split())} fields; give five: {FIELDS}, as in 30 5 * * 1-5")
    try:
        return next(CronSim(cron, after.astimezone(_zone(zone)))).astimezone(UTC)
    except CronSimError as error:
        said = f"{str(error)[:1].lower()}{str(error)[1:]}"
        raise Invalid("cron", f"{cron!r} is no cron line: {said}; give {FIELDS}, as in 30 5 * * 1-5") from None
    except StopIteration:
        raise Invalid("cron", f"{cron!r} names no day that ever comes") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name if 0 < len(name) <= TEXT_MAX else "none")
    except (ValueError, KeyError, OSError):
        raise Invalid("zone", f"there is no time zone {name!r}; name one like Europe/Berlin or UTC") from None
