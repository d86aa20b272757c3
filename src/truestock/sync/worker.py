"""The thread that runs a pusher for every connected channel that is live, one process a channel.

It decides nothing about listings; it starts and stops pushers as connections are made, paused and changed."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress

import httpx2
import msgspec

from truestock.connectors.abilities import PushesStock
from truestock.connectors.registry import UnknownKind, kind_of
from truestock.store.database import Connection as Session
from truestock.store.database import Database, errors_translated
from truestock.store.errors import StoreError
from truestock.store.sql import load
from truestock.sync.connections import Reached, connections, set_trouble
from truestock.sync.pusher import Pusher
from truestock.sync.secrets import Seal, SealBroken

log = logging.getLogger(__name__)
queries = load(__package__)
LOOK_EVERY_S = 1.0
TIMEOUT_S = 20.0


def build(client: httpx2.AsyncClient, seal: Seal, reached: Reached) -> PushesStock:
    """The connector of a connection. Raises UnknownKind, SealBroken, and ValueError for settings that are none."""
    kind = kind_of(reached.connection.connector)
    settings = msgspec.convert(reached.connection.settings, kind.settings)
    return kind.build(client, settings, seal.open(reached.id, reached.sealed))


class _Run:
    """A pusher at work."""

    def __init__(self, reached: Reached, pusher: Pusher, client: httpx2.AsyncClient) -> None:
        self.version = reached.version
        self.pusher = pusher
        self.client = client
        self.task = asyncio.create_task(pusher.run())

    async def end(self) -> None:
        """After the call under way."""
        self.pusher.stop()
        try:
            await self.task
        except Exception:
            log.exception("the pusher of channel %s failed", self.pusher.code)
        await self.client.aclose()


class Worker:
    """Start it once a process; any number of processes share the channels among them."""

    def __init__(self, db: Database, seal: Callable[[], Seal], look_every_s: float = LOOK_EVERY_S) -> None:
        self._db = db
        self._seal = seal
        self._look_every_s = look_every_s
        self._runs: dict[int, _Run] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look = asyncio.Event()
        self._stopping = False
        self._session: Session | None = None
        self._thread = threading.Thread(target=self._main, name="sync", daemon=True)

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
        """Listings have changed: look at once."""
        self._from_outside(self._wake_all)

    def _from_outside(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(call)

    def _wake_all(self) -> None:
        for run in self._runs.values():
            run.pusher.wake()

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
            if channel not in wanted or run.version != wanted[channel].version or run.task.done():
                await self._end(channel)
        for channel, reached in wanted.items():
            if channel not in self._runs and await asyncio.to_thread(self._own, channel):
                await self._begin(reached)

    async def _begin(self, reached: Reached) -> None:
        client = httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)
        try:
            connector = build(client, self._seal(), reached)
        except (UnknownKind, SealBroken, ValueError, OSError) as fault:
            await client.aclose()
            await asyncio.to_thread(set_trouble, self._db, reached.id, str(fault))
            await asyncio.to_thread(self._disown, reached.id)
            return
        # What an earlier look found wrong is no longer: that look may have written after the mending was kept.
        await asyncio.to_thread(set_trouble, self._db, reached.id, "")
        self._runs[reached.id] = _Run(
            reached, Pusher(self._db, reached.id, reached.connection.channel, connector), client
        )

    async def _end(self, channel: int) -> None:
        run = self._runs.pop(channel)
        await run.end()
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
