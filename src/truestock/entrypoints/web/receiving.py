"""The page of receiving: what lies where it waits to be approved, inspected or put away, whatever brought it."""

from typing import Any, Final

from starlette.requests import Request

from truestock.entrypoints.web.asked import text_in
from truestock.reporting.lists import list_received, waiting_totals
from truestock.reporting.lists.received import ReceivedRow, Waits
from truestock.store.database import Database

ROWS_MAX: Final = 200
LANDS: Final = {"approval": "be approved", "inspection": "be inspected", "receiving": "be put away"}
CAME: Final = {
    "receive": "Receipt",
    "transfer_in": "Transfer",
    "return": "Return",
    "count": "Count",
    "opening": "Opening stock",
    "status": "Set aside",
}
NOTHING: Final = Waits(0, 0, 0)


def came_by(row: ReceivedRow) -> str:
    """What brought units to where they wait, in words: its kind, its number, and what it was received against."""
    what = "Receipt" if row.outcome != "none" else CAME.get(row.kind, "Found")
    said = f"{what} {row.receipt}" if row.receipt else what
    if row.document:
        said += f" of {row.document}"
    by = ", ".join(one for one in (row.supplier, row.source) if one)
    return f"{said} ({by})" if by else said


def receiving_shown(db: Database, request: Request) -> dict[str, Any]:
    """What waits of what was asked for, the longest waiting first, and how much in all."""
    location, sku = text_in(request, "location"), text_in(request, "sku")
    lands = text_in(request, "lands")
    lands = lands if lands in LANDS else None
    found = list_received(db, waiting=True, lands=lands, location=location, sku=sku, limit=ROWS_MAX)
    totals = waiting_totals(db, location, sku)
    return {
        "rows": [(row, came_by(row)) for row in found.rows],
        "more": found.next is not None,
        "totals": [(lands, what, totals.get(lands, NOTHING)) for lands, what in LANDS.items()],
        "oldest": max((one.hours for one in totals.values()), default=0),
        "location": location or "",
        "sku": sku or "",
        "lands": lands or "",
    }
