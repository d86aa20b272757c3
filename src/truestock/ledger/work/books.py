"""Builds the books of items from the tables, and keeps warm those that this process has just written."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from truestock.core.book import NONE, ClosedBook, ItemBook, Kept, Lot, Promise, Short, Stock, close
from truestock.core.network import ItemRules, Network
from truestock.ledger import queries
from truestock.store.arrays import ints
from truestock.store.database import Connection

Cursor = Any
ROOM_BELOW = 0.9
EARLIEST_UNKNOWN = datetime.min.replace(tzinfo=UTC)


def keys_of(rules: Collection[ItemRules]) -> dict[str, object]:
    """The parameters by which every statement finds its items."""
    return {"parts": ints([r.part for r in rules]), "items": ints([r.item for r in rules])}


@dataclass(slots=True)
class BookReads:
    """What books are made of, queued: after the lock, or without one."""

    conn: Connection
    rules: list[ItemRules]
    books: Cursor
    lots: Cursor | None

    def build(self, now: datetime, missing: Collection[int] = ()) -> dict[int, ItemBook]:
        """Fetch everything and build the books of the items that have a head and are not missing otherwise."""
        read = {row[0]: row for row in self.books.fetchall() if row[0] not in missing}
        lots: dict[int, dict[int, Lot]] = {}
        for item, lot, *traits in self.lots.fetchall() if self.lots is not None else ():
            lots.setdefault(item, {})[lot] = Lot(lot, *traits)
        rules = [r for r in self.rules if r.item in read]
        shorts = self._shorts([r for r in rules if read[r.item][6]])
        books = {}
        for r in rules:
            item, version, numbers, earliest_hold, kept, guards, _ = read[r.item]
            keeps = {row[0]: Kept(*row) for row in kept} if kept else NONE
            owed = tuple(shorts.get(item, ()))
            stock = Stock.read(numbers or b"")
            guarded = dict(guards) if guards else NONE
            books[item] = ItemBook(r, version, now, stock, lots.get(item, NONE), owed, keeps, earliest_hold, guarded)
        return books

    def _shorts(self, rules: list[ItemRules]) -> dict[int, list[Short]]:
        """What is owed, by item: of few items, so only those are asked for."""
        shorts: dict[int, list[Short]] = {}
        found = self.conn.execute(queries.open_shorts, keys_of(rules), prepare=True).fetchall() if rules else ()
        for item, priority, since, order_id, line, channel, qty, filled, cancelled in found:
            shorts.setdefault(item, []).append(
                Short(order_id, line, channel, priority, since, qty, filled, cancelled, known=True, touched=False)
            )
        return shorts


def read_books(conn: Connection, rules: list[ItemRules], *, sellable_only: bool) -> BookReads | None:
    """Queue the reads of some items' books; None when there is nothing to read."""
    if not rules:
        return None
    keys = keys_of(rules) | {"sellable_only": sellable_only}
    tracked = [r for r in rules if r.lot_tracked]
    return BookReads(
        conn=conn,
        rules=rules,
        books=conn.execute(queries.books, keys, prepare=True, binary=True),
        lots=conn.execute(queries.lots, keys_of(tracked), prepare=True) if tracked else None,
    )


class WarmBooks:
    """Books of the last transactions, by item; the longest unused go first when together they take too many bytes.

    All are of one network: under other rules none of them holds. A book is taken out while it is worked on and put
    back after the commit, so that a failure leaves none behind that differs from the tables."""

    def __init__(self, max_bytes: int = 120_000_000) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._network: Network | None = None
        self._books: dict[int, ClosedBook] = {}  # in the order in which they were kept

    def take(self, rules: Iterable[ItemRules]) -> dict[int, ClosedBook]:
        """The warm books of these items, if they were made under the same rules."""
        taken = {}
        for r in rules:
            if r.network is self._network and (book := self._books.pop(r.item, None)) is not None:
                self._bytes -= book.bytes
                taken[r.item] = book
        return taken

    def has(self, rules: ItemRules) -> bool:
        """Whether a book of this item under these rules is warm."""
        return rules.network is self._network and rules.item in self._books

    @property
    def has_room(self) -> bool:
        """Whether some more can be kept without driving others out."""
        return self._bytes < self._max_bytes * ROOM_BELOW

    def keep(self, books: Iterable[ItemBook]) -> None:
        """Put books back whose transaction is committed, or has left them unchanged."""
        for book in books:
            rules = book.rules
            if rules.network is not self._network:
                self._network, self._bytes = rules.network, 0
                self._books.clear()
            if book.earliest_hold is EARLIEST_UNKNOWN:
                continue
            closed = close(book)
            self.forget((rules.item,))
            self._books[rules.item] = closed
            self._bytes += closed.bytes
        if self._bytes > self._max_bytes:
            self._shrink()

    def forget(self, items: Iterable[int]) -> None:
        """Drop the books of these items."""
        for item in items:
            book = self._books.pop(item, None)
            if book is not None:
                self._bytes -= book.bytes

    def _shrink(self) -> None:
        # In one pass: each new look for the oldest would walk over the places of all that were taken out before it.
        excess, gone = self._bytes - self._max_bytes, []
        for item, book in self._books.items():
            if excess <= 0:
                break
            excess -= book.bytes
            gone.append(item)
        self.forget(gone)


def promise_of(row: tuple[Any, ...]) -> tuple[int, Promise]:
    """A promise from a row of the promise queries, with its item."""
    (item, expires_at, order_id, line, n, channel, priority, loc, lot, owner, qty, posted, voided, picked, made) = row
    return item, Promise(
        order_id, line, n, channel, priority, loc, lot, owner, qty, made, posted, voided, picked, expires_at
    )
