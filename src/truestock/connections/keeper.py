"""The thread in which everything runs that connected channels need, for each channel in one process at a time.

It decides nothing about a channel; it starts and stops runners as connections are made, paused and changed."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import httpx2

from truestock.connections import queries
from truestock.connections.connecting import build, client
from truestock.connections.reached import Reached, connections, set_trouble
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.abilities import Closes, Connector
from truestock.connectors.registry import UnknownKind
from truestock.store.database import Connection as Session
from truestock.store.database import Database, errors_translated
from truestock.store.errors import StoreError

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0


class Runner(Protocol):
    """Something that runs for one channel until it is stopped."""

    def wake(self) -> None:
        """There may be something to do."""
        ...

    def heard(self) -> None:
        """The channel has said something by itself."""
        ...

    def stop(self) -> None:
        """End `run` after the call under way."""
        ...

    async def run(self) -> None:
        """Do it until stopped."""
        ...


# Makes a runner for a channel; None where its connector is not able to, or there is nothing to do in its mode.
Maker = Callable[[Reached, Connector], Runner | None]


class _Run:
    """One channel's runners at work."""

    def __init__(
        self, reached: Reached, connector: Connector, runners: Sequence[Runner], http: httpx2.AsyncClient
    ) -> None:
        self.version = reached.version
        self.runners = runners
        self._connector = connector
        self.code = reached.connection.channel
        self._http = http
        self._tasks = [asyncio.create_task(runner.run()) for runner in runners]

    @property
    def broken(self) -> bool:
        """Whether one of them has ended by itself."""
        return any(task.done() for task in self._tasks)

    async def end(self) -> None:
        """After the calls under way."""
        for runner in self.runners:
            runner.stop()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, BaseException):
                log.error("a runner of channel %s failed", self.code, exc_info=ended)
        if isinstance(self._connector, Closes):
            await self._connector.close()
        await self._http.aclose()


class Keeper:
    """Start it once a process; any number of processes share the channels among them."""

    def __init__(
        self, db: Database, seal: Callable[[], Seal], makers: Sequence[Maker], look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._db = db
        self._seal = seal
        self._makers = makers
        self._look_every_s = look_every_s
        self._runs: dict[int, _Run] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look = asyncio.Event()
        self._stopping = False
        self._session: Session | None = None
        self._thread = threading.Thread(target=self._main, name="channels", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def stop(self) -> None:
        """End after the calls under way."""
        self._stopping = True
        self._from_outside(self._look.set)
        self._thread.join()

    def wake(self) -> None:
        """Something has changed that channels may have to be told: look at once."""
        self._from_outside(self._wake_all)

    def heard(self, code: str) -> None:
        """A channel has said something by itself: look at that at once."""
        self._from_outside(lambda: self._hear(code))

    def _from_outside(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(call)

    def _wake_all(self) -> None:
        for run in self._runs.values():
            for runner in run.runners:
                runner.wake()

    def _hear(self, code: str) -> None:
        for run in self._runs.values():
            if run.code == code:
                for runner in run.runners:
                    runner.heard()

    def _main(self) -> None:
        assert self._loop is not None
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await asyncio.to_thread(self._check_session)
                await self._arrange(await asyncio.to_thread(connections, self._db))
            except StoreError as fault:
                log.warning("channels are not looked after: %s", fault)
                await self._end_all()
            except Exception:
                log.exception("channels are not looked after")
                await self._end_all()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_every_s):
                    await self._look.wait()
            self._look.clear()
        await self._end_all()

    async def _arrange(self, found: list[Reached]) -> None:
        """Run exactly what is to run, each as it is connected now."""
        wanted = {reached.id: reached for reached in found if reached.runs}
        for channel, run in list(self._runs.items()):
            if channel not in wanted or run.version != wanted[channel].version or run.broken:
                await self._end(channel)
        for channel, reached in wanted.items():
            if channel not in self._runs and await asyncio.to_thread(self._own, channel):
                await self._begin(reached)

    async def _begin(self, reached: Reached) -> None:
        http = client()
        try:
            connector = build(http, self._seal(), reached)
        except (UnknownKind, SealBroken, ValueError, OSError) as fault:
            await http.aclose()
            await asyncio.to_thread(set_trouble, self._db, reached.id, str(fault))
            await asyncio.to_thread(self._disown, reached.id)
            return
        # What an earlier look found wrong is no longer: that look may have written after the mending was kept.
        await asyncio.to_thread(set_trouble, self._db, reached.id, "")
        runners = [runner for make in self._makers if (runner := make(reached, connector)) is not None]
        self._runs[reached.id] = _Run(reached, connector, runners, http)

    async def _end(self, channel: int) -> None:
        await self._runs.pop(channel).end()
        await asyncio.to_thread(self._disown, channel)

    async def _end_all(self) -> None:
        for channel in list(self._runs):
            await self._runs.pop(channel).end()
        if self._session is not None:
            # With the session go its locks, so that another process takes over.
            self._session.close()
            self._session = None

    def _own(self, channel: int) -> bool:
        if self._session is None or self._session.closed:
            self._session = self._db.connect()
        with errors_translated():
            ((mine,),) = self._session.execute(queries.try_own, {"channel": channel}).fetchall()
        return bool(mine)

    def _check_session(self) -> None:
        """With the session its locks are gone: raises, so that nobody calls a channel that another may call."""
        if self._session is not None:
            with errors_translated():
                self._session.execute("SELECT 1")

    def _disown(self, channel: int) -> None:
        if self._session is not None and not self._session.closed:
            with errors_translated():
                self._session.execute(queries.disown, {"channel": channel})
