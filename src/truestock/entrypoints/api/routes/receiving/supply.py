"""Expected supply and dated demand, which ATP over days to come is made of."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Depends
from msgspec import Meta

from truestock.core.problems import NotFound
from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import LINES_MAX, Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import READ, STOCK
from truestock.ledger.expected import Expect, cancel_expected, expect, list_expected
from truestock.store.paging import page_of

router = Router("ledger", STOCK)
reader = Router("ledger", READ)


class Expectations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, or none."""

    expectations: Annotated[list[Expect], Meta(min_length=1, max_length=LINES_MAX)]


class Recorded(msgspec.Struct, frozen=True):
    """How many were recorded, or cancelled."""

    count: int


class ExpectedRow(msgspec.Struct, frozen=True):
    """An expectation that is open; `received` of its units have come."""

    id: int
    sku: str
    location: str
    kind: str
    ref: str
    qty: int
    received: int
    due_at: datetime
    state: str


@router.post("/v1/expected", status_code=201)
def record(body: Annotated[Expectations, Depends(Body(Expectations))], hub: TheHub) -> Recorded:
    """Record purchases that will come and demand that is wanted on a day."""
    return Recorded(len(expect(hub.db, hub.rules, body.expectations)))


@reader.get("/v1/expected")
def list_open(hub: TheHub, page: ThePage, sku: str | None = None) -> Rows[ExpectedRow]:
    """What is open, of one item or of all."""
    found = list_expected(hub.db, sku, int(page.after_id or 0), page.limit + 1)
    rows = [ExpectedRow(**row._asdict()) for row in found]
    return rows_of(page_of(rows, page.limit, lambda row: row.id))


@router.delete("/v1/expected")
def cancel(sku: str, ref: str, hub: TheHub) -> Recorded:
    """Cancel what is still open of an item under a reference."""
    count = cancel_expected(hub.db, hub.rules, sku, ref)
    if not count:
        raise NotFound("open expectation", ref, "ref")
    return Recorded(count)
