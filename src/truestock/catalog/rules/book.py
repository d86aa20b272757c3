"""The process's rule book: which snapshot of the rules decisions read, and when it is replaced.

It leaves to its callers when to ask: a decision compares epochs in its own transaction.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TypeVar

from truestock.catalog.rules.snapshot import RulesChanged, Snapshot, epoch_of, read_snapshot, reading
from truestock.store.database import Database
from truestock.store.errors import Busy

TRIES = 5
T = TypeVar("T")


class RuleBook:
    """One per process; all threads share its snapshot."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The last known snapshot; only the first call reads the database."""
        return self._snapshot or self.refresh()

    def refresh(self) -> Snapshot:
        """The snapshot of the database's present epoch: the one at hand, or a new and empty one."""
        with self._lock:
            if self._snapshot is None or self._epoch() != self._snapshot.epoch:
                self._snapshot = read_snapshot(self._db)
            return self._snapshot

    def read(self, work: Callable[[Snapshot], T]) -> T:
        """What `work` makes of a snapshot, done anew on a fresh one while the rules change under it.

        Raises Busy when they change every time."""
        snapshot = self.snapshot()
        for _ in range(TRIES):
            try:
                return work(snapshot)
            except RulesChanged:
                snapshot = self.refresh()
        raise Busy("the rules keep changing")

    def _epoch(self) -> int:
        with reading(self._db) as conn:
            return epoch_of(conn)


def as_of(db: Database, instant: datetime) -> Snapshot:
    """The rules as they stood recorded at a past instant; traits of items and locations are those of now."""
    return read_snapshot(db, instant)
