"""The opposite of what a movement did to stock rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.core.book import ItemBook, Promise
from truestock.core.decide import facts
from truestock.core.decide.facts import Change
from truestock.core.decide.ring_fence import Refence, refence
from truestock.core.problems import Conflict
from truestock.core.words import POOL, Kind, Place, Status
from truestock.ledger.reversing.bins import Cell, InBin, Seen, seen_since
from truestock.ledger.work import Work

UNITS = frozenset(
    {
        Kind.OPENING,
        Kind.RECEIVE,
        Kind.PUT_AWAY,
        Kind.ADJUST,
        Kind.COUNT,
        Kind.TRANSFER_OUT,
        Kind.TRANSFER_IN,
        Kind.STATUS,
        Kind.RETURN,
        Kind.LATE,
        Kind.SALE,
        Kind.SEND_BACK,
        Kind.SCRAP,
    }
)
OWNERSHIP = frozenset({Kind.ALLOCATE, Kind.UNALLOCATE, Kind.REALLOCATE})


class Entry(NamedTuple):
    """An entry of the movement to be reversed."""

    item: int
    kind: int
    effective_at: datetime
    loc: int
    lot: int
    status: int
    owner: int
    d_on_hand: int
    d_reserved: int
    channel: int

    @property
    def cell(self) -> Cell:
        """Item, location and lot."""
        return self.item, self.loc, self.lot

    @property
    def row(self) -> tuple[int, ...]:
        """The stock row."""
        return *self.cell, self.status, self.owner


def book_opposite(
    work: Work, entries: list[Entry], in_bins: Sequence[InBin], *, then: bool, again: bool
) -> list[tuple[ItemBook, tuple[Promise, ...]]]:
    """Book the opposite of a movement's entries, now, or with `then` as if it never was; answers what it displaced.
    `again`: another statement of the same has taken the place of its own, maybe as of the same instant.

    Raises Conflict where ownership is promised by now."""
    late = any(entry.kind == Kind.LATE for entry in entries)
    _book_ownership(work, [entry for entry in entries if entry.kind in OWNERSHIP])
    moved = [entry for entry in entries if entry.kind in UNITS and entry.d_on_hand]
    seen = _seen(moved, in_bins) if then and not late else {}
    told = {one.cell for one in in_bins}
    displaced = []
    if late:
        moved = _book_late(work, moved)
    for entry in moved:
        book = work.books[entry.item]
        at = entry.effective_at if late or then else work.now
        qty = -entry.d_on_hand
        if entry.loc <= 0:
            book.note(entry.loc, Kind(entry.kind), qty, lot=entry.lot, effective_at=at)
            continue
        stated = again or stated_since(book, entry)
        part = seen.pop(entry.cell, None) if entry.status != Status.IN_TRANSIT else None
        if part is not None and not stated:
            _book_seen(book, entry, part)
            qty -= part.qty
        of_bins = late or entry.kind == Kind.COUNT or (then and entry.cell in told)
        change = Change(
            entry.item, entry.loc, qty, Kind(entry.kind), None, at, entry.lot, Status(entry.status), of_bins=of_bins
        )
        work.read_bins_then(entry.item, at)
        if not late and then and stated:
            facts.apply(book, change)
        elif qty > 0:
            # Units that come back go where they left from.
            row = book.row(entry.loc, entry.lot, entry.status, entry.owner)
            book.post(row, Kind(entry.kind), qty, 0, effective_at=at)
        elif qty:
            missing = facts.shortfall(book, change, stated=True)
            if missing:
                work.read_displaceable(change, missing)
            displaced.append((book, facts.apply(book, change, stated=True).displaced))
    return displaced


def _book_late(work: Work, moved: Sequence[Entry]) -> list[Entry]:
    """Book the opposite of what a late fact had changed nothing by today; answers what it did change."""
    kept: dict[tuple[int, ...], int] = {}
    for entry in moved:
        kept[entry.row] = kept.get(entry.row, 0) + entry.d_on_hand
    left = [entry for entry in moved if entry.loc <= 0]
    for entry in sorted(moved, key=lambda entry: entry.kind == Kind.LATE):
        if entry.loc <= 0:
            continue
        of_it = sorted((0, entry.d_on_hand, kept[entry.row]))[1]
        kept[entry.row] -= of_it
        row = work.books[entry.item].row(entry.loc, entry.lot, entry.status, entry.owner)
        if seen := entry.d_on_hand - of_it:
            work.books[entry.item].post(row, Kind(entry.kind), -seen, 0, effective_at=entry.effective_at)
        if of_it:
            left.append(entry._replace(d_on_hand=of_it))
    return left


def stated_since(book: ItemBook, entry: Entry) -> bool:
    """Whether a statement newer than what is reversed, which may be one itself, says what lies there."""
    mark = book.mark(entry.loc, entry.lot, entry.status)
    return mark is not None and mark > entry.effective_at


def _seen(moved: Sequence[Entry], in_bins: Sequence[InBin]) -> dict[Cell, Seen]:
    changed: dict[Cell, int] = {}
    for entry in moved:
        if entry.loc > 0 and entry.status != Status.IN_TRANSIT:
            changed[entry.cell] = changed.get(entry.cell, 0) + entry.d_on_hand
    return seen_since({cell: qty for cell, qty in changed.items() if qty}, in_bins)


def _book_seen(book: ItemBook, entry: Entry, seen: Seen) -> None:
    """Units that a count of bins has seen change nothing today."""
    row, kind = book.row(entry.loc, entry.lot, entry.status, POOL), Kind(entry.kind)
    book.post(row, kind, seen.qty, 0, effective_at=entry.effective_at)
    book.post(row, Kind.LATE, -seen.qty, 0, effective_at=seen.as_of)
    book.note(Place.ADJUSTMENT, Kind.LATE, seen.qty, lot=entry.lot, effective_at=seen.as_of)


def _book_ownership(work: Work, entries: list[Entry]) -> None:
    gave = {e.owner for e in entries if e.d_on_hand < 0}
    for entry in entries:
        if entry.d_on_hand > 0:
            (giver,) = gave or {POOL}
            wish = Refence(entry.item, entry.loc, entry.owner, giver, entry.d_on_hand)
            if refence(work.books[entry.item], wish) < wish.qty:
                raise Conflict("units of that ring are promised by now; release them first", "movement")
