"""The page of alerts: what is not well, the worst first, with what it puts at risk and the action that mends it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truestock.core.reconcile.alerts.kinds import SEVERITIES, STATES
from truestock.entrypoints.web.static_files import version
from truestock.reconciliation.alerts.manage import Alert, Wanted, counts, list_alerts
from truestock.store.database import Database

ROWS_MAX: Final = 200
_WORST_FIRST: Final[tuple[str, ...]] = tuple(reversed(SEVERITIES))
Render = Callable[..., Response]


class AlertPages:
    """Of one hub; `render` makes a response of a template and its values."""

    def __init__(self, db: Database, render: Render) -> None:
        self._db = db
        self._render = render

    @property
    def routes(self) -> list[Route]:
        """What a server has to route here."""
        return [
            Route("/alerts", self._page, include_in_schema=False),
            Route("/alerts/rows", self._rows, include_in_schema=False),
        ]

    def open(self) -> int:
        """How many alerts are open."""
        return sum(count.alerts for count in counts(self._db) if count.state == "open")

    async def _page(self, request: Request) -> Response:
        shown = await asyncio.to_thread(self._shown, request)
        return self._render(
            "alerts.html", page="alerts", version=version(), severities=_WORST_FIRST, states=STATES, **shown
        )

    async def _rows(self, request: Request) -> Response:
        return self._render("alert_rows.html", **await asyncio.to_thread(self._shown, request))

    def _shown(self, request: Request) -> dict[str, Any]:
        """What is asked for, one row more than fits left out; and how many stand by severity and by state."""
        severity, state = request.query_params.get("severity", ""), request.query_params.get("state", "")
        wanted = Wanted(state if state in STATES else None, severity if severity in SEVERITIES else None)
        rows, more = self._worst(wanted)
        by_severity: Counter[str] = Counter()
        by_state: Counter[str] = Counter()
        for count in counts(self._db):
            by_severity[count.severity] += count.alerts
            by_state[count.state] += count.alerts
        return {
            "rows": rows,
            "more": more,
            "severity": wanted.severity or "",
            "state": wanted.state or "",
            "by_severity": by_severity,
            "by_state": by_state,
            "open_alerts": by_state["open"],
            "age": age,
        }

    def _worst(self, wanted: Wanted) -> tuple[list[Alert], bool]:
        """As many as fit, the worst first and of those the newest; whether there are more."""
        rows: list[Alert] = []
        for severity in [wanted.severity] if wanted.severity else _WORST_FIRST:
            page = list_alerts(self._db, structs.replace(wanted, severity=severity), limit=ROWS_MAX + 1 - len(rows))
            rows += page.rows
            if len(rows) > ROWS_MAX:
                break
        return rows[:ROWS_MAX], len(rows) > ROWS_MAX


def age(at: datetime) -> str:
    """For how long, in the unit that a reader thinks in."""
    minutes = int((datetime.now(UTC) - at).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} days"
