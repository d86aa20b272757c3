"""Jobs of several stages say how each stands; jobs are cancelled before and while they run; some kinds run alone."""

import threading
import time

from tests.clocks import PATIENCE_S, until
from tests.store.jobs.conftest import Jobs
from truestock.store.jobs.kinds import Interrupted, Work
from truestock.store.jobs.queue import TRIM, Job, cancel, counts, enqueue, list_jobs, retry
from truestock.store.jobs.stages import Progress, Stage, in_order
from truestock.store.upkeep.retention import Kept, trim_all


def stages(job: Job) -> list[tuple[str, str | None, str, str]]:
    return [(stage.stage, stage.channel, stage.state, stage.said) for stage in job.stages]


def waits_for(jobs: Jobs, job: int | None, stage: str, state: str) -> Job:
    """The job once a stage has come so far."""
    return jobs.until(job, lambda job: any(one.stage == stage and one.state == state for one in job.stages))


def idle(progress: Progress) -> str:
    while True:
        progress.halt(0.05)


def test_stages_follow_one_another_and_say_what_they_did_by_channel_too(jobs: Jobs) -> None:
    went_on = threading.Event()

    def orders(progress: Progress) -> str:
        progress.tell("passed", "it is off", "web")
        progress.tell("done", "read", "market")
        progress.tell("running", "half of them")
        assert went_on.wait(PATIENCE_S)
        return f"read, for {progress.channel}"

    job = jobs.queue("market")
    with jobs.running(in_order(jobs.db, [Stage("orders", orders), Stage("push", lambda _: "sent 3")])):
        found = jobs.until(job, lambda job: len(job.stages) == 4 and job.stages[0].said != "")
        assert stages(found) == [
            ("orders", None, "running", "half of them"),
            ("orders", "market", "done", "read"),
            ("orders", "web", "passed", "it is off"),
            ("push", None, "waiting", ""),
        ]
        assert found.stages[0].began_at is not None
        assert found.stages[0].ended_at is None
        went_on.set()
        found = jobs.until(job, lambda job: job.state == "done")
    assert found.said == "orders: read, for market; push: sent 3"
    assert [stage.state for stage in found.stages] == ["done", "done", "passed", "done"]
    times = [at for stage in (found.stages[0], found.stages[3]) for at in (stage.began_at, stage.ended_at) if at]
    assert len(times) == 4
    assert times == sorted(times)


def test_a_stage_that_fails_ends_the_try_and_the_next_one_begins_anew(jobs: Jobs) -> None:
    done: list[str] = []

    def take(_: Progress) -> str:
        done.append("take")
        return ""

    def push(progress: Progress) -> str:
        if len(done) == 1:
            progress.tell("done", "sent", "web")
            raise ValueError("the shop is shut")
        return "open again"

    job = jobs.queue()
    with jobs.running(in_order(jobs.db, [Stage("take", take), Stage("push", push), Stage("after", lambda _: "")])):
        found = jobs.until(job, lambda job: job.tries == 1)
        assert found.said == "the shop is shut"
        assert [stage.state for stage in found.stages] == ["done", "failed", "done", "waiting"]
        assert found.stages[1].said == "the shop is shut"
        jobs.hurry()
        found = jobs.until(job, lambda job: job.state == "done")
    assert stages(found)[1] == ("push", None, "done", "open again")
    assert len(found.stages) == 3
    assert done == ["take", "take"]


def test_a_job_that_runs_is_cancelled_where_its_work_looks_and_is_not_tried_again(jobs: Jobs) -> None:
    job = jobs.queue()
    assert job is not None
    with jobs.running(in_order(jobs.db, [Stage("wait", idle), Stage("after", lambda _: "")])):
        waits_for(jobs, job, "wait", "running")
        assert cancel(jobs.db, job)
        found = jobs.until(job, lambda job: job.state == "cancelled")
        assert found.said == "it was cancelled before its end"
        assert [stage.state for stage in found.stages] == ["failed", "waiting"]
        assert not cancel(jobs.db, job)
        again = jobs.queue()
        waits_for(jobs, again, "wait", "running")


