"""Mended figures beside what their file says otherwise: a second figure of a cell never replaces the first unasked."""

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dict
from datetime import datetime
from typing import Final, get_args

from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.runs import LineFault
from truestock.feeds.stock.files import FeedRow
from truestock.ledger.values import StatusName
from truestock.store.database import Connection

STATUSES: Final[tuple[str, ...]] = get_args(StatusName)
SELLABLE: Final = "sellable"


def said_otherwise(
    conn: Connection, stored: Stored, as_of: datetime, rows: Sequence[FeedRow], said: Collection[int]
) -> list[LineFault]:
    """Why rows of a file as of an instant cannot be taken, since it says another figure of their cell.

    `said` are lines whose quantity somebody has given now, which is meant as the cell's."""
    asked = {row.line: row.fields for row in rows if row.line not in said and _whole(row.fields)}
    fields = asked.values()
    default = stored.feed.settings.location
    parameters = {
        "feed": stored.id,
        "lines": list(asked),
        "skus": [one["sku"] for one in fields],
        "places": [one.get("location", default) for one in fields],
        "lots": [one.get("lot") for one in fields],
        "statuses": [STATUSES.index(one.get("status", SELLABLE)) for one in fields],
        "qtys": [int(one["qty"]) for one in fields],
        "times": [datetime.fromisoformat(one["at"]) if "at" in one else as_of for one in fields],
    }
    return [
        LineFault(
            line,
            "qty",
            f"its file says {qty} of the same cell besides",
            f"if both are parts of it, set qty to {total}; if not, drop this row",
            dict(asked[line]),
            mapped=True,
        )
        for line, qty, total in conn.execute(queries.said_otherwise, parameters)
    ]


def _whole(fields: Dict[str, str]) -> bool:
    """Whether a row says a figure of some cell; what is wrong with others is found as with any file."""
    return "qty" in fields and fields.get("status", SELLABLE) in STATUSES
