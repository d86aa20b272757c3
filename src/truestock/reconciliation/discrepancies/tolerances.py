"""Tolerances as data: how far a source may differ before somebody has to look."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from truestock.catalog.changes import take_ids
from truestock.core.checks import BIGINT_MAX, check_number, check_text
from truestock.core.problems import Invalid, NotFound
from truestock.reconciliation.discrepancies import queries
from truestock.reconciliation.discrepancies.lists import number_of
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of

PERCENT_MAX = 100_000
PERCENT_DECIMALS = 3
VALUE_MAX = 10**12 - 1


class ToleranceDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A tolerance as somebody wants it; what its scope leaves out means any, and every limit it names has to be kept.

    `percent` is of the units expected, `value` of the units at the item's cost. `source`: the code of a feed, or count.
    One with the same scope is replaced."""

    units: int | None = None
    percent: Decimal | None = None
    value: Decimal | None = None
    source: str = ""
    item: str | None = None
    category: str | None = None
    location: str | None = None
    reason: str = ""


class StoredTolerance(msgspec.Struct, frozen=True):
    """A tolerance as it is, and who set it."""

    id: int
    source: str
    item: str | None
    category: str | None
    location: str | None
    units: int | None
    percent: Decimal | None
    value: Decimal | None
    reason: str
    actor: str
    set_at: datetime


def put_tolerance(db: Database, draft: ToleranceDraft, actor: str) -> int:
    """Set it, or replace the one with the same scope; its id. Raises Invalid, NotFound."""
    _check(draft)
    fresh = next(take_ids(db, "tolerance", 1))
    with db.transaction() as conn:
        parameters = {
            "id": fresh,
            "source": draft.source,
            "item": _id(conn, queries.item_by_sku, "sku", draft.item, "item"),
            "category": draft.category,
            "loc": _id(conn, queries.location_by_code, "code", draft.location, "location"),
            "units": draft.units,
            "percent": draft.percent,
            "value": draft.value,
            "reason": draft.reason,
            "actor": actor,
        }
        ((number,),) = conn.execute(queries.put_tolerance, parameters).fetchall()
    return int(number)


def end_tolerance(db: Database, number: int) -> None:
    """Tolerate that no longer. Raises NotFound."""
    with db.transaction() as conn:
        if not conn.execute(queries.end_tolerance, {"id": number}).rowcount:
            raise NotFound("tolerance", number, "id")


def list_tolerances(db: Database, after: str | None = None, limit: int = 100) -> Page[StoredTolerance]:
    """All of them, a page at a time."""
    parameters = {"after": 0 if after is None else number_of("after", after), "limit": limit + 1}
    with db.transaction() as conn:
        rows = [StoredTolerance(*row) for row in conn.execute(queries.tolerance_page, parameters)]
    return page_of(rows, limit, lambda row: row.id)


def _id(conn: Connection, query: str, name: str, code: str | None, what: str) -> Any:
    if code is None:
        return None
    row = conn.execute(query, {name: code}).fetchone()
    if row is None:
        raise NotFound(what, code, what)
    return row[0]


def _check(draft: ToleranceDraft) -> None:
    check_number("units", draft.units, high=BIGINT_MAX)
    check_number("percent", draft.percent, high=PERCENT_MAX)
    check_number("value", draft.value, high=VALUE_MAX)
    if draft.percent is not None and draft.percent != round(draft.percent, PERCENT_DECIMALS):
        raise Invalid("percent", f"percent is {draft.percent}; give it with {PERCENT_DECIMALS} decimals at most")
    if draft.units is None and draft.percent is None and draft.value is None:
        raise Invalid("units", "a tolerance needs a limit; name units, percent, value, or several of them")
    for name in ("item", "category", "location"):
        check_text(name, getattr(draft, name), required=getattr(draft, name) == "")
    check_text("source", draft.source)
    check_text("reason", draft.reason, at_most=500)
    if draft.item is not None and draft.category is not None:
        raise Invalid("category", "a tolerance names either an item or a category; leave one out")
