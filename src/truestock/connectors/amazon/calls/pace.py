"""How often one operation may be called: a bucket of calls that believes what Amazon says of its rate. Pure.

Times are seconds of any steady clock."""


class Pace:
    """Holds `burst` calls and gains `per_s` a second."""

    def __init__(self, per_s: float, burst: float, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._calls = burst
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until the next call may be made."""
        self._fill(now)
        return max(0.0, (1.0 - self._calls) / self._per_s)

    def take(self, now: float) -> None:
        """One call is made."""
        self._fill(now)
        self._calls -= 1.0

    def told(self, per_s: float, now: float) -> None:
        """The rate that Amazon applied to the last call."""
        self._fill(now)
        self._per_s = per_s

    def refused(self, now: float) -> float:
        """Amazon's own bucket is empty, whatever this one thought; seconds until the next call may be made."""
        self._fill(now)
        self._calls = min(self._calls, 0.0)
        return self.wait(now)

    def _fill(self, now: float) -> None:
        self._calls = min(self._burst, self._calls + max(0.0, now - self._at) * self._per_s)
        self._at = max(self._at, now)
