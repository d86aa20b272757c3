"""Group commit: gathers the commands that wait into one transaction while the last one is in flight.

A lane is one thread with one connection, and a second one for what it sends ahead. Nobody is answered before the
commit; a batch that fails is halved until the culprit stands alone; past the bound callers are told to come back.
"""

import asyncio
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from truestock.store.database import Connection, Database
from truestock.store.errors import Busy, Duplicate, StoreError, Unavailable, translate
from truestock.store.lane.flights import Flights
from truestock.store.lane.protocols import DEFERRED, Ahead, Command, Handler, Overloaded
from truestock.store.lane.wake import Wake

log = logging.getLogger(__name__)
TRIES = 4
# Fewer are not split for the sake of sending some ahead: a transaction has a price of its own, about that of 64 orders.
SHARE_MIN = 64
NEVER = sys.maxsize
SIZES = 11
SESSION = (
    # Every statement of a lane is by key; plans made while tables are empty must not scan.
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    # Arrays make every custom plan look cheaper than the generic one, so that each call would be planned anew.
    "SET plan_cache_mode = force_generic_plan",
)


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


class Lane:
    """`submit` from an event loop; one thread commits. `desk_of` makes what handlers work at from a connection.

    `ahead` gives, for some handlers, how their batches are decided and sent while the last one is still written."""

    def __init__(
        self,
        db: Database,
        desk_of: Callable[[Connection], Any],
        *,
        ahead: Mapping[Handler, Ahead] | None = None,
        max_lines: int = 512,
        bound: int = 20_000,
        name: str = "lane",
    ) -> None:
        self.max_lines = max_lines
        self.bound = bound
        self.committed = 0
        # Transactions by size: at most 1, 2, 4, 8 ... commands.
        self.sizes = [0] * SIZES
        self._db = db
        self._waiting: deque[_Waiting] = deque()
        self._wake = Wake()
        self._wake_at = NEVER
        self._stopping = False
        self._conn: Connection | None = None
        self._desk_of = desk_of
        self._desk: Any = None
        self._meanwhile: Callable[[Any], bool] | None = None
        self.flights: Flights[_Waiting] = Flights(ahead or {}, self._connect)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def thread_id(self) -> int:
        """The system's id of its thread."""
        assert self._thread.native_id is not None, "it was started with the lane"
        return self._thread.native_id

    @property
    def batches(self) -> int:
        """Transactions so far."""
        return sum(self.sizes)

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
        if len(self._waiting) >= self._wake_at:
            self._wake_at = NEVER
            self._wake.call()
        return futures

    def meanwhile(self, work: Callable[[Any], bool]) -> None:
        """Whenever nothing waits, do a piece of work at the desk, piece after piece as long as it answers that there is
        more; pieces are short, for a command waits for the end of one."""
        self._meanwhile = work
        self._wake.call()

    def close(self) -> None:
        """Commit what waits, then stop."""
        self._stopping = True
        self._wake.call()
        self._thread.join()
        self._wake.close()

    def _run(self) -> None:
        while True:
            wanted = self.flights.room_from
            if wanted is not None and len(self._waiting) >= wanted:
                self._depart(self._gather())
            elif self.flights:
                self._await_landing(wanted)
            elif self._stopping:
                break
            else:
                self._wake_at = 1
                if not self._waiting and not self._did_a_piece() and not self._stopping:
                    self._wake.wait()
        self._drop()

    def _did_a_piece(self) -> bool:
        """Of what is done while nothing waits; whether there is more of it."""
        if self._meanwhile is None:
            return False
        try:
            return self._meanwhile(self._at_desk())
        except Exception as error:  # noqa: BLE001  nobody asked for it, and commands must go on
            log.warning("what a lane does while nothing waits failed: %s", error)
            self._reset()
            return False

    def _await_landing(self, wanted: int | None) -> None:
        """Land the oldest flight, unless before that enough commands wait for another one."""
        try:
            self._wake_at = NEVER if wanted is None else wanted
            if wanted is not None and len(self._waiting) >= wanted:
                return
            if self.flights.wait(self._wake.fileno()):
                self._land()
            else:
                self._wake.clear()
        except Exception as error:  # noqa: BLE001  whatever it is, its callers must hear of it
            self._lose(error)

    def _gather(self) -> list[_Waiting]:
        """The oldest command and whatever else waits for the same handler, up to the bound of lines.

        What can be sent ahead takes turns: half is on its way while the other half is decided."""
        first = self._waiting.popleft()
        most = self.max_lines
        if self.flights.takes(first.handler):
            most = max(SHARE_MIN, (len(self._waiting) + self.flights.commands) // 2 + 1)
        batch, lines, passed = [first], first.command.weight, []
        while self._waiting and lines < self.max_lines and len(batch) < most:
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

    def _depart(self, batch: list[_Waiting]) -> None:
        """Send a batch ahead; what cannot be is served once nothing is in the air."""
        with suppress(StoreError):
            if self.flights.take_off(self._at_desk(), batch):
                return
        try:
            while self.flights:
                self._land()
        except Exception as error:  # noqa: BLE001  whatever it is, its callers must hear of it
            self._lose(error)
        self._serve(batch)

    def _land(self) -> None:
        """Answer the oldest flight. One that did not hold takes those behind it down, and all are served anew."""
        again: list[list[_Waiting]] = []
        try:
            while self.flights:
                batch, answers = self.flights.land()
                if answers is None:
                    again.append(batch)
                else:
                    self._answer([*zip(batch, answers, strict=True)])
                if not again:
                    return
            self.flights.recover()
        finally:
            for batch in again:
                self._serve(batch)

    def _lose(self, error: Exception) -> None:
        """What became of what is in the air is unknown: it is for its callers to ask again."""
        lost = self.flights.lose()
        self._drop()
        _deliver([(waiting, error) for waiting in lost])

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
        self._answer(answered)

    def _answer(self, answered: list[tuple[_Waiting, Any]]) -> None:
        self.committed += len(answered)
        self.sizes[min((len(answered) - 1).bit_length() if answered else 0, SIZES - 1)] += 1
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
            self._conn = self._connect()
            self._desk = self._desk_of(self._conn)
        return self._desk

    def _connect(self) -> Connection:
        conn = self._db.connect()
        for setting in SESSION:
            conn.execute(setting)
        return conn

    def _reset(self) -> None:
        if self._conn is not None and not self._conn.closed:
            try:
                self._conn.rollback()
            except psycopg.Error:
                self._drop()

    def _drop(self) -> None:
        """Close the connections; the next batch gets new ones, and a desk that remembers nothing."""
        self.flights.close()
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
