"""The figures of a replay in one form for every seller, and the table that sets them side by side."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from truestock.core.replay.answer import Outcome, Sample

_STEP = math.log(1.01)  # a percentile is known to one percent, in a few thousand counters however long the replay


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts are units unless they say orders; staleness in seconds, errors in units, both over the shown numbers.

    They are None where nobody knows what customers saw."""

    orders: int
    asked: int
    sold: int
    refused: int
    oversold: int
    oversold_orders: int
    lost: int
    returned: int
    samples: int
    stale_mean_seconds: float | None
    stale_p95_seconds: float | None
    stale_max_seconds: float | None
    error_mean_units: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """One seller's figures, in all and by channel."""

    seller: str
    total: Figures
    channels: Mapping[str, Figures]


@dataclass(slots=True)
class Tally:
    """Figures while they grow."""

    orders: int = 0
    asked: int = 0
    sold: int = 0
    oversold: int = 0
    oversold_orders: int = 0
    lost: int = 0
    returned: int = 0
    _samples: int = 0
    _error: int = 0
    _stale: float = 0.0
    _stalest: float = 0.0
    _stale_steps: Counter[int] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one order, return or cancel."""
        self.returned += outcome.returned
        asked = outcome.asked
        if not asked:
            return
        self.orders += 1
        self.asked += asked
        self.sold += outcome.sold
        self.lost += outcome.lost
        oversold = outcome.oversold
        self.oversold += oversold
        self.oversold_orders += oversold > 0

    def see(self, sample: Sample) -> None:
        """Count one shown number."""
        seconds = sample.stale_seconds
        self._samples += 1
        self._error += abs(sample.shown - sample.true)
        self._stale += seconds
        self._stalest = max(self._stalest, seconds)
        self._stale_steps[round(math.log1p(seconds) / _STEP)] += 1

    def figures(self) -> Figures:
        """The figures as they stand."""
        seen = self._samples
        return Figures(
            orders=self.orders,
            asked=self.asked,
            sold=self.sold,
            refused=self.asked - self.sold,
            oversold=self.oversold,
            oversold_orders=self.oversold_orders,
            lost=self.lost,
            returned=self.returned,
            samples=seen,
            stale_mean_seconds=self._stale / seen if seen else None,
            stale_p95_seconds=min(self._percentile(0.95), self._stalest) if seen else None,
            stale_max_seconds=self._stalest if seen else None,
            error_mean_units=self._error / seen if seen else None,
        )

    def _percentile(self, share: float) -> float:
        left = share * self._samples
        for step, count in sorted(self._stale_steps.items()):
            left -= count
            if left <= 0:
                return math.expm1(step * _STEP)
        return 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text, one row for each figure and one column for each seller."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_ROWS = {
    "units asked": "asked",
    "units sold": "sold",
    "units refused": "refused",
    "units oversold": "oversold",
    "orders oversold": "oversold_orders",
    "lost sales, units": "lost",
    "units returned": "returned",
    "staleness mean, s": "stale_mean_seconds",
    "staleness p95, s": "stale_p95_seconds",
    "staleness max, s": "stale_max_seconds",
    "shown number off by, units": "error_mean_units",
}


def table(reports: Sequence[Report], channel: str | None = None) -> Table:
    """The reports side by side, in all or for one channel; a dash stands where a seller has no figure."""
    columns = [report.total if channel is None else report.channels.get(channel) for report in reports]
    rows = ((title, *(_shown(getattr(column, name, None)) for column in columns)) for title, name in _ROWS.items())
    return Table(("", *(report.seller for report in reports)), tuple(rows))


def _shown(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.1f}"
