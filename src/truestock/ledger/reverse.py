"""Reverses a movement: its opposite as new entries, after a preview of what it would do. What happened is reversed
now, a count as of when it was taken."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from truestock.catalog.rules import Snapshot
from truestock.core.book import ItemBook, Promise
from truestock.core.decide.settle import fill_negative, settle
from truestock.core.identity import part_of
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.core.words import Kind, Status
from truestock.ledger import queries
from truestock.ledger.desk import Desk
from truestock.ledger.movement import Movement
from truestock.ledger.reversing.bins import bins_of, opposite
from truestock.ledger.reversing.figures import NONE, figures_of, take_back_figures
from truestock.ledger.reversing.marks import (
    facts_seen_by,
    keep_seen,
    read_marks_without,
    stated_again,
    take_back_anew,
    take_back_marks,
    tell_again,
)
from truestock.ledger.reversing.units import OWNERSHIP, UNITS, Entry, book_opposite, stated_since
from truestock.ledger.values import RowChange
from truestock.ledger.work import Work
from truestock.ledger.work.books import keys_of
from truestock.store.arrays import ints
from truestock.store.database import errors_translated
from truestock.store.errors import Busy, Duplicate

TRIES: Final = 4
NAMED_MAX: Final = 20
COUNTED_ANEW: Final = "a count that was taken back is counted anew; reversing that does not bring it back"
COUNTS_AGAIN: Final = "it lets count what other movements had told; reverse those"
# Of these documents know, and people decide on them.
BOOKED_ANEW: Final = frozenset({Kind.RECEIVE, Kind.TRANSFER_OUT, Kind.TRANSFER_IN})
DECIDED: Final = {"put_away": "were put away", "left": "were moved"}


class DecidedSince(Conflict):
    """Units of a movement were decided on since; `said` names how many, how, and by which movements."""

    def __init__(self, said: str) -> None:
        super().__init__(f"of its units {said}; reverse that first, or book what happened as a movement", "movement")
        self.said = said


class Reversal(NamedTuple):
    """What the reversal did, or in a preview would do, row by row; `movement` is 0 in a preview."""

    movement: int
    changes: list[RowChange]


def reverse(
    desk: Desk, movement: int, actor: str, reason: str, *, preview: bool, as_if_never: bool = False
) -> Reversal:
    """Book the opposite of a movement that moved units or ownership.

    With `as_if_never`, as for every count, it is effective when the movement was: what was stated of a cell after that
    stays true. Where others were in the way it is done anew, a few times. Raises NotFound, Conflict where it was
    reversed before or where units are no longer free, DecidedSince where somebody has decided on them, and Busy."""
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


def refuse_decided(desk: Desk, movements: Sequence[int], field: str) -> None:
    """Before movements are reversed as if they never were: raises Conflict where their units were decided on since."""
    keys = {"parts": ints(map(part_of, movements)), "ids": ints(movements)}
    concerned = [number for (number,) in desk.conn.execute(queries.movements_decided_on, keys).fetchall()]
    found: list[str] = []
    for number in concerned:
        try:
            reverse(desk, number, "", "", preview=True, as_if_never=True)
        except DecidedSince as refused:
            found.append(refused.said)
        if len(found) > NAMED_MAX:
            break
    if found:
        more = ", and more" if len(found) > NAMED_MAX else ""
        raise Conflict(f"of its units {', '.join(found[:NAMED_MAX])}{more}; reverse those movements first", field)


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
    if head[1] == Kind.LATE:
        raise Invalid("movement", COUNTS_AGAIN)
    if head[6] is not None and head[1] == Kind.COUNT:
        raise Invalid("movement", COUNTED_ANEW)
    if head[6] is not None and _told_anew(desk, head):
        raise Invalid(
            "movement", "what came, was sent or was lost and was taken back is told anew, under another number"
        )
    if head[6] is not None and _was_approved(desk, head):
        raise Invalid("movement", "its units wait for approval again; have them approved or rejected")
    items = snapshot.items(head[9])
    work = desk.begin(items.values(), wait=True).open(snapshot.epoch, desk.movement)
    try:
        _refuse_twice(work, number)
        entries = _entries(work, number, head[8])
        made = desk.movement(Kind(head[1]), actor, "reverse", str(number), reason)
        made = Movement(made.id, made.kind, actor, "reverse", str(number), reason, number)
        work.begin_movement(made, work.books)
        # A count says what lay there then: without it, that was never said.
        then = as_if_never or head[1] == Kind.COUNT
        # Who undoes a whole run has taken back what it stated.
        figures = NONE if as_if_never else figures_of(work, number, head)
        if then:
            read_marks_without(work, number, figures)
        if not as_if_never or _takes_units(work, head[1], entries):
            _refuse_decided(work, number, head)
        in_bins = bins_of(work, number, head[8])
        displaced = book_opposite(work, entries, in_bins, then=then, again=then and stated_again(work, number))
        late = {(*entry.cell, entry.status): entry.effective_at for entry in entries if entry.kind == Kind.LATE}
        if late:
            displaced += take_back_anew(work, number, late, then=then)
        moved = [((entry.item, entry.loc, entry.lot), entry.status) for entry in entries]
        work.counted += opposite(work, made, moved, in_bins, then=then)
        seen = facts_seen_by(work, number, head[8], figures) if head[1] == Kind.COUNT else []
        if seen:
            what = desk.movement(Kind.LATE, actor, "reverse", str(number), reason)
            work.begin_movement(what, {fact.item for fact in seen})
            displaced += [tell_again(work, fact).displaced for fact in seen]
        _settle(work, displaced)
        changes = _changes(work, snapshot)
    except BaseException:
        work.rollback()
        raise
    if preview:
        work.rollback()
        return Reversal(0, changes)
    work.conn.execute(queries.lock_take_back, {**keys_of(items.values()), "movement": number})
    take_back_marks(work, number)
    take_back_figures(work, figures)
    keep_seen(work, seen)
    work.write()
    work.commit()
    return Reversal(made.id, changes)


def _refuse_twice(work: Work, number: int) -> None:
    if work.conn.execute(queries.reversal_of, {"id": number}).fetchone() is not None:
        raise Conflict("the movement was reversed before", "movement")


def _told_anew(desk: Desk, head: tuple[Any, ...]) -> bool:
    """Whether documents or receipts know what a reversal, of this head, has taken back: they do not learn it again."""
    if head[1] in BOOKED_ANEW:
        return True
    keys = {"parts": ints([part_of(head[6])]), "movement": head[6], "items": list(head[9])}
    ((found,),) = desk.conn.execute(queries.told_of_documents, keys).fetchall()
    return bool(found)


def _was_approved(desk: Desk, head: tuple[Any, ...]) -> bool:
    """Whether units of a reversal, of this head, wait for somebody's approval again, whoever reverses it."""
    keys = {"movement": head[6], "items": list(head[9])}
    ((found,),) = desk.conn.execute(queries.took_what_is_approved, keys).fetchall()
    return bool(found)


