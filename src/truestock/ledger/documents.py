"""Documents of supply: a purchase order or a transfer with its lines, each of which is an expectation under its number.

A document is open while one of its lines is; what has come of it is the ledger's, by receipts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.checks import check_years
from truestock.core.decide.supply import There, Wanted, amend
from truestock.core.identity import part_of, part_of_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.ledger import queries
from truestock.ledger.movement import movement_ids
from truestock.ledger.values import Code, Instant, Text, Units
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection, Database

LINES_MAX = 2_000
NO_LONGER = "no longer in the document"
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


class _Line(NamedTuple):
    n: int
    part: int
    item: int
    loc: int
    wanted: Wanted


def put_document(db: Database, rules: RuleBook, document: Document, actor: str) -> StoredDocument:
    """Record a purchase order, or what has changed of it. Raises NotFound, Invalid and Conflict naming the field."""
    rules.refresh()
    lines = rules.read(lambda snapshot: _resolved(snapshot, document))
    with db.transaction() as conn:
        _put_head(conn, document.ref, "purchase", document.supplier, None, actor)
        there: dict[tuple[int, int], list[There]] = {}
        for known in lock_lines(conn, [document.ref]):
            if known.kind == "transfer":
                raise _taken(document.ref, known.kind)
            if known.state != "cancelled":
                found = There(known.id, known.qty, known.received, known.due_at, known.reason == NO_LONGER)
                there.setdefault((known.item, known.loc), []).append(found)
        if not there and not lines:
            raise Invalid("lines", "name at least one line; nothing is known of this document yet")
        told: dict[tuple[int, int], list[Wanted]] = {key: [] for key in there} if document.whole else {}
        for line in lines:
            told.setdefault((line.item, line.loc), []).append(line.wanted)
        numbers = movement_ids()
        for (item, loc), wanted in sorted(told.items()):
            _amend(conn, numbers, document.ref, item, loc, there.get((item, loc), ()), wanted, actor)
    return read_document(db, document.ref)


def close_document(
    db: Database, ref: str, reason: str, actor: str, sku: str | None = None, state: Standing = "closed"
) -> int:
    """Say that no more comes of a document, or of one item in it; `cancelled` where it was never to come. Returns how
    many lines that was. Raises NotFound where nothing is open, and Conflict for a transfer, whose units are somewhere.
    """
    if not reason.strip():
        raise Invalid("reason", "say why no more comes; it stands with the document")
    with db.transaction() as conn:
        head = conn.execute(queries.document_head, {"part": part_of_text(ref), "ref": ref}).fetchone()
        if head is not None and head[0] == "transfer":
            raise Conflict("units of a transfer are on their way: receive them, or say that they are lost", "ref")
        lock_lines(conn, [ref])
        parameters = {"ref": ref, "sku": sku, "state": state, "reason": reason, "actor": actor}
        count = conn.execute(queries.close_document_lines, parameters).rowcount
    if not count:
        raise NotFound("open document", ref, "ref")
    return count


def move_document(db: Database, ref: str, due_at: datetime, sku: str | None = None) -> int:
    """Give the open lines of a document, or of one item in it, another date; returns how many. Raises NotFound."""
    check_years("due_at", due_at)
    with db.transaction() as conn:
        lock_lines(conn, [ref])
        count = conn.execute(queries.move_document_lines, {"ref": ref, "sku": sku, "due_at": due_at}).rowcount
    if not count:
        raise NotFound("open document", ref, "ref")
    return count


def read_document(db: Database, ref: str) -> StoredDocument:
    """A document with its lines. Raises NotFound."""
    with db.transaction() as conn:
        head = conn.execute(queries.document_head, {"part": part_of_text(ref), "ref": ref}).fetchone()
        rows = conn.execute(queries.document_lines, {"ref": ref}).fetchall()
    if not rows:
        raise NotFound("document", ref, "ref")
    lines = [StoredLine(*row[1:]) for row in rows]
    kind, supplier, from_location = head or (rows[0][0], "", "")
    return StoredDocument(ref, kind, supplier, from_location, _standing(line.state for line in lines), lines)


def list_documents(
    db: Database,
    *,
    supplier: str | None = None,
    location: str | None = None,
    closed: bool = False,
    after: str = "",
    limit: int = 100,
) -> list[Listed]:
    """Documents by number: the open ones, with `closed` the others too."""
    parameters = {"supplier": supplier, "location": location, "closed": closed, "after": after, "limit": limit}
    with db.transaction() as conn:
        return [Listed(*row) for row in conn.execute(queries.list_documents, parameters)]


def overdue(conn: Connection, limit: int = 1_000) -> list[Overdue]:
    """Supply that is past its date and has not all come, the oldest first."""
    return [Overdue(*row) for row in conn.execute(queries.overdue, {"limit": limit})]


def lock_lines(conn: Connection, refs: Iterable[str]) -> list[LockedLine]:
    """All lines of these documents, locked; the heads of items whose units come are to be locked before."""
    return [LockedLine(*row) for row in conn.execute(queries.lock_document_lines, {"refs": texts(sorted(set(refs)))})]


def put_transfer_head(conn: Connection, ref: str, from_loc: int, actor: str) -> None:
    """Record that a reference is a transfer's. Raises Conflict where a purchase order has it."""
    _put_head(conn, ref, "transfer", "", from_loc, actor)


