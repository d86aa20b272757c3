"""Waits until the publisher has computed what every listing shall show after all that had changed by now."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from truestock.availability.publishing import queries
from truestock.store.database import Database
from truestock.store.jobs.stages import Progress

LOOK_EVERY_S: Final = 0.2
WITHIN_S: Final = 1800.0


def numbers_computed(db: Database, within_s: float = WITHIN_S) -> Callable[[Progress], str]:
    """The stage of a job that ends when numbers are as new as what was known when it began. It raises TimeoutError."""

    def run(progress: Progress) -> str:
        with db.transaction() as conn:
            ((at, epoch),) = conn.execute(queries.clock).fetchall()
        late_at = monotonic() + within_s
        told = -1
        while True:
            with db.transaction() as conn:
                ((left, swept),) = conn.execute(queries.behind, {"at": at, "epoch": epoch}).fetchall()
            if not left and swept:
                return "every number is as new as what was known"
            if monotonic() >= late_at:
                raise TimeoutError(f"numbers were not computed within {within_s:.0f} s; {left} changes wait")
            if left != told:
                progress.tell("running", f"changes that wait: {left}")
                told = left
            progress.halt(LOOK_EVERY_S)

    return run
