"""One reader of the change stream for all clients of this process: it keeps the last changes, encoded once.

A client that falls further behind than what is kept reads pages from the database; nothing is queued for anybody."""

import asyncio
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import structlog

from truestock.availability.publishing.stream import Change, Changes, changes_since, latest
from truestock.bootstrap import Hub
from truestock.store.errors import StoreError

POLL_S = 0.1
KEPT_MOST = 5_000
PAGE = 500
log = structlog.get_logger("truestock.api")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Told:
    """A change as it is sent."""

    seq: int
    channel: str
    data: bytes


class Feed:
    """Starts when the server does; reads only while somebody listens."""

    def __init__(self, hub: Hub, stopping: asyncio.Event) -> None:
        self.listeners = 0
        self.head = 0
        self._hub = hub
        self._stopping = stopping
        self._kept: list[Told] = []
        self._from = 0
        self._moved = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the server stops."""
        return self._stopping.is_set()

    async def run(self) -> None:
        """Follow the stream until the server stops."""
        while not self.ended:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), POLL_S)
            if self.listeners and not self.ended:
                try:
                    await self._follow()
                except StoreError as error:
                    log.warning("change stream not read", error=str(error))
        self._wake()

    async def start_of(self) -> int:
        """The cursor from which on only changes to come are told."""
        return await asyncio.to_thread(self._latest)

    async def after(self, cursor: int, wait_s: float) -> list[Told]:
        """The next changes after a cursor, at most a page; empty when none came in time, or the server stops."""
        if cursor >= self.head and not self.ended:
            moved = self._moved
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), wait_s)
        if self.ended or cursor >= self.head:
            return []
        if cursor >= self._from:
            at = bisect_right(self._kept, cursor, key=lambda told: told.seq)
            return self._kept[at : at + PAGE]
        return [_told(change) for change in (await self.page(cursor, None, PAGE)).changes]

    async def page(self, cursor: int, channel: str | None, limit: int) -> Changes:
        """A page read from the database."""
        return await asyncio.to_thread(self._page, cursor, channel, limit)

    async def _follow(self) -> None:
        if not self.head:
            self.head = self._from = await self.start_of()
            # Whoever listens already may have begun before this, and something may have happened between.
            self._wake()
        found = await self.page(self.head, None, KEPT_MOST)
        if found.changes:
            self._kept = [*self._kept, *map(_told, found.changes)][-KEPT_MOST:]
            self._from = self._kept[0].seq - 1
            self.head = found.cursor
            self._wake()

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _latest(self) -> int:
        with self._hub.db.transaction() as conn:
            return latest(conn)

    def _page(self, cursor: int, channel: str | None, limit: int) -> Changes:
        with self._hub.db.transaction() as conn:
            return changes_since(conn, cursor, channel, limit)


def _told(change: Change) -> Told:
    return Told(change.seq, change.channel, _encode(change))
