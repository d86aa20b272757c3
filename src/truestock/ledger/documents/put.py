"""Records documents of supply as they are told, and what has changed of them when they are told again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.checks import check_years
from truestock.core.decide.supply import There, Wanted, amend
from truestock.core.identity import part_of, part_of_text
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.ledger import queries
from truestock.ledger.documents.find import read_document
from truestock.ledger.documents.lock import lock_lines
from truestock.ledger.documents.told import (
    BY_HAND,
    Teller,
    is_told,
    keep_as_of,
    keep_told,
    keep_told_by_hand,
    lines_of,
    tellers_of,
    told_after,
    told_by_hand,
)
from truestock.ledger.documents.values import Document, StoredDocument
from truestock.ledger.movement import movement_ids
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection, Database

LINES_MAX: Final = 2_000
NO_LONGER: Final = "no longer in the document"


class _Line(NamedTuple):
    n: int
    part: int
    item: int
    loc: int
    wanted: Wanted


def put_document(
    db: Database, rules: RuleBook, document: Document, actor: str, by: Teller | None = None
) -> StoredDocument:
    """Record a purchase order, or what has changed of it; told `by` a run of a feed, so that it can be undone, or by
    hand. What a run says of an item at a location changes nothing where something newer was said, by as-of time. Lines
    that were mended come to what the run has told of their items. Raises NotFound, Invalid and Conflict naming the
    field."""
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
        if by is not None:
            if by.mended:
                _come_to_others(conn, by, document.ref, there, told)
            by.keep(conn, _without_older(conn, by, document.ref, told))
        teller = by.run if by is not None else BY_HAND if is_told(conn, document.ref) else None
        were = lines_of(conn, document.ref) if teller is not None else {}
        numbers = movement_ids()
        for (item, loc), wanted in sorted(told.items()):
            _amend(conn, numbers, document.ref, item, loc, there.get((item, loc), ()), wanted, actor)
        if teller is not None:
            keep_told(conn, teller, by.as_of if by is not None else None, document.ref, were, told.keys())
        if by is None:
            keep_told_by_hand(conn, document.ref, told.keys(), whole=document.whole)
        else:
            keep_as_of(conn, document.ref, told.keys(), by.as_of)
    return read_document(db, document.ref)


def older_lines(conn: Connection, rules: RuleBook, document: Document, as_of: datetime) -> int:
    """Of how many lines of a document something newer was said than as of that. Raises as putting it would."""
    lines = rules.read(lambda snapshot: _resolved(snapshot, document))
    newer = told_after(conn, document.ref, as_of)
    return sum(newer.has((line.item, line.loc)) for line in lines)


def _without_older(conn: Connection, by: Teller, ref: str, told: dict[tuple[int, int], list[Wanted]]) -> int:
    """Take out of what a run tells the items at locations of which something newer was said; returns how many lines
    that were. Raises Conflict where they were mended."""
    newer = told_after(conn, ref, by.as_of)
    older = [cell for cell in told if newer.has(cell)]
    if older and by.mended:
        raise Conflict(f"something newer was said of this item of {ref}, which stands; drop the line", "ref")
    return sum(len(told.pop(cell)) for cell in older)


def _come_to_others(
    conn: Connection,
    by: Teller,
    ref: str,
    there: Mapping[tuple[int, int], Sequence[There]],
    told: Mapping[tuple[int, int], list[Wanted]],
) -> None:
    """Raises Conflict where a newer run, or somebody by hand, has told the item there since."""
    tellers, by_hand = tellers_of(conn, by, ref), told_by_hand(conn, ref, by.began_at)
    for key, wanted in told.items():
        runs = {line.id: tellers.get(line.id, 0) for line in there.get(key, ())}
        newest = max(runs.values(), default=0)
        if newest > by.run:
            raise Conflict(f"run {newest} has told this item of {ref} since, which stands; drop the line", "ref")
        if by_hand is None or not by_hand.isdisjoint(runs):
            raise Conflict(f"somebody has told this item of {ref} by hand since, which stands; drop the line", "ref")
        wanted += [Wanted(one.qty, one.due_at) for one in there.get(key, ()) if runs[one.id] == by.run and not one.off]


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
