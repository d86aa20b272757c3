"""What moves on the live page, told to all who watch: read once however many watch, and not at all when nobody does."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from truestock.entrypoints.web.board import Board, Numbers
from truestock.entrypoints.web.values import Beside, Sale, Standing
from truestock.store.errors import StoreError

log = logging.getLogger(__name__)
BEAT_S = 0.25
_BEHIND_MAX = 50  # events a slow page may be behind before it is told to read anew
_KEEP_ALIVE_S = 15.0
_ALL_EVERY_S = 2.0
_LATELY_EVERY_S = 2.0


class Live:
    """One per server."""

    def __init__(self, board: Board, beside: Beside | None = None) -> None:
        self._board = board
        self._beside = beside
        self._watchers: set[asyncio.Queue[bytes | None]] = set()
        self._known: dict[str, Numbers] = {}
        self._all_at = self._lately_at = 0.0
        self._task: asyncio.Task[None] | None = None

    async def watch(self) -> AsyncIterator[bytes]:
        """The event stream of one page, from now on."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_BEHIND_MAX)
        self._watchers.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell())
        try:
            yield b"retry: 1000\n\n" + self._moved(self._known)
            if self._beside is not None:
                yield event("history", self._beside.curve().by_name())
            while (told := await self._next(queue)) is not None:
                yield told
        finally:
            self._watchers.discard(queue)

    def close(self) -> None:
        """End every stream, so that a server can stop."""
        for queue in self._watchers:
            _put(queue, None)

    async def _next(self, queue: "asyncio.Queue[bytes | None]") -> bytes | None:
        try:
            return await asyncio.wait_for(queue.get(), _KEEP_ALIVE_S)
        except TimeoutError:
            return b": still here\n\n"

    async def _tell(self) -> None:
        while self._watchers:
            try:
                told = await asyncio.to_thread(self._changes)
                told += self._figures(self._beside) if self._beside else await asyncio.to_thread(self._plain)
            except StoreError as error:
                log.warning("the live page waits for the database: %s", error)
                told = b""
            for queue in self._watchers:
                _put(queue, told)
            await asyncio.sleep(BEAT_S)

    def _changes(self) -> bytes:
        """What is new: by the change stream, and now and then by a look at everything, for what moves no ATP."""
        if time.monotonic() >= self._all_at:
            self._all_at = time.monotonic() + _ALL_EVERY_S
            numbers = self._board.numbers(self._board.skus())
        else:
            numbers = self._board.numbers(self._board.changed() & self._known.keys())
        told = self._moved({sku: now for sku, now in numbers.items() if self._known.get(sku) != now})
        self._known |= numbers
        return told

    def _moved(self, numbers: Mapping[str, Numbers]) -> bytes:
        """Rows as (SKU, on hand, allocated, oversold by the old ways), and every cell of them."""
        if not numbers:
            return b""
        wrong = self._beside.oversold if self._beside else lambda _: {}
        rows = [(sku, now.on_hand, now.allocated, wrong(sku)) for sku, now in numbers.items()]
        cells = [(channel, sku, atp) for sku, now in numbers.items() for channel, atp in now.atp.items()]
        return event("cells", cells) + event("stock", rows)

    def _plain(self) -> bytes:
        """A hub's own figures, once in a while, and its orders at once."""
        told = b""
        if time.monotonic() >= self._lately_at:
            self._lately_at = time.monotonic() + _LATELY_EVERY_S
            found = self._board.lately()
            out = sum(atp <= 0 for numbers in self._known.values() for atp in numbers.atp.values())
            ours = {"sold": found.units, "orders": found.orders, "owed": found.owed, "out": out}
            told = event("figures", {"ours": {**ours, "rate": f"{found.orders / 60:.1f}"}})
        sales = [(f"{sale.at:%H:%M:%S}", *sale[1:]) for sale in self._board.sales()]
        return told + (event("orders", sales) if sales else b"")

    def _figures(self, beside: Beside) -> bytes:
        ours, old = beside.standing()
        clock, curve = beside.clock(), beside.curve()
        told = {
            "at": curve.at[-1] if curve.at else None,
            "ours": {**_told(ours), "clock": f"{clock:%A %H:%M}" if clock else ""},
            "old": {name: _told(standing) for name, standing in old.items()},
        }
        sales = [_shown(sale) for sale in beside.take_sales()]
        return event("figures", told) + (event("orders", sales[-40:]) if sales else b"")


def event(name: str, data: Any) -> bytes:
    """One event of a stream."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))


def _told(standing: Standing) -> dict[str, Any]:
    return {
        "sold": standing.sold,
        "orders": standing.orders,
        "oversold": standing.oversold,
        "apologies": standing.apologies,
        "lost": standing.lost,
        "rate": f"{standing.rate_per_s:.1f}",
        "stale": duration(standing.stale_p95_seconds),
    }


def duration(seconds: float) -> str:
    """A length of time in the unit a reader thinks in."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms" if seconds else "0 s"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def _shown(sale: Sale) -> tuple[str, str, str, int, int]:
    return f"{sale.at:%H:%M:%S}", sale.channel, sale.ref, sale.asked, sale.sold


def _put(queue: "asyncio.Queue[bytes | None]", told: bytes | None) -> None:
    """Hand on without waiting; whoever is too far behind starts anew."""
    if queue.full():
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                queue.get_nowait()
        queue.put_nowait(event("reload", None))
    queue.put_nowait(told)
