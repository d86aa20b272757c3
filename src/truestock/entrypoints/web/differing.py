"""The page of discrepancies: how accurate the ledger was day by day, why not, and what waits to be decided there."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from starlette.requests import Request

from truestock.entrypoints.web.asked import text_in
from truestock.reconciliation.counts.decide import list_results
from truestock.reconciliation.discrepancies.accuracy import AccuracyDay, read_accuracy
from truestock.reconciliation.discrepancies.lists import list_discrepancies, read_waiting
from truestock.store.database import Database

ROWS_MAX: Final = 200
DAYS_MAX: Final = 1_000
DAYS_DRAWN: Final = 60
WIDTH: Final = 600
HEIGHT: Final = 100


class Trend(NamedTuple):
    """The share of cells that were right, by day: where each point lies in a box of WIDTH by HEIGHT.

    `low`: the percentage at the bottom of the box; its top is 100."""

    low: int
    points: tuple[tuple[float, float, date, float], ...]

    @property
    def line(self) -> str:
        """As SVG has it."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in self.points)

    @property
    def said(self) -> str:
        """In words, for who does not see it."""
        (_, _, first, was), (_, _, last, now) = self.points[0], self.points[-1]
        return f"Accuracy by day: {was:.1f} % on {first}, {now:.1f} % on {last}"


def trend_of(days: Sequence[AccuracyDay]) -> Trend | None:
    """The newest days, over all locations and sources; None while nothing has been stated."""
    cells: dict[date, int] = defaultdict(int)
    right: dict[date, int] = defaultdict(int)
    for day in days:
        cells[day.day] += day.cells
        right[day.day] += day.right
    percent = [(day, 100 * right[day] / cells[day]) for day in sorted(cells) if cells[day]][-DAYS_DRAWN:]
    if not percent:
        return None
    low = min(95, int(min(value for _, value in percent) // 5 * 5))
    step = WIDTH / max(1, len(percent) - 1)
    return Trend(
        low,
        tuple(
            (n * step, HEIGHT * (100 - value) / (100 - low), day, round(value, 1))
            for n, (day, value) in enumerate(percent)
        ),
    )


def discrepancies_shown(db: Database, request: Request) -> dict[str, Any]:
    """What waits of what was asked for, and how accurate the ledger was there."""
    location = text_in(request, "location")
    source = text_in(request, "source")
    accuracy = read_accuracy(db, location, source, limit=DAYS_MAX)
    found = list_discrepancies(db, source=source, location=location, limit=ROWS_MAX)
    counts = list_results(db, "review", limit=ROWS_MAX, location=location)
    return {
        "rows": found.rows,
        "counts": counts.rows if source in (None, "count") else (),
        "more_counts": counts.next is not None,
        "more": found.next is not None,
        "waiting": read_waiting(db, location, source),
        "trend": trend_of(accuracy.days),
        "causes": accuracy.causes,
        "width": WIDTH,
        "height": HEIGHT,
        "location": location or "",
        "source": source or "",
    }