def test_a_job_whose_try_fails_by_itself_just_after_it_was_cancelled_is_cancelled(jobs: Jobs) -> None:
    def do(work: Work) -> str:
        assert cancel(jobs.db, work.job)
        raise ValueError("the shop is shut")

    job = jobs.queue()
    assert job is not None
    with jobs.running(do):
        found = jobs.until(job, lambda job: job.tries == 1 or job.ended_at is not None)
        found = jobs.until(job, lambda job: job.state != "running")
    assert (found.state, found.said) == ("cancelled", "the shop is shut")
    assert [row.id for row in list_jobs(jobs.db, "cancelled").rows] == [job]
    assert list_jobs(jobs.db, "failed").rows == ()
    other = jobs.queue()
    assert other is not None
    assert cancel(jobs.db, other)
    assert [(count.state, count.jobs) for count in counts(jobs.db)] == [("cancelled", 2)]
    assert not retry(jobs.db, job)


def test_a_job_that_waits_is_cancelled_and_never_done(jobs: Jobs) -> None:
    done: list[str | None] = []

    def do(work: Work) -> str:
        done.append(work.channel)
        return ""

    job = jobs.queue("web")
    assert job is not None
    assert cancel(jobs.db, job)
    assert not cancel(jobs.db, 999)
    with jobs.running(do):
        jobs.until(jobs.queue("market"), lambda job: job.state == "done")
    assert jobs.job(job).state == "cancelled"
    assert done == ["market"]


def test_work_that_ends_by_itself_after_it_was_cancelled_has_been_done(jobs: Jobs) -> None:
    begun = threading.Event()

    def do(work: Work) -> str:
        begun.set()
        until(work.stopping)
        return "all of it"

    job = jobs.queue()
    assert job is not None
    with jobs.running(do):
        assert begun.wait(PATIENCE_S)
        assert cancel(jobs.db, job)
        assert jobs.until(job, lambda job: job.state == "done").said == "all of it"


def test_a_stage_that_is_stopped_with_its_process_is_begun_anew_by_the_next_try(jobs: Jobs) -> None:
    job = jobs.queue()
    told: list[str] = []

    def wait(progress: Progress) -> str:
        try:
            return idle(progress)
        except Interrupted as stopped:
            told.append(str(stopped))
            raise

    with jobs.running(in_order(jobs.db, [Stage("wait", wait)])):
        waits_for(jobs, job, "wait", "running")
    assert told == ["it was stopped before its end"]
    assert jobs.job(job).state == "waiting"
    jobs.hurry()
    with jobs.running(in_order(jobs.db, [Stage("wait", lambda _: "done after all")])):
        assert jobs.until(job, lambda job: job.state == "done").said == "wait: done after all"


def test_of_a_kind_that_runs_alone_no_two_run_at_once_whatever_their_channels(jobs: Jobs) -> None:
    at_once: list[int] = []
    running = 0

    def do(_: Work) -> str:
        nonlocal running
        running += 1
        at_once.append(running)
        time.sleep(0.3)
        running -= 1
        return ""

    with jobs.db.transaction() as conn:
        queued = [enqueue(conn, "work", channel, alone=True) for channel in (None, "web", "market")]
        assert enqueue(conn, "work", "web", alone=True) is None
    with jobs.running(do), jobs.running(do):
        for job in queued:
            jobs.until(job, lambda job: job.state == "done")
    assert at_once == [1, 1, 1]


def test_what_is_said_of_stages_is_deleted_with_their_jobs(jobs: Jobs) -> None:
    with jobs.running(in_order(jobs.db, [Stage("one", lambda _: "")])):
        jobs.until(jobs.queue(), lambda job: job.state == "done")
    with jobs.db.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM job_stage").fetchone() == (1,)
        conn.execute("UPDATE truestock_jobs.procrastinate_events SET at = at - interval '31 days'")
    assert trim_all(jobs.db, [Kept(TRIM, 30)]) == {"ended jobs": 1}
    with jobs.db.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM job_stage").fetchone() == (0,)
