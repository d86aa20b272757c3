"""Group commit: gathers the commands that wait into one transaction while the last one is in flight.

A lane is one thread with one connection. Nobody is answered before the commit; a batch that fails is halved until the
culprit stands alone; past the bound callers are told to come back.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import psycopg

from truestock.store.database import Connection, Database
from truestock.store.errors import Busy, Duplicate, Unavailable, translate

TRIES = 4


class Command(Protocol):
    """What a lane takes; its weight in lines bounds the transaction."""

    @property
    def weight(self) -> int:
        """Lines of work, at least 1."""
        ...


class Deferred:
    """In place of an answer: another process holds what the command wants; ask again in the next batch."""


DEFERRED = Deferred()
Handler = Callable[[Any, Sequence[Any], bool], list[Any]]


class _Waiting:
    __slots__ = ("command", "future", "handler", "loop", "tries")

    def __init__(
        self, handler: Handler, command: Command, loop: asyncio.AbstractEventLoop, future: "asyncio.Future[Any]"
    ) -> None:
        self.handler = handler
        self.command = command
        self.loop = loop
        self.future = future
        self.tries = 0


class Overloaded(Busy):
    """The queue is at its bound; come back in a second."""


class Lane:
    """`submit` from an event loop; one thread commits. `desk_of` makes what handlers work at from a connection."""

    def __init__(
        self,
        db: Database,
        desk_of: Callable[[Connection], Any],
        *,
        max_lines: int = 512,
        bound: int = 20_000,
        name: str = "lane",
    ) -> None:
        self.max_lines = max_lines
        self.bound = bound
        self.committed = 0
        self.batches = 0
        self._db = db
        self._waiting: deque[_Waiting] = deque()
        self._work = threading.Event()
        self._stopping = False
        self._conn: Connection | None = None
        self._desk_of = desk_of
        self._desk: Any = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Commands that wait."""
        return len(self._waiting)

    def submit(self, handler: Handler, commands: Sequence[Command]) -> "list[asyncio.Future[Any]]":
        """One future a command, resolved after its commit. Raises Overloaded past the bound."""
        if len(self._waiting) + len(commands) > self.bound:
            raise Overloaded("too many commands wait")
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Any]] = []
        for command in commands:
            future: asyncio.Future[Any] = loop.create_future()
            futures.append(future)
            self._waiting.append(_Waiting(handler, command, loop, future))
        if not self._work.is_set():
            self._work.set()
        return futures

    def close(self) -> None:
        """Commit what waits, then stop."""
        self._stopping = True
        self._work.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            if not self._waiting:
                if self._stopping:
                    break
                self._work.clear()
                if not self._waiting and not self._stopping:
                    self._work.wait()
                continue
            self._serve(self._gather())
        if self._conn is not None:
            self._conn.close()

    def _gather(self) -> list[_Waiting]:
        """The oldest command and whatever else waits for the same handler, up to the bound of lines."""
        first = self._waiting.popleft()
        batch, lines, passed = [first], first.command.weight, []
        while self._waiting and lines < self.max_lines:
            found = self._waiting.popleft()
            if found.handler is not first.handler or lines + found.command.weight > self.max_lines:
                passed.append(found)
                if len(passed) > self.max_lines:
                    break
                continue
            batch.append(found)
            lines += found.command.weight
        self._waiting.extendleft(reversed(passed))
        return batch

    def _serve(self, batch: list[_Waiting]) -> None:
        # The first time nothing waits for a lock; what was deferred then may wait for it now, for a bounded time.
        results = self._commit(batch, wait=any(w.tries for w in batch))
        answered: list[tuple[_Waiting, Any]] = []
        for waiting, result in zip(batch, results, strict=True):
            if result is DEFERRED and waiting.tries < TRIES:
                waiting.tries += 1
                self._waiting.appendleft(waiting)
            else:
                answered.append((waiting, Overloaded("others hold the items") if result is DEFERRED else result))
        self.batches += 1
        self.committed += len(answered)
        _deliver(answered)

    def _commit(self, batch: list[_Waiting], *, wait: bool) -> list[Any]:
        """The batch's results; an exception in place of a result goes to that command's caller."""
        failure: Exception = Overloaded("others hold the items")
        for _ in range(TRIES):
            try:
                return batch[0].handler(self._at_desk(), [w.command for w in batch], wait)
            except Exception as error:  # noqa: BLE001  whatever it is, its callers must hear of it
                self._reset()
                failure = translate(error) if isinstance(error, psycopg.Error) else error
            wait = True
            if isinstance(failure, Unavailable):
                self._drop()
                return [failure] * len(batch)
            # A race with another process: what it wrote is there to be read the next time.
            if not isinstance(failure, Busy | Duplicate):
                break
        if len(batch) == 1 or isinstance(failure, Busy):
            return [failure] * len(batch)
        half = len(batch) // 2
        return self._commit(batch[:half], wait=True) + self._commit(batch[half:], wait=True)

    def _at_desk(self) -> Any:
        if self._conn is None or self._conn.closed:
            self._conn = self._db.connect()
            # Every statement of a lane is by key; plans made while tables are empty must not scan.
            self._conn.execute("SET enable_seqscan = off")
            self._conn.execute("SET enable_hashjoin = off")
            self._conn.execute("SET enable_mergejoin = off")
            # Arrays make every custom plan look cheaper than the generic one, so that each call would be planned anew.
            self._conn.execute("SET plan_cache_mode = force_generic_plan")
            self._desk = self._desk_of(self._conn)
        return self._desk

    def _reset(self) -> None:
        if self._conn is not None and not self._conn.closed:
            try:
                self._conn.rollback()
            except psycopg.Error:
                self._drop()

    def _drop(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def _deliver(answered: list[tuple[_Waiting, Any]]) -> None:
    """Wake each loop once with all of its answers."""
    loops = {waiting.loop for waiting, _ in answered}
    for loop in loops:
        mine = answered if len(loops) == 1 else [(w, result) for w, result in answered if w.loop is loop]
        # A loop that was closed meanwhile has nobody left to be told.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(answered: list[tuple[_Waiting, Any]]) -> None:
    for waiting, result in answered:
        if waiting.future.done():
            continue
        if isinstance(result, Exception):
            waiting.future.set_exception(result)
        else:
            waiting.future.set_result(result)
