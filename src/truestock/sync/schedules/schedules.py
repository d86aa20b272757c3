"""What people do with schedules: add one, list them, remove one, and have its job done now."""

from datetime import datetime
from typing import Any, Final

import msgspec

from truestock.catalog.changes import take_ids
from truestock.core.checks import check_choice
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.store.jobs.cron import next_run
from truestock.store.jobs.kinds import Kinds
from truestock.store.jobs.queue import enqueue
from truestock.sync.schedules import queries

SCHEDULES_MAX: Final = 1_000


class NewSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`what` names a kind of job, `cron` is minute, hour, day, month and weekday on the clocks of `zone`.

    A kind that is about one channel, or one source of files, wants it named."""

    what: str
    cron: str
    zone: str = "UTC"
    channel: str | None = None
    source: str | None = None


class Schedule(msgspec.Struct, frozen=True):
    """A schedule; `last_run` is when its job was last queued by it."""

    id: int
    what: str
    channel: str | None
    source: str | None
    cron: str
    zone: str
    last_run: datetime | None
    next_run: datetime
    added_at: datetime


def add_schedule(db: Database, kinds: Kinds, draft: NewSchedule) -> Schedule:
    """Have a kind of job queued at set times. Raises Invalid naming the field, NotFound, Conflict."""
    _check(kinds, draft.what, draft.channel, draft.source)
    (new,) = take_ids(db, "schedule", 1)
    with db.transaction() as conn:
        parameters = {
            "id": new,
            "what": draft.what,
            "channel": None if draft.channel is None else _id(conn, queries.channel_id, "channel", draft.channel),
            "source": None if draft.source is None else _id(conn, queries.source_id, "source", draft.source),
            "cron": draft.cron,
            "zone": draft.zone,
            "next_run": next_run(draft.cron, draft.zone, _clock(conn)),
        }
        if _count(conn) >= SCHEDULES_MAX:
            raise Conflict(f"there are {SCHEDULES_MAX} schedules already; a hub takes no more")
        conn.execute(queries.insert_schedule, parameters)
        return _read(conn, new)


def list_schedules(db: Database) -> list[Schedule]:
    """All of them, by what they do and for which channel."""
    with db.transaction() as conn:
        return [Schedule(*row) for row in conn.execute(queries.list_schedules, {"id": None})]


def remove_schedule(db: Database, schedule: int) -> Schedule:
    """Forget a schedule; a job that waits already is done. Raises NotFound."""
    with db.transaction() as conn:
        found = _read(conn, schedule)
        conn.execute(queries.delete_schedule, {"id": schedule})
    return found


def run_now(db: Database, kinds: Kinds, schedule: int) -> int:
    """Queue a schedule's job now, besides its times: the job's id. Raises NotFound; Conflict when it waits already."""
    with db.transaction() as conn:
        found = _read(conn, schedule)
        check_choice("what", found.what, kinds, required=True)
        job = enqueue(conn, found.what, found.channel, found.source, alone=kinds[found.what].alone)
    if job is None:
        raise Conflict("the same job waits already", "schedule")
    return job


def run_once(db: Database, kinds: Kinds, what: str, channel: str | None, source: str | None = None) -> int:
    """Queue a job now without a schedule: its id. Raises Invalid, NotFound, and Conflict when it waits already."""
    _check(kinds, what, channel, source)
    with db.transaction() as conn:
        if channel is not None:
            _id(conn, queries.channel_id, "channel", channel)
        if source is not None:
            _id(conn, queries.source_id, "source", source)
        job = enqueue(conn, what, channel, source, alone=kinds[what].alone)
    if job is None:
        raise Conflict("the same job waits already", "what")
    return job


def overdue_s(db: Database) -> float:
    """For how many seconds the most overdue schedule has been due; 0 while all is in time."""
    with db.transaction() as conn:
        (seconds,) = conn.execute(queries.overdue).fetchone() or (None,)
    return float(seconds or 0)


def _check(kinds: Kinds, what: str, channel: str | None, source: str | None) -> None:
    """Raises Invalid naming the field."""
    check_choice("what", what, kinds, required=True)
    kind = kinds[what]
    if kind.of_channel and not kind.or_all and channel is None:
        raise Invalid("channel", f"{what} is about one channel; name it")
    if not kind.of_channel and channel is not None:
        raise Invalid("channel", f"{what} is not about one channel; leave the channel out")
    if kind.of_source and source is None:
        raise Invalid("source", f"{what} is about one source of files; name it")
    if not kind.of_source and source is not None:
        raise Invalid("source", f"{what} is not about one source of files; leave the source out")


def _read(conn: Connection, schedule: int) -> Schedule:
    rows: list[tuple[Any, ...]] = conn.execute(queries.list_schedules, {"id": schedule}).fetchall()
    if not rows:
        raise NotFound("schedule", schedule)
    return Schedule(*rows[0])


def _clock(conn: Connection) -> datetime:
    rows: list[tuple[datetime]] = conn.execute(queries.clock).fetchall()
    return rows[0][0]


def _count(conn: Connection) -> int:
    rows: list[tuple[int]] = conn.execute(queries.count_schedules).fetchall()
    return rows[0][0]


def _id(conn: Connection, query: str, what: str, code: str) -> int:
    rows: list[tuple[int]] = conn.execute(query, {"code": code}).fetchall()
    if not rows:
        raise NotFound(what, code, what)
    return rows[0][0]
