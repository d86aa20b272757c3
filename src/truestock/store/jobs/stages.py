"""Jobs that do several things in order: how each of them stands is written down while it is done."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

import msgspec

from truestock.store.arrays import texts
from truestock.store.database import Database
from truestock.store.jobs.kinds import Interrupted, Work
from truestock.store.sql import load

queries = load(__package__)
State = Literal["waiting", "running", "done", "passed", "failed"]
WHOLE: Final = ""
SAID_MAX: Final = 500
STOP_LOOK_S: Final = 0.1


class StageReport(msgspec.Struct, frozen=True):
    """How a stage of a job stands, or one channel in it; `said` is how far it is, what it did, or why it did not."""

    stage: str
    channel: str | None
    state: State
    said: str
    began_at: datetime | None
    ended_at: datetime | None


class Progress:
    """A stage under way: `channel` is the one that the job is about, None for all of them. `passed`: the channels that
    this try has passed over so far."""

    def __init__(self, db: Database, work: Work, number: int, stage: str, passed: set[str]) -> None:
        self.channel = work.channel
        self.passed = passed
        self._db = db
        self._work = work
        self._number = number
        self._stage = stage

    @property
    def stopping(self) -> Callable[[], bool]:
        """Whether the work is to stop, for what can look by itself."""
        return self._work.stopping

    def tell(self, state: State, said: str, channel: str = WHOLE) -> None:
        """Write down how the stage stands, or one channel in it."""
        if state == "passed":
            self.passed.add(channel)
        with self._db.transaction() as conn:
            conn.execute(
                queries.put_stage,
                {
                    "job": self._work.job,
                    "ord": self._number,
                    "channel": channel,
                    "stage": self._stage,
                    "state": state,
                    "said": said[:SAID_MAX],
                },
            )

    def halt(self, seconds: float) -> None:
        """Wait for a moment. Raises Interrupted when the work is to stop."""
        until = time.monotonic() + seconds
        while not self._work.stopping():
            left_s = until - time.monotonic()
            if left_s <= 0:
                return
            time.sleep(min(left_s, STOP_LOOK_S))
        raise Interrupted("it was stopped before its end")


class Stage(NamedTuple):
    """`run` does it and says in one line what it did; like its job it may be done twice."""

    name: str
    run: Callable[[Progress], str]


def in_order(db: Database, stages: Sequence[Stage]) -> Callable[[Work], str]:
    """The work of a job whose stages follow one another; one that fails ends the try, and the next try begins anew."""

    def run(work: Work) -> str:
        with db.transaction() as conn:
            conn.execute(queries.forget_stages, {"job": work.job})
            conn.execute(queries.add_stages, {"job": work.job, "stages": texts(stage.name for stage in stages)})
        passed: set[str] = set()
        return "; ".join(
            f"{stage.name}: {_done(stage, Progress(db, work, number, stage.name, passed))}"
            for number, stage in enumerate(stages, 1)
        )

    return run


def _done(stage: Stage, progress: Progress) -> str:
    progress.halt(0)
    progress.tell("running", "")
    try:
        said = stage.run(progress)
    except Exception as fault:
        progress.tell("failed", str(fault) or type(fault).__name__)
        raise
    progress.tell("done", said)
    return said
