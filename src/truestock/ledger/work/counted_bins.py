"""Bins that were counted: their marks, what they held at an instant, and what a count makes of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from truestock.core.book import ItemBook
from truestock.core.decide.bins import Held
from truestock.core.decide.bins_seen import BinMark, SeenInBins, Shelf
from truestock.core.words import Kind
from truestock.ledger import queries
from truestock.store.arrays import ints, times
from truestock.store.database import Connection


class Mark(NamedTuple):
    """What a count of a bin leaves: it held `qty` units then, `found` of which nobody had told of."""

    bin: Held
    as_of: datetime
    qty: int
    difference: int
    found: int


class BinsCounted(NamedTuple):
    """A movement that stated what lay of a lot in bins of a location; or took back what another, of a kind, had done to
    them, which leaves no marks."""

    movement: int
    item: int
    loc: int
    lot: int
    marks: Sequence[Mark]
    taken_back: bool = False
    kind: Kind = Kind.COUNT

    @property
    def effective_at(self) -> datetime | None:
        """When the last of them was counted."""
        return max((mark.as_of for mark in self.marks), default=None)


def read_bin_marks(conn: Connection, books: Iterable[ItemBook]) -> None:
    """Load when the bins of these books were counted last, where their locations have bins at all."""
    binned = [book for book in books if book.rules.network.binned]
    if not binned:
        return
    by_item = {book.item: book for book in binned}
    keys = {"parts": ints(book.rules.part for book in binned), "items": ints(by_item)}
    add_bin_marks(by_item, conn.execute(queries.bin_marks, keys, prepare=True).fetchall())


def add_bin_marks(by_item: Mapping[int, ItemBook], rows: Iterable[tuple[Any, ...]]) -> None:
    """Put marks that were read into their books."""
    for item, loc, lot, number, as_of, found in rows:
        book = by_item[item]
        if book.seen_in_bins is None:
            book.seen_in_bins = SeenInBins({})
        book.seen_in_bins.marks.setdefault((loc, lot), []).append(BinMark(number, as_of, found))


def read_bins_then(conn: Connection, book: ItemBook, at: datetime) -> None:
    """Load what the bins of an item held at an instant, if one of them was counted since."""
    seen = book.seen_in_bins
    if seen is None or at >= book.now or at in seen.then:
        return
    if not any(mark.as_of >= at for marks in seen.marks.values() for mark in marks):
        return
    then: dict[Shelf, list[Held]] = {}
    now: dict[Shelf, int] = {}
    parameters = {"part": book.rules.part, "item": book.item, "at": at}
    for loc, lot, number, zone, code, qty, present in conn.execute(queries.bins_then, parameters).fetchall():
        then.setdefault((loc, lot), []).append(Held(number, zone, code, qty))
        now[loc, lot] = now.get((loc, lot), 0) + present
    seen.then[at] = then
    seen.now = now


def write_marks(conn: Connection, books: Mapping[int, ItemBook], counted: Sequence[BinsCounted]) -> None:
    """Queue the marks of counts, and what is left to be told of what earlier ones had found."""
    rows = [(one, mark) for one in counted if not one.taken_back for mark in one.marks]
    if rows:
        conn.execute(
            queries.write_bin_marks,
            {
                "parts": ints(books[one.item].rules.part for one, _ in rows),
                "items": ints(one.item for one, _ in rows),
                "locs": ints(one.loc for one, _ in rows),
                "lots": ints(one.lot for one, _ in rows),
                "bins": ints(mark.bin.bin for _, mark in rows),
                "as_ofs": times(mark.as_of for _, mark in rows),
                "qtys": ints(mark.qty for _, mark in rows),
                "found": ints(mark.found for _, mark in rows),
                "movements": ints(one.movement for one, _ in rows),
            },
        )
    told = [
        (book, shelf, mark)
        for book in books.values()
        if book.seen_in_bins is not None
        for shelf, marks in book.seen_in_bins.marks.items()
        for mark in marks
        if mark.touched
    ]
    if told:
        conn.execute(
            queries.tell_found,
            {
                "parts": ints(book.rules.part for book, _, _ in told),
                "items": ints(book.item for book, _, _ in told),
                "locs": ints(loc for _, (loc, _), _ in told),
                "lots": ints(lot for _, (_, lot), _ in told),
                "bins": ints(mark.bin for *_, mark in told),
                "as_ofs": times(mark.as_of for *_, mark in told),
                "found": ints(mark.found for *_, mark in told),
            },
        )
