"""The thread of a server that looks at what may not be well, and says that the server runs."""

import logging
import threading
from contextlib import suppress
from time import monotonic
from typing import Final

from truestock.catalog.rules import RuleBook
from truestock.reconciliation.alerts import queries
from truestock.reconciliation.alerts.looking.look import Looked, Looker
from truestock.store.database import Database
from truestock.store.errors import Busy, StoreError

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 0.25
BEAT_EVERY_S: Final = 5.0
AFTER_FAULT_S: Final = 1.0


class Watcher:
    """Start it once a process; any number may run one. `name` is the server's, the same after a restart."""

    def __init__(self, db: Database, rules: RuleBook, name: str, every_s: float = LOOK_EVERY_S) -> None:
        self.last = Looked()
        self._db = db
        self._name = name
        self._every_s = every_s
        self._looker = Looker(db, rules)
        self._wake = threading.Event()
        self._stopping = False
        self._starts = True
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look under way: a server that was stopped is not silent."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        with suppress(StoreError), self._db.transaction() as conn:
            conn.execute(queries.end_beat, {"name": self._name})

    def _run(self) -> None:
        beat_at = 0.0
        while not self._stopping:
            wait_s = self._every_s
            try:
                if monotonic() >= beat_at:
                    beat_at = monotonic() + BEAT_EVERY_S
                    self._beat()
                self.last = self._looker.look()
                wait_s = 0.0 if self.last.more else self._every_s
            except Busy:
                log.debug("others hold what alerts are about")
            except StoreError as fault:
                log.warning("alerts are not looked for: %s", fault)
                wait_s = AFTER_FAULT_S
            except Exception:
                log.exception("alerts are not looked for")
                wait_s = AFTER_FAULT_S
            if wait_s:
                self._wake.wait(wait_s)
                self._wake.clear()

    def _beat(self) -> None:
        with self._db.transaction() as conn:
            conn.execute(queries.beat, {"name": self._name, "starts": self._starts}, prepare=True)
        self._starts = False
