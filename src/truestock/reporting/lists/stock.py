"""What lies where: stock rows by item, location, lot, status and owner."""

from dataclasses import dataclass

from truestock.core.checks import check_choice
from truestock.core.problems import NotFound
from truestock.core.words import Status
from truestock.reporting.lists.cursor import cursor_of, numbers_of
from truestock.store.database import Connection, Database
from truestock.store.paging import Page
from truestock.store.sql import load

queries = load(__package__)
STATUSES = tuple(status.name.lower() for status in Status)
KEY = ("part", "item", "loc", "lot", "status", "owner")


@dataclass(frozen=True, slots=True)
class StockRow:
    """Units of an item at a location; `owner` is the channel they are ring-fenced for, empty for the pool."""

    sku: str
    location: str
    lot: str
    status: str
    owner: str
    on_hand: int
    reserved: int
    available: int


def list_stock(
    db: Database,
    sku: str | None = None,
    location: str | None = None,
    status: str | None = None,
    empty: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Page[StockRow]:
    """Stock rows by key; with `empty` also those without units. Raises NotFound for the SKU, Invalid."""
    check_choice("status", status, STATUSES)
    key = numbers_of(after, len(KEY)) if after else [-1] * len(KEY)
    with db.transaction() as conn:
        part, item = item_of(conn, sku) if sku is not None else (None, None)
        parameters = {
            **dict(zip(KEY, key, strict=True)),
            "only_part": part,
            "only_item": item,
            "only_loc": location,
            "only_status": None if status is None else int(Status[status.upper()]),
            "empty": empty,
            "limit": limit + 1,
        }
        rows = conn.execute(queries.stock_after, parameters).fetchall()
    found = tuple(
        StockRow(*codes, Status(key[4]).name.lower(), owner, on_hand, reserved, on_hand - reserved)
        for *key, sku_, place, lot, owner, on_hand, reserved in rows[:limit]
        for codes in [(sku_, place, lot)]
    )
    return Page(found, cursor_of(*rows[limit - 1][: len(KEY)]) if len(rows) > limit else None)


def item_of(conn: Connection, sku: str) -> tuple[int, int]:
    """The part and id of an item. Raises NotFound."""
    for part, item in conn.execute(queries.item_by_sku, {"sku": sku}):
        return part, item
    raise NotFound("item", sku, "sku")
