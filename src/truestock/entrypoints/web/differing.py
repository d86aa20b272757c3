"""The page of discrepancies: how accurate the ledger was day by day, why not, and what waits to be decided there."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truestock.entrypoints.web.static_files import version
from truestock.reconciliation.counts.decide import list_results
from truestock.reconciliation.discrepancies.accuracy import AccuracyDay, read_accuracy
from truestock.reconciliation.discrepancies.lists import list_discrepancies, read_waiting
from truestock.store.database import Database

ROWS_MAX: Final = 200
DAYS_MAX: Final = 1_000
DAYS_DRAWN: Final = 60
WIDTH: Final = 600
HEIGHT: Final = 100
Render = Callable[..., Response]


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


class DiscrepancyPages:
    """Of one hub; `render` makes a response of a template and its values, `open_alerts` counts those for the menu."""

    def __init__(self, db: Database, render: Render, open_alerts: Callable[[], int]) -> None:
        self._db = db
        self._render = render
        self._open_alerts = open_alerts

    @property
    def routes(self) -> list[Route]:
        """What a server has to route here."""
        return [Route("/discrepancies", self._page, include_in_schema=False)]

    async def _page(self, request: Request) -> Response:
        shown = await asyncio.to_thread(self._shown, request)
        return self._render("discrepancies.html", page="discrepancies", version=version(), **shown)

    def _shown(self, request: Request) -> dict[str, Any]:
        location = _text(request, "location")
        source = _text(request, "source")
        accuracy = read_accuracy(self._db, location, source, limit=DAYS_MAX)
        found = list_discrepancies(self._db, source=source, location=location, limit=ROWS_MAX)
        counts = list_results(self._db, "review", limit=ROWS_MAX, location=location)
        return {
            "rows": found.rows,
            "counts": counts.rows if source in (None, "count") else (),
            "more_counts": counts.next is not None,
            "more": found.next is not None,
            "waiting": read_waiting(self._db, location, source),
            "trend": trend_of(accuracy.days),
            "causes": accuracy.causes,
            "width": WIDTH,
            "height": HEIGHT,
            "location": location or "",
            "source": source or "",
            "open_alerts": self._open_alerts(),
        }


def _text(request: Request, name: str) -> str | None:
    return request.query_params.get(name, "").strip().replace("\0", "")[:200] or None
