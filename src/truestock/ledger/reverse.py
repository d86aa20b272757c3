"""Reverses a movement: its opposite as new entries, effective now, after a preview of what it would do."""

from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from truestock.catalog.rules import Snapshot
from truestock.core.book import ItemBook
from truestock.core.decide import facts
from truestock.core.decide.facts import Change
from truestock.core.decide.ring_fence import Refence, refence
from truestock.core.decide.settle import fill_negative, settle
from truestock.core.identity import part_of
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.core.words import POOL, Kind, Status
from truestock.ledger import queries
from truestock.ledger.desk import Desk
from truestock.ledger.movement import Movement
from truestock.ledger.values import RowChange
from truestock.ledger.work import Work
from truestock.ledger.work.books import keys_of
from truestock.store.arrays import ints
from truestock.store.database import errors_translated
from truestock.store.errors import Busy, Duplicate

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
TRIES: Final = 4
# Of these documents know, and people decide on them.
BOOKED_ANEW: Final = frozenset({Kind.RECEIVE, Kind.TRANSFER_OUT, Kind.TRANSFER_IN})
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


class Reversal(NamedTuple):
    """What the reversal did, or in a preview would do, row by row; `movement` is 0 in a preview."""

    movement: int
    changes: list[RowChange]


def reverse(
    desk: Desk, movement: int, actor: str, reason: str, *, preview: bool, as_if_never: bool = False
) -> Reversal:
    """Book the opposite of a movement that moved units or ownership.

    With `as_if_never` it is effective when the movement was: what was stated of a cell after that stays true. Where
    others were in the way it is done anew, a few times. Raises NotFound, Conflict where it was reversed before or where
    units are no longer free, and Busy."""
    for tries_left in reversed(range(TRIES)):
        try:
            with errors_translated():
                return desk.with_rules(
                    lambda snapshot: _reverse(desk, snapshot, movement, actor, reason, preview, as_if_never)
                )
        except (Busy, Duplicate):
            desk.conn.rollback()
            if not tries_left:
                raise
    raise AssertionError("the last try answers or raises")


def _reverse(
    desk: Desk, snapshot: Snapshot, number: int, actor: str, reason: str, preview: bool, as_if_never: bool
) -> Reversal:
    head = desk.conn.execute(queries.movement_head, {"part": part_of(number), "id": number}).fetchone()
    if head is None:
        raise NotFound("movement", number)
    if head[1] == Kind.BIN:
        raise Invalid("movement", "units that were laid elsewhere are laid back: truestock bins move")
    if head[1] not in UNITS | OWNERSHIP:
        raise Invalid("movement", f"a {Kind(head[1]).name.lower()} is not reversed; release, ship or return the order")
    if head[6] is not None and head[1] in BOOKED_ANEW:
        raise Invalid("movement", "what came or was sent and was taken back is told anew, under another number")
    items = snapshot.items(head[9])
    work = desk.begin(items.values(), wait=True).open(snapshot.epoch, desk.movement)
    try:
        _refuse_twice(work, number)
        entries = _entries(work, number, head[8])
        made = desk.movement(Kind(head[1]), actor, "reverse", str(number), reason)
        made = Movement(made.id, made.kind, actor, "reverse", str(number), reason, number)
        work.begin_movement(made, work.books)
        if as_if_never:
            work.read_marks()
        _book_opposite(work, entries, as_if_never=as_if_never)
        changes = _changes(work, snapshot)
    except BaseException:
        work.rollback()
        raise
    if preview:
        work.rollback()
        return Reversal(0, changes)
    work.conn.execute(queries.lock_take_back, {**keys_of(items.values()), "movement": number})
    work.write()
    work.commit()
    return Reversal(made.id, changes)


def _refuse_twice(work: Work, number: int) -> None:
    if work.conn.execute(queries.reversal_of, {"id": number}).fetchone() is not None:
        raise Conflict("the movement was reversed before", "movement")


def _entries(work: Work, number: int, recorded_at: datetime) -> list[Entry]:
    rules = [book.rules for book in work.books.values()]
    parameters: dict[str, Any] = {
        "parts": ints(r.part for r in rules),
        "items": ints(r.item for r in rules),
        "movement": number,
        "recorded_at": recorded_at,
    }
    return [Entry(*row) for row in work.conn.execute(queries.movement_entries, parameters)]


def _book_opposite(work: Work, entries: list[Entry], *, as_if_never: bool) -> None:
    late = any(entry.kind == Kind.LATE for entry in entries)
    owned = [entry for entry in entries if entry.kind in OWNERSHIP]
    _book_ownership(work, owned)
    displaced = []
    for entry in entries:
        book = work.books[entry.item]
        if entry.kind not in UNITS or not entry.d_on_hand:
            continue
        at = entry.effective_at if late or as_if_never else work.now
        change = Change(
            entry.item, entry.loc, -entry.d_on_hand, Kind(entry.kind), None, at, entry.lot, Status(entry.status)
        )
        if entry.loc <= 0:
            book.note(entry.loc, Kind(entry.kind), -entry.d_on_hand, lot=entry.lot, effective_at=at)
        elif not late and as_if_never and _stated_since(book, change):
            facts.apply(book, change)
        elif late or entry.d_on_hand < 0:
            # Units that come back go where they left from; a late fact changed nothing today, nor does its opposite.
            row = book.row(entry.loc, entry.lot, entry.status, entry.owner)
            book.post(row, Kind(entry.kind), -entry.d_on_hand, 0, effective_at=at)
        else:
            missing = facts.shortfall(book, change, stated=True)
            if missing:
                work.read_displaceable(change, missing)
            displaced.append((book, facts.apply(book, change, stated=True).displaced))
    for book in work.books.values():
        for loc in book.stock.locs():
            fill_negative(book, loc)
    settle(work.books.values(), displaced)


def _stated_since(book: ItemBook, change: Change) -> bool:
    """Whether a statement newer than what is reversed, which may be one itself, says what lies there."""
    mark = book.mark(change.loc, change.lot, change.status)
    return mark is not None and mark > change.effective_at


def _book_ownership(work: Work, entries: list[Entry]) -> None:
    gave = {e.owner for e in entries if e.d_on_hand < 0}
    for entry in entries:
        if entry.d_on_hand > 0:
            (giver,) = gave or {POOL}
            wish = Refence(entry.item, entry.loc, entry.owner, giver, entry.d_on_hand)
            if refence(work.books[entry.item], wish) < wish.qty:
                raise Conflict("units of that ring are promised by now; release them first", "movement")


def _changes(work: Work, snapshot: Snapshot) -> list[RowChange]:
    network = snapshot.network
    return [
        RowChange(
            book.rules.sku,
            network.locations[row.loc].code,
            work.lot_code(book.item, row.lot),
            Status(row.status).name.lower(),
            network.channels[row.owner].code if row.owner else "",
            row.d_on_hand,
            row.d_reserved,
        )
        for book in work.books.values()
        for row in sorted(book.touched, key=attrgetter("loc", "lot", "status", "owner"))
        if row.d_on_hand or row.d_reserved
    ]
