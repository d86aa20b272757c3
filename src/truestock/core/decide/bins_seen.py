"""What counts of bins have seen of an item, so that a fact that happened before one and is told after it counts once.

A count of a bin says what lies in it, and its difference is booked into the cell of the location. A late fact is held
against the bins that were counted after it: units that left one of them then are missed already, units that came are
found already, and what concerned other bins still counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from truestock.core.book import ItemBook, Row
from truestock.core.decide.bins import Held, giving_order, take
from truestock.core.words import NO_LOT, POOL, Kind, Status

Shelf = tuple[int, int]  # location, lot
# Units keep their place: what lies in the bins stays as it is.
IN_PLACE: Final = frozenset({Kind.STATUS, Kind.PUT_AWAY})


@dataclass(slots=True)
class BinMark:
    """A bin was counted; `found` units that the count brought may still be told of."""

    bin: int
    as_of: datetime
    found: int = 0
    touched: bool = False


class Late(NamedTuple):
    """Units (below zero: that left) of a late fact that the count of `as_of` had seen, in a bin or, with 0, in none."""

    bin: int
    qty: int
    as_of: datetime
    lot: int


class LateInBin(NamedTuple):
    """The same as it was booked, by a movement of a kind that happened `at`."""

    movement: int
    kind: int
    at: datetime
    loc: int
    lot: int
    bin: Held
    qty: int
    as_of: datetime


@dataclass(slots=True)
class SeenInBins:
    """Marks of an item, by location and lot, and what its bins held at instants that were read, and hold now."""

    marks: dict[Shelf, list[BinMark]]
    then: dict[datetime, Mapping[Shelf, Sequence[Held]]] = field(default_factory=dict)
    now: Mapping[Shelf, int] = field(default_factory=dict)
    late: list[LateInBin] = field(default_factory=list)

    def since(self, shelf: Shelf, at: datetime) -> dict[int, BinMark]:
        """By bin the marks that had seen what happened `at`, the oldest first."""
        found = [mark for mark in self.marks.get(shelf, ()) if mark.as_of >= at]
        return {mark.bin: mark for mark in sorted(found, key=lambda mark: (mark.as_of, mark.bin))}

    def held(self, shelf: Shelf, at: datetime) -> list[Held]:
        """What bins held `at`, with what this transaction has told of it since."""
        held = [replace(one) for one in self.then.get(at, {}).get(shelf, ())]
        for bin_ in held:
            told = (one for one in self.late if (one.loc, one.lot) == shelf and one.bin.bin == bin_.bin)
            bin_.qty += sum(one.qty for one in told if one.at <= at < one.as_of)
        return held


class Told(NamedTuple):
    """A fact as it is told. `lot` None where it named none; `into` the bin that it named, or 0. `of_bins`: it is what
    a count of bins says itself."""

    loc: int
    lot: int | None
    status: int
    qty: int
    kind: Kind
    at: datetime
    into: int = 0
    of_bins: bool = False


def late_in_bins(book: ItemBook, told: Told) -> list[Late]:
    """The parts of a fact that counts of bins had seen. What names no lot of an item with lots came as what counts have
    found, of whatever lot, and left as the lots leave."""
    seen = _concerned(book, told)
    if seen is None:
        return []
    lots = [(told.lot or NO_LOT, told.qty)]
    if told.lot is None and book.rules.lot_tracked:
        if told.qty > 0:
            return _came_of_any(book, seen, told)
        lots = [(lot, -qty) for lot, qty in lots_left(book, told)]
    parts = []
    for lot, qty in lots:
        marks = seen.since((told.loc, lot), told.at)
        if marks:
            of_lot = told._replace(lot=lot, qty=qty)
            parts += _came(marks, of_lot) if qty > 0 else _left(book, seen, marks, of_lot)
    return parts


def lots_left(book: ItemBook, told: Told) -> list[tuple[int, int]]:
    """Of an item with lots, those that left, and their units, when nobody said which and bins were counted since: those
    that leave first, as far as they lay there."""
    seen = _concerned(book, told)
    if seen is None or told.lot is not None or not book.rules.lot_tracked or told.qty > 0:
        return []
    left, found = -told.qty, []
    for lot in _lots(book, told.loc):
        shelf = (told.loc, lot)
        loose = max(0, _there(book, shelf) - seen.now.get(shelf, 0))
        qty = min(left, loose + sum(one.qty for one in seen.held(shelf, told.at)))
        if qty > 0:
            found.append((lot, qty))
            left -= qty
    return found


def _concerned(book: ItemBook, told: Told) -> SeenInBins | None:
    """The marks that a fact is held against, where bins of its location were counted since."""
    seen = book.seen_in_bins
    if seen is None or told.at >= book.now or told.of_bins or not told.qty:
        return None
    if told.kind in IN_PLACE or told.status == Status.IN_TRANSIT:
        return None
    counted = (mark for (loc, _), marks in seen.marks.items() if loc == told.loc for mark in marks)
    return seen if any(mark.as_of >= told.at for mark in counted) else None


def _lots(book: ItemBook, loc: int) -> list[int]:
    lots = {NO_LOT, *(row.lot for row in book.stock.at(loc))}
    return sorted(lots, key=lambda lot: (lot != NO_LOT, book.rotation(Row(loc, lot, Status.SELLABLE, POOL))))


def _there(book: ItemBook, shelf: Shelf) -> int:
    """Units of a lot at a location before this transaction."""
    rows = (row for row in book.stock.at(shelf[0]) if row.lot == shelf[1] and row.status != Status.IN_TRANSIT)
    return sum(row.on_hand - row.d_on_hand for row in rows)


def _came_of_any(book: ItemBook, seen: SeenInBins, told: Told) -> list[Late]:
    without_lot = seen.since((told.loc, NO_LOT), told.at)
    if told.into in without_lot:
        return _came(without_lot, told)
    left, parts = told.qty, []
    for lot in _lots(book, told.loc):
        marks = seen.since((told.loc, lot), told.at)
        found = {number: mark for number, mark in marks.items() if told.into in (0, number)}
        some = _came(found, told._replace(lot=lot, qty=left, into=0))
        left -= sum(part.qty for part in some)
        parts += some
    return parts


def _came(marks: Mapping[int, BinMark], told: Told) -> list[Late]:
    """Into a bin that was counted since, or as far as counts since then had found units that nobody had told of."""
    lot = told.lot or NO_LOT
    if told.into in marks:
        return [Late(told.into, told.qty, marks[told.into].as_of, lot)]
    left, parts = told.qty, []
    for mark in marks.values() if not told.into else ():
        qty = min(left, mark.found)
        if qty:
            parts.append(Late(mark.bin, qty, mark.as_of, lot))
            left -= qty
    return parts


def _left(book: ItemBook, seen: SeenInBins, marks: Mapping[int, BinMark], told: Told) -> list[Late]:
    """Out of the bins that gave then; what lay in none is missed already as far as a count has laid it into a bin."""
    shelf = (told.loc, told.lot or NO_LOT)
    gave = take(seen.held(shelf, told.at), -told.qty, giving_order(told.status))
    parts = [Late(one.bin, -one.qty, marks[one.bin].as_of, shelf[1]) for one in gave if one.bin in marks]
    rest = -told.qty - sum(one.qty for one in gave)
    in_bins = seen.now.get(shelf, 0) - sum(one.qty for one in gave if one.bin not in marks)
    missed = min(rest, in_bins - (_there(book, shelf) + told.qty - sum(part.qty for part in parts)))
    if rest and missed > 0:
        parts.append(Late(0, -missed, max(mark.as_of for mark in marks.values()), shelf[1]))
    return parts


def note_late(book: ItemBook, told: Told, part: Late) -> None:
    """Keep what was booked of a part, so that the bins' entries say it and nothing is taken for seen twice."""
    seen = book.seen_in_bins
    assert seen is not None
    shelf = (told.loc, part.lot)
    if part.qty > 0:
        for mark in seen.marks[shelf]:
            if mark.bin == part.bin:
                mark.found = max(0, mark.found - part.qty)
                mark.touched = True
        return
    for bin_ in seen.held(shelf, told.at):
        if bin_.bin == part.bin:
            seen.late.append(LateInBin(book.movement, told.kind, told.at, *shelf, bin_, part.qty, part.as_of))
