"""The queue as its callers see it: a job is queued in their transaction, listed, tried again, and counted."""

from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, UniqueViolation

from truestock.store.database import Connection, Database
from truestock.store.jobs.reach import faults_translated, opened
from truestock.store.jobs.stages import StageReport
from truestock.store.paging import Page, page_of
from truestock.store.sql import load
from truestock.store.upkeep.retention import Trim

queries = load(__package__)
State = Literal["waiting", "running", "done", "failed", "cancelled"]
STATUSES: Final[dict[State, list[str]]] = {
    "waiting": ["todo"],
    "running": ["doing"],
    "done": ["succeeded"],
    "failed": ["failed"],
    "cancelled": ["cancelled", "aborting", "aborted"],
}
_STATE: Final = {status: state for state, statuses in STATUSES.items() for status in statuses}
# Never opened: every call brings its own connection.
_app: Final = App(connector=SyncPsycopgConnector())


class Job(msgspec.Struct, frozen=True):
    """A job; `said` is what its last try did, or why it failed, and `next_try_at` is when a later one is due.

    `stages`: how each of the things that it does in order stands; none for a job that does one thing."""

    id: int
    kind: str
    channel: str | None
    source: str | None
    state: State
    tries: int
    queued_at: datetime | None
    next_try_at: datetime | None
    ended_at: datetime | None
    said: str
    stages: list[StageReport]


class Count(msgspec.Struct, frozen=True):
    """How many jobs of a kind are in a state."""

    kind: str
    state: State
    jobs: int


def enqueue(
    conn: Connection, kind: str, channel: str | None, source: str | None = None, *, alone: bool = False
) -> int | None:
    """Queue a job in the caller's transaction: its id, or None where the same one waits already.

    Of the same kind and channel, or source of files, one job runs at a time, `alone` one of the kind; and at most one
    waits."""
    same = f"{kind}:{channel or source or ''}"
    about = {"channel": channel} if source is None else {"channel": channel, "source": source}
    lock = f"{kind}:alone" if alone else same
    conn.execute(queries.see_jobs)
    try:
        # A savepoint, so that a job that waits already does not end the caller's transaction.
        with faults_translated(), conn.transaction():
            return _app.configure_task(kind, lock=lock, queueing_lock=same, connection=conn).defer(**about)
    except AlreadyEnqueued:
        return None


def list_jobs(db: Database, state: State | None = None, before: int | None = None, limit: int = 100) -> Page[Job]:
    """Jobs by id, the newest first, of one state or of all; `before` goes on after an earlier page."""
    statuses = list(_STATE) if state is None else STATUSES[state]
    with db.transaction() as conn:
        rows = conn.execute(queries.list_jobs, {"statuses": statuses, "before": before, "limit": limit + 1}).fetchall()
    jobs = [
        Job(
            job,
            kind,
            channel,
            source,
            _STATE[status],
            tries,
            queued,
            next_try,
            ended,
            said,
            msgspec.convert(stages, list[StageReport]),
        )
        for job, kind, channel, source, status, tries, queued, next_try, ended, said, stages in rows
    ]
    return page_of(jobs, limit, lambda job: job.id)


def read_job(db: Database, job: int) -> Job | None:
    """One job; None where there is none of this id."""
    return next((found for found in list_jobs(db, before=job + 1, limit=1).rows if found.id == job), None)


def retry(db: Database, job: int) -> bool:
    """Have a failed job tried once more, now; false where the same one waits already, or it has not failed."""
    found = read_job(db, job)
    if found is None or found.state != "failed":
        return False
    with opened(db) as app:
        try:
            app.job_manager.retry_job_by_id(job, datetime.now(UTC))
        except UniqueViolation:
            return False
    return True


def cancel(db: Database, job: int) -> bool:
    """Have a job not done; one that runs ends where its work next looks. False where it has ended already."""
    with opened(db) as app:
        return bool(app.job_manager.cancel_job_by_id(job, abort=True))


def counts(db: Database) -> list[Count]:
    """How many jobs there are by kind and state."""
    with db.transaction() as conn:
        found = conn.execute(queries.count_jobs).fetchall()
    # Several of the library's are one of ours.
    summed: dict[tuple[str, State], int] = {}
    for kind, status, jobs in found:
        summed[kind, _STATE[status]] = summed.get((kind, _STATE[status]), 0) + jobs
    return [Count(*of, jobs) for of, jobs in summed.items()]


def _trim(conn: Connection, before: datetime, _: int) -> int:
    conn.execute(queries.see_jobs)
    return conn.execute(queries.trim_jobs, {"before": before}).rowcount


TRIM: Final = Trim("ended jobs", _trim, by_part=False)
