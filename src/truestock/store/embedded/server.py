"""Keeps one embedded server running for all truestock processes on a data directory.

Whoever comes first starts it, others attach, and the last to leave stops it. Each process holds a shared file lock
while it uses the server; the system drops that lock even when the process is killed, so no count can go stale.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from truestock.store.embedded.binaries import Binaries
from truestock.store.embedded.cluster import Cluster, ServerFailed, alive, stop

log = logging.getLogger(__name__)
WATCH_EVERY_S = 0.2
BACKOFF_MAX_S = 30.0
DATABASE = "truestock"


class EmbeddedServer:
    """A running server on `home/postgres`; use as a context manager, or `start` and `stop`."""

    def __init__(
        self,
        home: Path,
        binaries: Binaries | None = None,
        extra: dict[str, str] | None = None,
        say: Callable[[str], None] = log.info,
    ) -> None:
        self.cluster = Cluster(home, binaries or Binaries.from_wheel(), extra or {}, say)
        self._say = say
        self._running: int | None = None
        self._users = -1
        self._leaving = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="postgres-watch", daemon=True)

    @property
    def url(self) -> str:
        """How to connect to truestock's database; the same after every restart."""
        return self.cluster.url(DATABASE)

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self.cluster.pid()

    def start(self) -> Self:
        """Make, start or join the server, and watch it from now on."""
        self._users = os.open(self.cluster.home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        with self._turn():
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self.cluster.make()
                self._run()
                self.cluster.create_database(DATABASE)
            except BaseException:
                self._leave()
                raise
        self._watcher.start()
        return self

    def stop(self) -> None:
        """Leave; the server stops if nobody else uses it."""
        self._leaving.set()
        if self._watcher.is_alive():
            self._watcher.join()
        if self._users >= 0:
            with self._turn():
                self._leave()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One process at a time starts or stops the server."""
        turn = os.open(self.cluster.home / "turn.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield
        finally:
            os.close(turn)

    def _run(self) -> None:
        pid = self.cluster.pid()
        if pid is not None and self.cluster.answers():
            if self._running != pid:
                self._say(f"Joined the PostgreSQL that already runs on {self.cluster.data}")
            self._running = pid
        else:
            self._running = self.cluster.start()

    def _leave(self) -> None:
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            if self._running is not None:
                stop(self._running)
        os.close(self._users)
        self._users = -1

    def _watch(self) -> None:
        """Start the server again when it has died, more patiently each time that fails."""
        pause = WATCH_EVERY_S
        while not self._leaving.wait(pause):
            if self._running is not None and alive(self._running):
                pause = WATCH_EVERY_S
                continue
            log.warning("PostgreSQL has stopped; starting it again")
            try:
                with self._turn():
                    self._run()
            except (ServerFailed, OSError) as error:
                pause = min(2 * pause, BACKOFF_MAX_S)
                log.error("PostgreSQL did not come back, next try in %.1f s: %s", pause, error)  # noqa: TRY400  the trace says nothing more
