"""A book between transactions: as little of it as says the same when it is opened again."""

from array import array
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from truestock.core.book.item import NONE, ItemBook
from truestock.core.book.stock import Stock
from truestock.core.book.values import Kept, Lot, Short
from truestock.core.network import ItemRules, Terms

if TYPE_CHECKING:
    from truestock.core.book.view import FreeUnits

BOOK_BYTES, REST_BYTES, PART_BYTES = 220, 160, 250
# Units of so many rows are added up anew sooner than kept: the memory that they take holds more books instead.
ADDED_UP_ANEW = 16


class Rest(NamedTuple):
    """What most books have not got. `free` holds under the same `terms`."""

    lots: tuple[Lot, ...]
    shorts: tuple[Short, ...]
    kept: tuple[Kept, ...]
    guards: Mapping[int, int]
    earliest_hold: datetime | None
    settled: bool
    free: "tuple[FreeUnits, ...]"
    terms: Terms


class ClosedBook(msgspec.Struct, gc=False):
    """The rows' numbers as `Stock` has them, the version at which they hold, and the rest if there is any.

    What opens it takes it over: it cannot be opened twice."""

    version: int
    numbers: "array[int]"
    rows: int
    rest: Rest | None

    @property
    def bytes(self) -> int:
        """About how much memory it takes, its place in the cache included."""
        taken = BOOK_BYTES + len(self.numbers) * self.numbers.itemsize
        rest = self.rest
        if rest is not None:
            taken += REST_BYTES + PART_BYTES * (len(rest.lots) + len(rest.shorts) + len(rest.kept) + len(rest.guards))
            taken += sum([free.bytes for free in rest.free])
        return taken

    def open(self, rules: ItemRules, now: datetime) -> ItemBook:
        """The book in a transaction; the item's head must still be at `version`."""
        rest = self.rest
        stock = Stock(self.numbers, self.rows)
        if rest is None:
            return ItemBook(rules, self.version, now, stock)
        lots = {lot.id: lot for lot in rest.lots} if rest.lots else NONE
        kept = {kept.channel: kept for kept in rest.kept} if rest.kept else NONE
        book = ItemBook(rules, self.version, now, stock, lots, rest.shorts, kept, rest.earliest_hold, rest.guards)
        book.settled = rest.settled
        if rest.terms is book.terms:
            book.free = rest.free
        return book


def close(book: ItemBook) -> ClosedBook:
    """What was written is now what is there; all that only a transaction needs is dropped. The book is used up."""
    stock, rest = book.stock, None
    more = book.shorts or book.kept or book.lots or book.guards
    if more or book.earliest_hold is not None or stock.rows > ADDED_UP_ANEW:
        rest = _rest(book)
    stock.pack(book.touched)
    book.views.clear()  # they know the book: together they would wait for the garbage collector
    return ClosedBook(book.version + 1 if book.entries else book.version, stock.numbers, stock.rows, rest)


def _rest(book: ItemBook) -> Rest:
    shorts = tuple([short for short in book.shorts if short.open > 0])
    for short in shorts:
        short.known, short.touched, short.served = True, False, False
    for kept in book.kept.values():
        kept.touched = False
    # Lots are barred by the clock, so others may be next time.
    free = book.free if book.stock.rows > ADDED_UP_ANEW and not book.lots else ()
    for units in free:
        units.rest(book)
    kept_back = tuple(book.kept.values())
    lots = tuple(book.lots.values())
    return Rest(lots, shorts, kept_back, book.guards, book.earliest_hold, book.settled, free, book.terms)
