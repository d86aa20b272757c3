"""Schedules, by which jobs are queued at set times; and the jobs, as they stand."""

from typing import Annotated, Literal

import msgspec
from fastapi import Depends, Path

from truestock.core.checks import BIGINT_MAX, INT_MAX
from truestock.core.problems import Conflict, NotFound
from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import ADMIN
from truestock.entrypoints.api.routes.connections import Sent
from truestock.store.jobs import queue
from truestock.store.jobs.queue import Job
from truestock.sync.schedules import schedules
from truestock.sync.schedules.schedules import NewSchedule, Schedule

router = Router("jobs", ADMIN)
ScheduleId = Annotated[int, Path(ge=1, le=INT_MAX)]
JobId = Annotated[int, Path(ge=1, lt=BIGINT_MAX)]


class KindOfJob(msgspec.Struct, frozen=True):
    """What schedules may name; `of_channel` kinds are about one channel, which the schedule names. With `or_all` it may
    leave it out, which means all channels. `of_source` kinds are about one source of files."""

    what: str
    about: str
    of_channel: bool
    or_all: bool
    of_source: bool


class NewJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of job, and the channel or source of files that it is about."""

    what: str
    channel: str | None = None
    source: str | None = None


class Queued(msgspec.Struct, frozen=True):
    """A job that a running hub will do."""

    job: int


@router.get("/v1/schedules")
def list_schedules(hub: TheHub) -> Rows[Schedule]:
    """All of them, by what they do and for which channel or source; they come on one page."""
    return Rows(schedules.list_schedules(hub.db), None)


@router.get("/v1/schedules/kinds")
def list_kinds(hub: TheHub) -> Rows[KindOfJob]:
    """The kinds of jobs that a schedule may name."""
    kinds = hub.jobs.kinds.values()
    return Rows([KindOfJob(k.name, k.about, k.of_channel, k.or_all, k.of_source) for k in kinds], None)


@router.post("/v1/schedules", status_code=201)
def add_schedule(body: Annotated[NewSchedule, Depends(Body(NewSchedule))], hub: TheHub) -> Schedule:
    """Have a kind of job queued at set times."""
    return schedules.add_schedule(hub.db, hub.jobs.kinds, body)


@router.delete("/v1/schedules/{schedule}")
def remove_schedule(schedule: ScheduleId, hub: TheHub) -> Schedule:
    """Forget a schedule; a job that it has queued is still done."""
    return schedules.remove_schedule(hub.db, schedule)


@router.post("/v1/schedules/{schedule}/run", status_code=202)
def run_now(schedule: ScheduleId, _: Sent, hub: TheHub) -> Queued:
    """Queue a schedule's job now, besides its times."""
    return Queued(schedules.run_now(hub.db, hub.jobs.kinds, schedule))


@router.get("/v1/jobs")
def list_jobs(
    hub: TheHub, page: ThePage, state: Literal["waiting", "running", "done", "failed", "cancelled"] | None = None
) -> Rows[Job]:
    """Jobs, the newest first, of one state or of all."""
    return rows_of(queue.list_jobs(hub.db, state, int(page.after_id) if page.after_id else None, page.limit))


@router.post("/v1/jobs", status_code=202)
def run_once(body: Annotated[NewJob, Depends(Body(NewJob))], hub: TheHub) -> Queued:
    """Queue a job now, without a schedule; its stages tell how it goes."""
    return Queued(schedules.run_once(hub.db, hub.jobs.kinds, body.what, body.channel, body.source))


@router.get("/v1/jobs/{job}")
def read_job(job: JobId, hub: TheHub) -> Job:
    """One job."""
    found = queue.read_job(hub.db, job)
    if found is None:
        raise NotFound("job", job, "job")
    return found


@router.post("/v1/jobs/{job}/retry", status_code=202)
def retry(job: JobId, _: Sent, hub: TheHub) -> Job:
    """Have a failed job tried once more, now."""
    if not queue.retry(hub.db, read_job(job, hub).id):
        raise Conflict("it has not failed, or the same job waits already", "job")
    return read_job(job, hub)


@router.post("/v1/jobs/{job}/cancel", status_code=202)
def cancel(job: JobId, _: Sent, hub: TheHub) -> Job:
    """Have a job not done; one that runs ends where its work next looks, which is mostly within a second."""
    if not queue.cancel(hub.db, read_job(job, hub).id):
        raise Conflict("it has ended already", "job")
    return read_job(job, hub)
