"""Leaves a channel alone that does not answer, and tries it with one call now and then. Pure.

Times are seconds of any steady clock."""

FAILURES = 3
FIRST_S = 5.0
# A channel that is back is found, and its backlog sent, within a minute.
MOST_S = 30.0


class Breaker:
    """Open after some failures in a row: no calls for a while, then one; each further failure doubles the while."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    @property
    def failures(self) -> int:
        """Calls in a row that did not come through."""
        return self._failures

    def wait(self, now: float) -> float:
        """Seconds for which the channel is left alone."""
        return max(0.0, self._until - now)

    def failed(self, now: float, chance: float) -> None:
        """A call did not come through; by chance (0 to 1) the wait is down to half as long."""
        self._failures += 1
        if self._failures >= FAILURES:
            full = min(MOST_S, FIRST_S * 2 ** min(self._failures - FAILURES, 30))
            self._until = now + full * (1 - chance / 2)

    def worked(self) -> None:
        """A call came through."""
        self._failures = 0
        self._until = 0.0
