"""How often a channel may be called: a bucket of points that obeys what the channel says of itself. Pure.

Times are seconds of any steady clock."""

from truestock.connectors.contract.answers import Throttle
from truestock.connectors.contract.traits import Budget


class Bucket:
    """Holds the budget's points; empty, it says how long until a call can be paid for."""

    def __init__(self, budget: Budget, now: float) -> None:
        self._budget = budget
        self._burst = budget.burst
        self._per_s = budget.per_s
        self._points = budget.burst
        self._at = now
        self._not_before = now

    def cost(self, lines: int) -> float:
        """Points of a call with so many lines."""
        return self._budget.a_call + self._budget.a_line * lines

    def affordable(self, lines: int, now: float) -> int:
        """How many of so many lines a call can carry now; 0 while not even one can be paid for."""
        if self.wait(now) > 0:
            return 0
        if not self._budget.a_line:
            return lines
        return max(1, min(lines, int((self._points - self._budget.a_call) / self._budget.a_line)))

    def wait(self, now: float) -> float:
        """Seconds until a call with one line can be paid for."""
        self._fill(now)
        # A bucket smaller than one call is full as soon as it can be.
        missing = min(self.cost(1), self._burst) - self._points
        return max(0.0, self._not_before - now, missing / self._per_s)

    def take(self, lines: int, now: float) -> None:
        """Pay for a call."""
        self._fill(now)
        self._points -= self.cost(lines)

    def spend(self, points: float, now: float) -> None:
        """Pay points that a call has cost besides."""
        self._fill(now)
        self._points -= points

    def told(self, throttle: Throttle, now: float) -> None:
        """Believe the channel: what it has left, holds and gains, and when it wants to be called again."""
        self._fill(now)
        self._burst = throttle.burst or self._burst
        self._per_s = throttle.per_s or self._per_s
        if throttle.left is not None:
            self._points = min(throttle.left, self._burst)
        if throttle.retry_after_s > 0:
            self._not_before = max(self._not_before, now + throttle.retry_after_s)

    def _fill(self, now: float) -> None:
        self._points = min(self._burst, self._points + max(0.0, now - self._at) * self._per_s)
        self._at = max(self._at, now)
