"""Marks without a movement's: those that stood before it stand again, and facts that it alone had seen count."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.core.book import ItemBook, Promise
from truestock.core.decide import facts
from truestock.core.decide.bins_seen import IN_PLACE, late_in_bins
from truestock.core.decide.facts import Change
from truestock.core.words import NO_LOT, POOL, Kind, Place, Status
from truestock.ledger.reversing import queries
from truestock.ledger.reversing.figures import Figures, cells_of
from truestock.ledger.work import Work
from truestock.ledger.work.books import keys_of
from truestock.ledger.work.counted_bins import add_bin_marks
from truestock.store.arrays import ints, times

Displaced = tuple[ItemBook, tuple[Promise, ...]]
Cell = tuple[int, int, int, int]  # item, location, lot, status


class SeenFact(NamedTuple):
    """A fact that changed a cell by `qty` units `at` a time, was told late, and did not count: a statement as of
    `seen_at` had seen it."""

    movement: int
    item: int
    loc: int
    lot: int
    status: int
    qty: int
    kind: int
    at: datetime
    seen_at: datetime


def read_marks_without(work: Work, movement: int, figures: Figures) -> None:
    """Load the newest absolute statements, had a movement, whose `figures` these are, stated nothing."""
    keys = {**keys_of([book.rules for book in work.books.values()]), "movement": movement}
    which = {**cells_of(work, figures.standing), "run": figures.run}
    before = [one.mark for one in figures.standing if one.binds]
    work.add_marks([*work.conn.execute(queries.marks_without, {**keys, **which}), *before])
    binned = {book.item: book for book in work.books.values() if book.rules.network.binned}
    if binned:
        add_bin_marks(binned, work.conn.execute(queries.bin_marks_without, keys).fetchall())


def stated_again(work: Work, movement: int) -> bool:
    """Whether another count of the same cell has taken the place of a movement's, and stands."""
    keys = {**keys_of([book.rules for book in work.books.values()]), "movement": movement}
    ((found,),) = work.conn.execute(queries.stated_again, keys).fetchall()
    return bool(found)


def take_back_marks(work: Work, movement: int) -> None:
    """Have what was stated before a movement stand again, of locations and of bins."""
    keys = {**keys_of([book.rules for book in work.books.values()]), "movement": movement}
    work.conn.execute(queries.take_back_marks, keys)
    work.conn.execute(queries.take_back_bin_marks, keys)


def facts_seen_by(work: Work, movement: int, recorded_at: datetime, figures: Figures) -> list[SeenFact]:
    """The facts that a movement's statement, or its figures, had seen and that were told since, as far as nothing else
    sees them at the same instant; the marks without that movement have been read."""
    keys = keys_of([book.rules for book in work.books.values()])
    which = {
        **cells_of(work, figures.cells),
        "f_as_ofs": times(one.said_as_of for one in figures.cells),
        "f_untils": times(one.said_until for one in figures.cells),
        "movement": movement,
        "since": figures.since(recorded_at),
    }
    found = [SeenFact(*row) for row in work.conn.execute(queries.seen_by_movement, {**keys, **which})]
    return [fact for fact in found if seen_by(work, fact) != fact.seen_at]


def keep_seen(work: Work, seen: Sequence[SeenFact]) -> None:
    """Keep what has become of facts, so that whoever takes back another statement does not have them count twice."""
    if not seen:
        return
    work.conn.execute(
        queries.keep_seen,
        {
            "parts": ints(work.books[fact.item].rules.part for fact in seen),
            "items": ints(fact.item for fact in seen),
            "locs": ints(fact.loc for fact in seen),
            "lots": ints(fact.lot for fact in seen),
            "statuses": ints(fact.status for fact in seen),
            "movements": ints(fact.movement for fact in seen),
            "kinds": ints(fact.kind for fact in seen),
            "qtys": ints(fact.qty for fact in seen),
            "at": times(fact.at for fact in seen),
            "seen_at": times(fact.seen_at for fact in seen),
            "seen_by": times(seen_by(work, fact) for fact in seen),
        },
    )


def seen_by(work: Work, fact: SeenFact) -> datetime | None:
    """As of when a statement had seen a fact; the marks have been read."""
    book = work.books[fact.item]
    mark = book.mark(fact.loc, _lot(book, fact), fact.status, ours=fact.kind == Kind.SHIP)
    return mark if mark is not None and mark >= fact.at else None


class Again(NamedTuple):
    """What a fact that is told again changes today, in base units, and the promises that it displaced."""

    units: int
    displaced: Displaced


def tell_again(work: Work, fact: SeenFact) -> Again:
    """Have a fact count, but for what counts of bins have seen of it; or, where another statement had seen it, have it
    seen by that, so that today nothing changes."""
    book, mark = work.books[fact.item], seen_by(work, fact)
    if mark is not None:
        _see_by(book, fact, mark)
        return Again(0, (book, ()))
    change = Change(
        fact.item, fact.loc, fact.qty, Kind.LATE, Place.ADJUSTMENT, fact.seen_at, _lot(book, fact), Status(fact.status),
        of_bins=fact.kind in IN_PLACE, happened_at=fact.at,
    )  # fmt: skip
    work.read_bins_then(fact.item, fact.at)
    in_bins = sum(part.qty for part in late_in_bins(book, change.told))
    if missing := facts.shortfall(book, change, stated=True):
        work.read_displaceable(change, missing)
    return Again(fact.qty - in_bins, (book, facts.apply(book, change, stated=True).displaced))


def take_back_anew(work: Work, movement: int, told: Mapping[Cell, datetime], *, then: bool) -> list[Displaced]:
    """The opposite of what has become of facts of a movement since, which the `told` cells say were seen as of then:
    those that other statements see are seen by them, and those that count are taken back, now or as if they never were.
    Answers the promises that were displaced."""
    keys = {**keys_of([book.rules for book in work.books.values()]), "movement": movement}
    displaced = []
    for item, loc, lot, status, qty, kind, at, seen_at, counts in work.conn.execute(queries.seen_anew, keys).fetchall():
        book, told_at = work.books[item], told.get((item, loc, lot, status), seen_at)
        _see_by(book, SeenFact(movement, item, loc, lot, status, -qty, kind, at, told_at), seen_at)
        if counts:
            as_of = seen_at if then else work.now
            against = Place.ADJUSTMENT
            change = Change(item, loc, -qty, Kind.LATE, against, as_of, lot, Status(status), of_bins=True)
            if missing := facts.shortfall(book, change):
                work.read_displaceable(change, missing)
            displaced.append((book, facts.apply(book, change).displaced))
    return displaced


def _see_by(book: ItemBook, fact: SeenFact, mark: datetime) -> None:
    row = book.row(fact.loc, fact.lot, fact.status, POOL)
    for qty, at in ((fact.qty, fact.seen_at), (-fact.qty, mark)):
        book.post(row, Kind.LATE, qty, 0, effective_at=at)
        book.note(Place.ADJUSTMENT, Kind.LATE, -qty, lot=fact.lot, effective_at=at)


def _lot(book: ItemBook, fact: SeenFact) -> int | None:
    return None if fact.lot == NO_LOT and book.rules.lot_tracked else fact.lot
