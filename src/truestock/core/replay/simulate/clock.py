"""Simulated time: what is due happens in order of time, and of asking where times are equal."""

from collections.abc import Callable
from heapq import heappop, heappush
from math import floor, inf, log
from typing import Any

from truestock.core.replay.chance import Chance

NEVER = inf


class Clock:
    """`now` in seconds from the start; `at` asks for a call, `run_to` makes those that are due."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._asked = 0

    def at(self, when: float, call: Callable[..., None], *given: Any) -> None:
        """Call then; what lies behind us is due now."""
        self._asked += 1
        heappush(self._due, (max(when, self.now), self._asked, call, given))

    def run_to(self, when: float) -> None:
        """Make every call due up to and at an instant, also those that they ask for, and stand there."""
        due = self._due
        while due and due[0][0] <= when:
            self.now, _, call, given = heappop(due)
            call(*given)
        if when > self.now:
            self.now = when


def next_slot(now: float, every: float, offset: float = 0.0) -> float:
    """The first instant after `now` that is a whole number of periods from the offset; with no period, at once."""
    return now if not every else (floor((now - offset) / every) + 1) * every + offset


def lag(mean: float, chance: Chance) -> float:
    """Seconds drawn from the exponential distribution of a mean."""
    return -mean * log(1.0 - chance())
