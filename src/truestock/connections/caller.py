"""Calls of one channel's connector within a budget of points, and what is remembered when nothing comes back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import random
from time import monotonic
from typing import TypeVar

from truestock.connections.outside.breaker import Breaker
from truestock.connections.outside.budget import Bucket
from truestock.connections.reached import set_trouble
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle
from truestock.connectors.contract.traits import Budget
from truestock.connectors.contract.veil import veiled
from truestock.store.database import Database

log = logging.getLogger(__name__)
T = TypeVar("T")
FAULTY = "the connector failed; the log says how"


class NoAnswer(Exception):
    """A call had no effect; `again_s` is how long the channel wants to be left alone, if it says."""

    def __init__(self, reason: str, again_s: float = 0.0) -> None:
        super().__init__(reason)
        self.again_s = again_s


class Caller:
    """One a channel and kind of call; a channel that does not answer is called ever less often, and says why."""

    def __init__(self, db: Database, channel: int, code: str, budget: Budget) -> None:
        self._db = db
        self._channel = channel
        self._code = code
        self._bucket = Bucket(budget, monotonic())
        self._breaker = Breaker()

    def wait(self) -> float:
        """Seconds until the next call may be made."""
        now = monotonic()
        return max(self._breaker.wait(now), self._bucket.wait(now))

    def affordable(self, lines: int) -> int:
        """How many of so many lines a call can carry now."""
        return self._bucket.affordable(lines, monotonic())

    def told(self, throttle: Throttle, points: float = 0.0) -> None:
        """What an answer said of the channel's limits, and what it cost beyond its call."""
        now = monotonic()
        self._bucket.spend(points, now)
        self._bucket.told(throttle, now)

    async def ask(self, call: Callable[[], Awaitable[T]], lines: int = 1) -> T:
        """The answer of a call with so many lines. Raises NoAnswer, and InDoubt when it may have had its effect."""
        self._bucket.take(lines, monotonic())
        try:
            answer = await call()
        except ChannelDown as down:
            self._bucket.told(down.throttle, monotonic())
            if not down.throttle.retry_after_s:
                await self._failed(str(down))
            raise NoAnswer(veiled(str(down)), down.throttle.retry_after_s) from down
        except InDoubt as doubt:
            await self._failed(str(doubt))
            raise
        except Exception as fault:
            log.exception("channel %s: the connector failed", self._code)
            await self._failed(FAULTY)
            # Nobody knows how far it came.
            raise InDoubt(FAULTY) from fault
        if self._breaker.failures:
            await asyncio.to_thread(set_trouble, self._db, self._channel, "")
        self._breaker.worked()
        return answer

    async def _failed(self, reason: str) -> None:
        self._breaker.failed(monotonic(), random())  # noqa: S311  it keeps nothing secret
        await asyncio.to_thread(set_trouble, self._db, self._channel, reason)