def _refuse_decided(work: Work, number: int, head: tuple[Any, ...]) -> None:
    """What a movement brought to where it waits is there to be taken back only while nobody has decided on it."""
    keys = keys_of([book.rules for book in work.books.values()])
    which = {"movement": number, "reversed": head[6], "recorded_at": head[8]}
    rows = work.conn.execute(queries.decided_since, {**keys, **which}).fetchall()
    if rows:
        said = ", ".join(f"{qty} {DECIDED.get(what, what)} by movement {movement}" for movement, what, qty in rows)
        raise DecidedSince(said)


def _takes_units(work: Work, kind: int, entries: list[Entry]) -> bool:
    """Whether what is taken back as if it never was are units that came, and lie where nothing newer says what does."""
    return kind != Kind.COUNT and any(
        entry.loc > 0 and entry.d_on_hand > 0 and not stated_since(work.books[entry.item], entry) for entry in entries
    )


def _entries(work: Work, number: int, recorded_at: datetime) -> list[Entry]:
    rules = [book.rules for book in work.books.values()]
    parameters: dict[str, Any] = {
        "parts": ints(r.part for r in rules),
        "items": ints(r.item for r in rules),
        "movement": number,
        "recorded_at": recorded_at,
    }
    return [Entry(*row) for row in work.conn.execute(queries.movement_entries, parameters)]


def _settle(work: Work, displaced: list[tuple[ItemBook, tuple[Promise, ...]]]) -> None:
    for book in work.books.values():
        for loc in book.stock.locs():
            fill_negative(book, loc)
    settle(work.books.values(), displaced)


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
