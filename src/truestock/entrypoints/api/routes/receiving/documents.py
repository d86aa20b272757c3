"""Documents of supply: purchase orders and transfers with their lines, moved, closed and cancelled."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import Depends, Query

from truestock.entrypoints.api.framework.route import Body, Router, TheCall, TheHub
from truestock.entrypoints.api.framework.shapes import Rows, ThePage, rows_of
from truestock.entrypoints.api.front.call import READ, STOCK
from truestock.ledger import documents
from truestock.ledger.documents import Document, Listed, Overdue, StoredDocument
from truestock.ledger.values import Code, Instant, Why
from truestock.store.paging import page_of

router = Router("receiving", STOCK)
reader = Router("receiving", READ)


class DocumentLineRow(msgspec.Struct, frozen=True):
    """A line: `received` of its units have come, `lost` of them never will. `first_due_at` is its date before it was
    moved."""

    id: int
    sku: str
    location: str
    qty: int
    received: int
    lost: int
    due_at: datetime
    first_due_at: datetime | None
    state: str
    reason: str


class DocumentRow(msgspec.Struct, frozen=True):
    """A document with its lines."""

    ref: str
    kind: str
    supplier: str
    from_location: str
    state: str
    lines: list[DocumentLineRow]


class ListedRow(msgspec.Struct, frozen=True):
    """A document in a list: its units in all, and when the next of them are due."""

    ref: str
    kind: str
    supplier: str
    locations: str
    state: str
    lines: int
    qty: int
    received: int
    due_at: datetime | None


class OverdueRow(msgspec.Struct, frozen=True):
    """Supply that should have come by now."""

    sku: str
    location: str
    kind: str
    ref: str
    supplier: str
    qty: int
    received: int
    due_at: datetime


class Overdues(msgspec.Struct, frozen=True):
    """The oldest first."""

    rows: list[OverdueRow]


class Close(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No more comes of a document, or of one item in it."""

    ref: Code
    reason: Why
    sku: Code | None = None
    state: Literal["closed", "cancelled"] = "closed"


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is open of a document, or of one item in it, comes at another date."""

    ref: Code
    due_at: Instant
    sku: Code | None = None


class Changed(msgspec.Struct, frozen=True):
    """How many lines that was."""

    lines: int


@router.put("/v1/supply-documents")
def put(body: Annotated[Document, Depends(Body(Document))], hub: TheHub, call: TheCall) -> DocumentRow:
    """Record a purchase order, or what has changed of it: quantities, dates, lines that are off.

    What it does not name any more is cancelled, unless `whole` is false."""
    return _row(documents.put_document(hub.db, hub.rules, body, call.caller.actor))


@reader.get("/v1/supply-documents")
def list_documents(
    hub: TheHub, page: ThePage, supplier: str | None = None, location: str | None = None, closed: bool = False
) -> Rows[ListedRow]:
    """Documents by number: the open ones, with `closed` the others too."""
    found = documents.list_documents(
        hub.db, supplier=supplier, location=location, closed=closed, after=page.after or "", limit=page.limit + 1
    )
    return rows_of(page_of([_listed(row) for row in found], page.limit, lambda row: row.ref))


@reader.get("/v1/supply-documents/overdue")
def overdue(hub: TheHub, limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Overdues:
    """Supply that is past its date: it counts for no ATP."""
    with hub.db.transaction() as conn:
        return Overdues([_overdue(row) for row in documents.overdue(conn, limit)])


@reader.get("/v1/supply-documents/{ref:path}")
def read(ref: str, hub: TheHub) -> DocumentRow:
    """One document by its number."""
    return _row(documents.read_document(hub.db, ref))


@router.post("/v1/supply-documents/close")
def close(body: Annotated[Close, Depends(Body(Close))], hub: TheHub, call: TheCall) -> Changed:
    """Say that no more comes, and why; cancelled is what was never to come."""
    return Changed(documents.close_document(hub.db, body.ref, body.reason, call.caller.actor, body.sku, body.state))


@router.post("/v1/supply-documents/move")
def move(body: Annotated[Move, Depends(Body(Move))], hub: TheHub) -> Changed:
    """Give what is open another date."""
    return Changed(documents.move_document(hub.db, body.ref, body.due_at, body.sku))


def _row(found: StoredDocument) -> DocumentRow:
    lines = [
        DocumentLineRow(**{name: getattr(line, name) for name in DocumentLineRow.__struct_fields__})
        for line in found.lines
    ]
    return DocumentRow(found.ref, found.kind, found.supplier, found.from_location, found.state, lines)


def _listed(found: Listed) -> ListedRow:
    return ListedRow(**found._asdict())


def _overdue(found: Overdue) -> OverdueRow:
    return OverdueRow(**{name: getattr(found, name) for name in OverdueRow.__struct_fields__})
