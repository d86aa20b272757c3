"""What lies in which bin, what lies in none, and where bins had fewer units than was said."""

from dataclasses import dataclass
from datetime import datetime

from truestock.core.problems import Invalid, NotFound
from truestock.reporting.lists.cursor import cursor_of, numbers_of
from truestock.reporting.lists.stock import item_of, queries
from truestock.store.database import Connection, Database
from truestock.store.paging import Page

KEY = ("part", "item", "loc", "lot", "bin")
GAP_KEY = ("movement", "item", "id")


@dataclass(frozen=True, slots=True)
class BinRow:
    """Units of an item's lot in a bin; without a bin they lie in none that anybody has named."""

    sku: str
    location: str
    bin: str
    zone: str
    lot: str
    qty: int


@dataclass(frozen=True, slots=True)
class GapRow:
    """A bin had `qty` units fewer than a movement said, or held so many more than lie at the location."""

    movement: int
    id: int
    sku: str
    location: str
    bin: str
    lot: str
    qty: int
    opened_at: datetime


def list_bin_stock(
    db: Database,
    sku: str | None = None,
    location: str | None = None,
    bin_: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[BinRow]:
    """What lies in the bins of a location, or of an item; one of both has to be named. Raises NotFound, Invalid."""
    if sku is None and location is None:
        raise Invalid("location", "name a location or an item")
    key = numbers_of(after, len(KEY)) if after else [-1] * len(KEY)
    with db.transaction() as conn:
        parameters = {
            **dict(zip(KEY, key, strict=True)),
            "only_item": item_of(conn, sku)[1] if sku is not None else None,
            "only_loc": _location(conn, location) if location is not None else None,
            "code": bin_,
            "limit": limit + 1,
        }
        rows = conn.execute(queries.bin_stock_after, parameters).fetchall()
    found = tuple(BinRow(*row[len(KEY) :]) for row in rows[:limit])
    return Page(found, cursor_of(*rows[limit - 1][: len(KEY)]) if len(rows) > limit else None)


def list_bin_gaps(
    db: Database, location: str | None = None, after: str | None = None, limit: int = 100
) -> Page[GapRow]:
    """Gaps that nobody has closed, the oldest first."""
    key = numbers_of(after, len(GAP_KEY)) if after else [-1] * len(GAP_KEY)
    parameters = {**dict(zip(GAP_KEY, key, strict=True)), "location": location, "limit": limit + 1}
    with db.transaction() as conn:
        rows = conn.execute(queries.bin_gaps_after, parameters).fetchall()
    found = tuple(GapRow(movement, number, *rest) for movement, _, number, *rest in rows[:limit])
    return Page(found, cursor_of(*rows[limit - 1][: len(GAP_KEY)]) if len(rows) > limit else None)


def _location(conn: Connection, code: str) -> int:
    for (loc,) in conn.execute(queries.location_by_code, {"code": code}):
        return int(loc)
    raise NotFound("location", code)
