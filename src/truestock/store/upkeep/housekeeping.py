"""The thread of a server that keeps room in the ledger: coming months have their partitions before they are needed."""

import logging
import threading
from typing import Final, Self

from truestock.store.database import Database
from truestock.store.errors import StoreError
from truestock.store.partitions import ensure_partitions

log = logging.getLogger(__name__)
EVERY_S: Final = 6 * 3600.0
AFTER_FAULT_S: Final = 60.0


class Housekeeping:
    """Any number of processes may run one: a partition that is there already is left alone."""

    def __init__(self, db: Database, months_ahead: int, every_s: float = EVERY_S) -> None:
        self._db = db
        self._months_ahead = months_ahead
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = self._every_s
        while not self._stopping.wait(wait_s):
            wait_s = self._keep()

    def _keep(self) -> float:
        try:
            with self._db.transaction() as conn:
                ensure_partitions(conn, self._months_ahead)
        except StoreError as fault:
            log.warning("partitions could not be made and are tried again: %s", fault)
            return min(AFTER_FAULT_S, self._every_s)
        return self._every_s
