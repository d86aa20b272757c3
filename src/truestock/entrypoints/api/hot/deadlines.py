"""Deadlines of answers from the lane: one timer for all that wait, where a timer each would cost more than the wait."""

import asyncio
from collections import deque

from truestock.bootstrap import NotInTime

SWEEPS_IN_A_DEADLINE = 10


class Deadlines:
    """Fails what has waited `limit_s` seconds; a tenth of that later at most. Belongs to one event loop."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._waiting: deque[tuple[float, asyncio.Future[object]]] = deque()
        self._sweeping = False

    def watch(self, future: "asyncio.Future[object]") -> "asyncio.Future[object]":
        """The same future, which from now on ends in time."""
        loop = future.get_loop()
        self._waiting.append((loop.time() + self._limit_s, future))
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(self._limit_s / SWEEPS_IN_A_DEADLINE, self._sweep, loop)
        return future

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """All wait equally long, so that the first in the line is always the first to end."""
        now, waiting = loop.time(), self._waiting
        while waiting and (waiting[0][1].done() or waiting[0][0] <= now):
            _, future = waiting.popleft()
            if not future.done():
                future.set_exception(NotInTime("no answer in time"))
        self._sweeping = bool(waiting)
        if waiting:
            loop.call_later(self._limit_s / SWEEPS_IN_A_DEADLINE, self._sweep, loop)
