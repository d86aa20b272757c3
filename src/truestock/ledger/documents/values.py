"""What is told of documents of supply, and how they stand: the shapes that surfaces decode into and encode."""

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from truestock.ledger.values import Code, Instant, Text, Units

Standing = Literal["open", "closed", "cancelled"]


class DocumentLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`qty` base units of an item; location and date are the document's where the line says none."""

    sku: Code
    qty: Units
    location: Code | None = None
    due_at: Instant | None = None


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A purchase order as its system tells it. Told again it changes; `whole` says that what is not in it is off."""

    ref: Code
    lines: list[DocumentLine]
    supplier: Text = ""
    location: Code | None = None
    due_at: Instant | None = None
    whole: bool = True


class StoredLine(NamedTuple):
    """A line as it stands: `received` of its units have come, `lost` of them never will. `first_due_at` is its date
    before it was moved."""

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


class StoredDocument(NamedTuple):
    """A document with its lines; `from_location` is a transfer's."""

    ref: str
    kind: str
    supplier: str
    from_location: str
    state: Standing
    lines: list[StoredLine]


class Listed(NamedTuple):
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


class Overdue(NamedTuple):
    """Supply that should have come by now; it counts for no ATP."""

    part: int
    item: int
    id: int
    sku: str
    location: str
    kind: str
    ref: str
    supplier: str
    qty: int
    received: int
    due_at: datetime


class LockedLine(NamedTuple):
    """A line as it stands under its lock."""

    ref: str
    kind: str
    part: int
    item: int
    loc: int
    state: str
    id: int
    qty: int
    received: int
    due_at: datetime
    reason: str


class PutBack(msgspec.Struct, frozen=True):
    """A line of a document that a run had told, as it stands once that is undone; `stays`: why it is as before that,
    empty: it was put back."""

    ref: str
    sku: str
    location: str
    qty: int
    received: int
    due_at: datetime
    state: str
    stays: str
