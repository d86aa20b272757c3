"""Jobs are queued with what they belong to, done once, tried again, shown, and never lost with a process."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.clocks import PATIENCE_S, until
from tests.store.jobs.conftest import Jobs
from truestock.store.database import Database
from truestock.store.errors import Unavailable
from truestock.store.jobs.kinds import Work
from truestock.store.jobs.queue import TRIM, Job, cancel, counts, enqueue, list_jobs, read_job, retry
from truestock.store.jobs.runner import TRIES_MAX
from truestock.store.upkeep.retention import Kept, trim_all

KILLED = """
import sys, time
from truestock.store.database import Database
from truestock.store.jobs.kinds import JobKind, kinds_of
from truestock.store.jobs.runner import Runner
def hang(work):
    print("begun", flush=True)
    time.sleep(60)
    return ""
with Database(sys.argv[1]) as db:
    Runner(db, kinds_of(JobKind("work", "", False, hang)), lambda: None, silence_s=2.0).start()
    time.sleep(60)
"""


def tried(times: int) -> Callable[[Job], bool]:
    """Whether a job has been tried so many times and waits for the next one."""
    return lambda job: job.tries == times and job.state == "waiting"


def test_a_job_is_queued_with_its_transaction_or_not_at_all(jobs: Jobs) -> None:
    with pytest.raises(ZeroDivisionError), jobs.db.transaction() as conn:
        enqueue(conn, "work", None)
        raise ZeroDivisionError
    assert list_jobs(jobs.db).rows == ()
    job = jobs.queue("web")
    found = jobs.job(job)
    assert (found.kind, found.channel, found.state, found.tries) == ("work", "web", "waiting", 0)
    assert found.queued_at is not None


def test_a_job_that_waits_already_is_not_queued_again_and_leaves_the_transaction_whole(jobs: Jobs) -> None:
    assert jobs.queue("web") is not None
    with jobs.db.transaction() as conn:
        assert enqueue(conn, "work", "web") is None
        assert enqueue(conn, "work", "market") is not None
    assert [job.channel for job in list_jobs(jobs.db).rows] == ["market", "web"]


def test_a_job_is_done_and_says_what_it_did(jobs: Jobs) -> None:
    job = jobs.queue("web")
    with jobs.running(lambda work: f"did {work.channel}"):
        found = jobs.until(job, lambda job: job.state == "done")
    assert (found.said, found.tries, found.next_try_at) == ("did web", 1, None)
    assert found.ended_at is not None


def test_a_failed_try_is_made_again_later_and_says_why(jobs: Jobs) -> None:
    shut = iter([True, False])

    def do(_: Work) -> str:
        if next(shut):
            raise ValueError("the shop is shut")
        return "open again"

    job = jobs.queue()
    with jobs.running(do):
        found = jobs.until(job, lambda job: job.tries == 1)
        assert (found.state, found.said) == ("waiting", "the shop is shut")
        assert found.next_try_at is not None
        assert found.ended_at is not None
        assert 3 < (found.next_try_at - found.ended_at).total_seconds() < 7
        jobs.hurry()
        assert jobs.until(job, lambda job: job.state == "done").said == "open again"


def test_a_job_that_keeps_failing_ends_as_failed_and_is_tried_again_when_somebody_says_so(jobs: Jobs) -> None:
    mended = threading.Event()

    def do(_: Work) -> str:
        if not mended.is_set():
            raise ValueError("no")
        return "yes"

    job = jobs.queue()
    assert not retry(jobs.db, job or 0)
    with jobs.running(do):
        for n in range(1, TRIES_MAX):
            jobs.until(job, tried(n))
            jobs.hurry()
        assert jobs.until(job, lambda job: job.state == "failed").tries == TRIES_MAX
        assert [(count.kind, count.state, count.jobs) for count in counts(jobs.db)] == [("work", "failed", 1)]
        mended.set()
        assert retry(jobs.db, job or 0)
        assert jobs.until(job, lambda job: job.state == "done").said == "yes"


def test_of_the_same_kind_and_channel_one_runs_at_a_time(jobs: Jobs) -> None:
    at_once: list[int] = []
    running = 0
    both = threading.Event()

    def do(_: Work) -> str:
        nonlocal running
        running += 1
        at_once.append(running)
        assert both.wait(PATIENCE_S)
        time.sleep(0.3)
        running -= 1
        return ""

    with jobs.running(do), jobs.running(do):
        first = jobs.queue("web")
        jobs.until(first, lambda job: job.state == "running")
        second = jobs.queue("web")
        both.set()
        jobs.until(second, lambda job: job.state == "done")
    assert at_once == [1, 1]


def test_two_processes_share_the_jobs_and_do_each_once(jobs: Jobs) -> None:
    done: list[str | None] = []

    def do(work: Work) -> str:
        done.append(work.channel)
        return ""

    queued = {channel: jobs.queue(channel) for channel in "abcdefghij"}
    with jobs.running(do), jobs.running(do):
        for job in queued.values():
            jobs.until(job, lambda job: job.state == "done")
    assert sorted(map(str, done)) == sorted(queued)


def begun_and_killed(jobs: Jobs) -> int:
    """A job whose process was killed while it was at it."""
    job = jobs.queue()
    assert job is not None
    source = Path(__file__).parents[3] / "src"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, jobs.db.url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()
    assert jobs.job(job).state == "running"
    return job


@pytest.mark.parametrize("tries", [0, TRIES_MAX - 1])
def test_a_job_that_was_cancelled_after_its_process_was_killed_is_not_done(jobs: Jobs, tries: int) -> None:
    job = begun_and_killed(jobs)
    with jobs.db.transaction() as conn:
        conn.execute("UPDATE truestock_jobs.procrastinate_jobs SET attempts = %s", [tries])
    assert cancel(jobs.db, job)
    with jobs.running(lambda _: "done after all", silence_s=2.0):
        found = jobs.until(job, lambda job: job.state != "running")
    assert (found.state, found.said) == ("cancelled", "it was cancelled before its end")
    assert not retry(jobs.db, job)


def test_a_job_whose_process_is_killed_is_done_by_another(jobs: Jobs) -> None:
    job = begun_and_killed(jobs)
    with jobs.running(lambda _: "done after all", silence_s=2.0):
        found = jobs.until(job, lambda job: job.state == "done")
    assert (found.tries, found.said) == (2, "done after all")
    with jobs.db.transaction() as conn:
        said = conn.execute("SELECT said FROM job_try ORDER BY try").fetchall()
    assert said == [("the process ended during this try",), ("done after all",)]


def test_a_runner_goes_on_when_its_connections_were_cut(jobs: Jobs) -> None:
    with jobs.running(lambda _: "well"):
        jobs.until(jobs.queue("before"), lambda job: job.state == "done")
        with jobs.db.connect() as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with suppress(Unavailable):  # whatever of our own was cut as well
            jobs.job(1)
        assert jobs.until(jobs.queue("after"), lambda job: job.state == "done").said == "well"


def test_work_is_told_when_the_process_ends(jobs: Jobs) -> None:
    begun = threading.Event()
    told = threading.Event()

    def do(work: Work) -> str:
        begun.set()
        until(work.stopping)
        told.set()
        return ""

    jobs.queue()
    with jobs.running(do) as runner:
        assert begun.wait(PATIENCE_S)
        runner.stop()
        assert told.is_set()


def test_what_is_looked_for_besides_is_looked_for_again_after_a_fault(jobs: Jobs) -> None:
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        with jobs.db.transaction() as conn:
            conn.execute("SELECT 1 / (%s - 1)", [len(looks)])

    with jobs.running(lambda _: "", each_look=look):
        until(lambda: len(looks) >= 3)


def test_jobs_come_in_pages_and_by_state(jobs: Jobs) -> None:
    ids = [jobs.queue(channel) for channel in "abc"]
    first = list_jobs(jobs.db, limit=2)
    assert [job.id for job in first.rows] == [ids[2], ids[1]]
    assert first.next is not None
    second = list_jobs(jobs.db, before=int(first.next), limit=2)
    assert ([job.id for job in second.rows], second.next) == ([ids[0]], None)
    assert len(list_jobs(jobs.db, "waiting").rows) == 3
    assert list_jobs(jobs.db, "failed").rows == ()
    assert read_job(jobs.db, 999) is None


def test_jobs_that_ended_long_ago_are_deleted_with_their_tries_and_others_stay(jobs: Jobs, db: Database) -> None:
    kept = [Kept(TRIM, 30)]
    with jobs.running(lambda _: ""):
        done = jobs.queue("done")
        jobs.until(done, lambda job: job.state == "done")
    waiting = jobs.queue("waiting")
    assert trim_all(db, kept) == {"ended jobs": 0}
    with db.transaction() as conn:
        conn.execute("UPDATE truestock_jobs.procrastinate_events SET at = at - interval '31 days'")
    assert trim_all(db, kept) == {"ended jobs": 1}
    assert [job.id for job in list_jobs(db).rows] == [waiting]
    with db.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM job_try").fetchone() == (0,)
