"""The thread of a server that keeps the change stream current: publishes, voids the holds of idle items, trims."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from truestock.availability.publishing.expire import expire_once
from truestock.availability.publishing.publish import Published, publish_once
from truestock.availability.publishing.stream import trim_stream
from truestock.catalog.rules import RuleBook
from truestock.ledger.desk import Desk
from truestock.store.database import Database, errors_translated
from truestock.store.errors import Busy, StoreError

log = logging.getLogger(__name__)
KEPT = timedelta(days=7)
EXPIRE_EVERY_S = 1.0
TRIM_EVERY_S = 300.0
AFTER_FAULT_S = 1.0


class Publisher:
    """Any number of processes may run one; the lane's lock lets one at a time write."""

    def __init__(self, db: Database, rules: RuleBook, every_s: float = 0.1, limit: int = 1_000) -> None:
        self.last = Published(0, 0.0)
        self._db = db
        self._rules = rules
        self._every_s = every_s
        self._limit = limit
        self._wake = threading.Event()
        self._stopping = False
        self._desk: Desk | None = None
        self._listeners: list[Callable[[Published], None]] = []
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the transaction under way."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Look at once instead of at the next turn."""
        self._wake.set()

    def on_change(self, listener: Callable[[Published], None]) -> None:
        """Call `listener`, in the publisher's thread, whenever listings have changed."""
        self._listeners.append(listener)

    def _run(self) -> None:
        expire_at = trim_at = 0.0
        while not self._stopping:
            wait_s = self._every_s
            try:
                if time.monotonic() >= expire_at:
                    expire_at = time.monotonic() + EXPIRE_EVERY_S
                    self._expire()
                if time.monotonic() >= trim_at:
                    trim_at = time.monotonic() + TRIM_EVERY_S
                    trim_stream(self._db, datetime.now(UTC) - KEPT)
                wait_s = self._publish()
            except Busy:
                log.debug("others hold what is to be published")
            except StoreError as fault:
                log.warning("publishing failed and is tried again: %s", fault)
                wait_s = AFTER_FAULT_S
            if wait_s:
                self._wake.wait(wait_s)
                self._wake.clear()
        self._drop_desk()

    def _publish(self) -> float:
        self.last = publish_once(self._db, self._rules, self._limit)
        if self.last.count:
            for listener in self._listeners:
                listener(self.last)
        return 0.0 if self.last.more else self._every_s

    def _expire(self) -> None:
        if self._desk is None:
            self._desk = Desk(self._db.connect(), self._rules)
        try:
            with errors_translated():
                while expire_once(self._desk) and not self._stopping:
                    pass
        except BaseException:
            self._drop_desk()
            raise

    def _drop_desk(self) -> None:
        """A connection of unknown state is closed, not mended."""
        if self._desk is not None:
            self._desk.conn.close()
            self._desk = None