def _put_head(conn: Connection, ref: str, kind: str, supplier: str, from_loc: int | None, actor: str) -> None:
    found = conn.execute(
        queries.put_document,
        {
            "part": part_of_text(ref),
            "ref": ref,
            "kind": kind,
            "supplier": supplier,
            "from_loc": from_loc,
            "actor": actor,
        },
    ).fetchone()
    if found is None:
        raise _taken(ref, "transfer" if kind == "purchase" else "purchase order")


def _taken(ref: str, by: str) -> Conflict:
    return Conflict(f"{ref} is a {by}'s number already; give this one another", "ref")


def _resolved(snapshot: Snapshot, document: Document) -> list[_Line]:
    if len(document.lines) > LINES_MAX:
        raise Invalid(
            "lines",
            f"a document has at most {LINES_MAX} lines; send it in parts with whole: false, every item in one part",
        )
    ids = snapshot.item_ids({line.sku for line in document.lines})
    items = snapshot.items(ids.values())
    lines = []
    for n, line in enumerate(document.lines):
        if line.sku not in ids:
            raise NotFound("item", line.sku, f"lines[{n}].sku")
        rules = items[ids[line.sku]]
        if rules.kit:
            raise Invalid(f"lines[{n}].sku", f"{line.sku} is a kit and is not bought; name its components")
        code, due_at = line.location or document.location, line.due_at or document.due_at
        if code is None:
            raise Invalid(f"lines[{n}].location", "say where the units come to, in the line or in the document")
        if due_at is None:
            raise Invalid(f"lines[{n}].due_at", "say when the units are due, in the line or in the document")
        check_years(f"lines[{n}].due_at", due_at)
        place = snapshot.location(code)
        if place is None:
            raise NotFound("location", code, f"lines[{n}].location")
        lines.append(_Line(n, rules.part, rules.item, place.id, Wanted(line.qty, due_at)))
    return lines


def _amend(
    conn: Connection,
    numbers: Iterator[int],
    ref: str,
    item: int,
    loc: int,
    there: Sequence[There],
    told: Sequence[Wanted],
    actor: str,
) -> None:
    change = amend(there, told)
    part = part_of(item)
    if change.changed:
        conn.execute(
            queries.change_document_lines,
            {
                "part": part,
                "item": item,
                "ids": ints(number for number, _ in change.changed),
                "qtys": ints(wanted.qty for _, wanted in change.changed),
                "due": times(wanted.due_at for _, wanted in change.changed),
            },
        )
    if change.added:
        conn.execute(
            queries.add_expected,
            {
                "parts": ints(part for _ in change.added),
                "items": ints(item for _ in change.added),
                "ids": ints(next(numbers) for _ in change.added),
                "kinds": words("purchase" for _ in change.added),
                "locs": ints(loc for _ in change.added),
                "refs": texts(ref for _ in change.added),
                "qtys": ints(wanted.qty for wanted in change.added),
                "due": times(wanted.due_at for wanted in change.added),
            },
        )
    if change.gone:
        gone = {"part": part, "item": item, "ids": ints(change.gone), "reason": NO_LONGER, "actor": actor}
        conn.execute(queries.drop_document_lines, gone)


def _standing(states: Iterable[str]) -> Standing:
    found = set(states)
    if "open" in found:
        return "open"
    return "closed" if "closed" in found else "cancelled"
