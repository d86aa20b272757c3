"""A runner of jobs that a test makes up, and waiting for what becomes of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.clocks import until
from truestock.store.database import Database
from truestock.store.jobs import queue
from truestock.store.jobs.kinds import JobKind, Work, kinds_of
from truestock.store.jobs.queue import Job
from truestock.store.jobs.runner import Runner

Do = Callable[[Work], str]


class Jobs:
    """Queues jobs of the kind `work` and waits for them."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def queue(self, channel: str | None = None) -> int | None:
        """Queue one in a transaction of its own."""
        with self.db.transaction() as conn:
            return queue.enqueue(conn, "work", channel)

    def job(self, job: int | None) -> Job:
        """How one stands."""
        assert job is not None
        found = queue.read_job(self.db, job)
        assert found is not None
        return found

    def until(self, job: int | None, reached: Callable[[Job], bool]) -> Job:
        """The job once it has come so far."""
        return until(lambda: self.job(job), reached)

    def hurry(self) -> None:
        """What waits for its next try is due now."""
        with self.db.transaction() as conn:
            conn.execute("SET LOCAL search_path = truestock_jobs")
            conn.execute("UPDATE truestock_jobs.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")

    @contextmanager
    def running(
        self, do: Do, *, silence_s: float = 40.0, each_look: Callable[[], object] = lambda: None
    ) -> Iterator[Runner]:
        """A runner at work, as one process has it."""
        kinds = kinds_of(JobKind("work", "does what the test says", False, do))
        runner = Runner(self.db, kinds, each_look, silence_s=silence_s)
        with ExitStack() as stack:
            runner.start()
            stack.callback(runner.stop)
            yield runner


@pytest.fixture
def jobs(db: Database) -> Jobs:
    """Jobs on a fresh database."""
    return Jobs(db)
