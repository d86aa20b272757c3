"""How many units a channel has sold, at a chosen level of certainty, that the hub has not heard of yet.

Sales within a lag are counted by a negative binomial distribution (Poisson where every order takes one unit): its mean
is pace times lag, its variance the mean times the dispersion. The lag is itself one of several measured ones, each as
likely as the others. Sums are exact, by the ratio of neighbouring probabilities: N. L. Johnson, A. W. Kemp, S. Kotz,
Univariate Discrete Distributions, 3rd ed. (2005), 4.2 and 5.1; variance over mean of sales that come as orders of q
units is E[q^2] / E[q], the same, 9.1."""

from collections.abc import Sequence
from math import exp, log
from typing import Final, NamedTuple

# Half of the pace is that of the last hours, so that a rush is met within one.
RECENT_WEIGHT: Final = 0.5
# So little sold within the lag that no level asks for a unit ends the look; so much is more than any shelf hides.
UNITS_MOST: Final = 10_000
LEVEL_MOST: Final = 99


class Sold(NamedTuple):
    """Units that came in over so many hours."""

    units: int
    hours: float

    @property
    def per_hour(self) -> float:
        """Units an hour; 0 over no time at all."""
        return self.units / self.hours if self.hours > 0 else 0.0


class Pace(NamedTuple):
    """How an item sells on a channel: units an hour, and their variance over their mean (1: one unit an order)."""

    per_hour: float
    dispersion: float = 1.0


def pace_of(window: Sold, recent: Sold, squares: float) -> Pace:
    """From what came in over the window and over its last hours; `squares` is the sum of the window's squared order
    quantities."""
    per_hour = (1 - RECENT_WEIGHT) * window.per_hour + RECENT_WEIGHT * recent.per_hour
    return Pace(per_hour, max(1.0, squares / window.units) if window.units else 1.0)


def lags_of(orders_s: Sequence[float], pushes_s: Sequence[float], silent_s: float = 0.0) -> tuple[float, ...]:
    """Equally likely lags in seconds, the short ones first: what an order takes to be read and what a number takes to
    be in force, the slow with the slow, which is the worst way in which they may go together.

    `silent_s`: for how long a channel that does not answer has not been read; no lag is shorter."""
    return tuple(max(silent_s, order) + push for order, push in zip(sorted(orders_s), sorted(pushes_s), strict=True))


def guard_units(pace: Pace, lags_s: Sequence[float], percent: int) -> int:
    """The fewest units that are enough with a probability of at least `percent`, from 0 to UNITS_MOST."""
    means = [mean for lag_s in lags_s if (mean := pace.per_hour * lag_s / 3600) > 0]
    if not means:
        return 0
    wanted = len(lags_s) * percent / 100
    counts = [_Count(mean, pace.dispersion) for mean in means if mean < UNITS_MOST]
    certain = len(lags_s) - len(means)  # lags within which nothing is sold at all
    if certain + len(counts) < wanted:
        return UNITS_MOST
    for units in range(UNITS_MOST):
        if certain + sum([count.up_to(units) for count in counts]) >= wanted:
            return units
    return UNITS_MOST


class _Count:
    """How likely it is that at most so many are sold, asked for 0, 1, 2 and so on."""

    def __init__(self, mean: float, dispersion: float) -> None:
        self._poisson = dispersion <= 1 + 1e-9
        self._rest = 1 - 1 / dispersion  # the chance of a failure, of a negative binomial
        self._size = 0.0 if self._poisson else mean / (dispersion - 1)
        self._mean = mean
        self._log = -mean if self._poisson else -self._size * log(dispersion)
        self._sum = 0.0

    def up_to(self, units: int) -> float:
        if units:
            ratio = self._mean / units if self._poisson else (units - 1 + self._size) / units * self._rest
            self._log += log(ratio)
        self._sum += exp(self._log)
        return self._sum


def within(seconds: float) -> str:
    """A lag in a few letters, as 45 s, 6 min or 1.5 h."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3600:.1f} h"
