"""Calls of one channel's connector within a budget of points, and what is remembered when nothing comes back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from truestock.connections.clock import CLOCK, Clock, by_chance
from truestock.connections.outside.breaker import Breaker
from truestock.connections.outside.budget import Bucket
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle
from truestock.connectors.contract.traits import Budget
from truestock.connectors.contract.veil import veiled

log = logging.getLogger(__name__)
T = TypeVar("T")
# Is told why nothing comes back, in a thread of its own; an empty text when it does again.
Tell = Callable[[str], None]
FAULTY = "the connector failed; the log says how"


class NoAnswer(Exception):
    """A call had no effect; `again_s` is how long the channel wants to be left alone, if it says."""

    def __init__(self, reason: str, again_s: float = 0.0) -> None:
        super().__init__(reason)
        self.again_s = again_s


class Caller:
    """One a channel and kind of call; a channel that does not answer is called ever less often, and `tell` is told.

    `what` it calls for, for the log."""

    def __init__(self, what: str, budget: Budget, tell: Tell | None = None, clock: Clock = CLOCK) -> None:
        self._what = what
        self._tell = tell
        self._clock = clock
        self._bucket = Bucket(budget, clock.steady())
        self._breaker = Breaker()

    def wait(self) -> float:
        """Seconds until the next call may be made."""
        now = self._clock.steady()
        return max(self._breaker.wait(now), self._bucket.wait(now))

    def affordable(self, lines: int) -> int:
        """How many of so many lines a call can carry now."""
        return self._bucket.affordable(lines, self._clock.steady())

    def told(self, throttle: Throttle, points: float = 0.0) -> None:
        """What an answer said of the channel's limits, and what it cost beyond its call."""
        now = self._clock.steady()
        self._bucket.spend(points, now)
        self._bucket.told(throttle, now)

    async def ask(self, call: Callable[[], Awaitable[T]], lines: int = 1) -> T:
        """The answer of a call with so many lines. Raises NoAnswer, and InDoubt when it may have had its effect."""
        self._bucket.take(lines, self._clock.steady())
        try:
            answer = await call()
        except ChannelDown as down:
            self._bucket.told(down.throttle, self._clock.steady())
            if not down.throttle.retry_after_s:
                await self._failed(str(down))
            raise NoAnswer(veiled(str(down)), down.throttle.retry_after_s) from down
        except InDoubt as doubt:
            await self._failed(str(doubt))
            raise
        except Exception as fault:
            log.exception("%s: the connector failed", self._what)
            await self._failed(FAULTY)
            # Nobody knows how far it came.
            raise InDoubt(FAULTY) from fault
        if self._breaker.failures:
            await self._say("")
        self._breaker.worked()
        return answer

    async def _failed(self, reason: str) -> None:
        self._breaker.failed(self._clock.steady(), by_chance())
        await self._say(reason)

    async def _say(self, reason: str) -> None:
        if self._tell is not None:
            await asyncio.to_thread(self._tell, reason)
