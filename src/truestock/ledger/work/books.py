"""Builds the books of items from the tables, and keeps warm those that this process has just written."""

from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from sys import byteorder
from typing import Any

from truestock.core.book import NONE, ItemBook, Kept, Lot, Promise, Short, Stock
from truestock.core.network import ItemRules
from truestock.ledger import queries
from truestock.store.arrays import ints
from truestock.store.database import Connection

Cursor = Any
EARLIEST_UNKNOWN = datetime.min.replace(tzinfo=UTC)


def keys_of(rules: Collection[ItemRules]) -> dict[str, str]:
    """The parameters by which every statement finds its items."""
    return {"parts": ints([r.part for r in rules]), "items": ints([r.item for r in rules])}


@dataclass(slots=True)
class BookReads:
    """What books are made of, queued after the lock."""

    rules: list[ItemRules]
    rows: Cursor
    shorts: Cursor
    kept: Cursor
    lots: Cursor | None

    def build(self, heads: Mapping[int, tuple[int, datetime]], now: datetime) -> dict[int, ItemBook]:
        """Fetch everything and build the books of the items that are locked."""
        rows = {item: columns for item, *columns in self.rows.fetchall()}
        lots: dict[int, dict[int, Lot]] = {}
        for item, lot, *traits in self.lots.fetchall() if self.lots is not None else ():
            lots.setdefault(item, {})[lot] = Lot(lot, *traits)
        kept: dict[int, dict[int, Kept]] = {}
        for item, channel, target, used in self.kept.fetchall():
            kept.setdefault(item, {})[channel] = Kept(channel, target, used)
        shorts: dict[int, list[Short]] = {}
        for item, priority, since, order_id, line, channel, qty, filled, cancelled in self.shorts.fetchall():
            shorts.setdefault(item, []).append(
                Short(order_id, line, channel, priority, since, qty, filled, cancelled, known=True, touched=False)
            )
        return {
            r.item: ItemBook(
                r,
                heads[r.item][0],
                now,
                _stock(rows[r.item][0]),
                lots.get(r.item, NONE),
                tuple(shorts.get(r.item, ())),
                kept.get(r.item, NONE),
                rows[r.item][1],
            )
            for r in self.rules
            if r.item in heads
        }


def _stock(numbers: bytes | None) -> Stock:
    """Stock from a column of the stock queries, which is in network byte order."""
    packed = array("q", numbers or b"")
    if byteorder == "little":
        packed.byteswap()
    return Stock(packed[:])  # a copy, which keeps no room to grow


def read_books(conn: Connection, rules: list[ItemRules], *, sellable_only: bool) -> BookReads | None:
    """Queue the reads of some items' books; None when there is nothing to read."""
    if not rules:
        return None
    keys = keys_of(rules)
    tracked = [r for r in rules if r.lot_tracked]
    return BookReads(
        rules=rules,
        rows=conn.execute(
            queries.sellable_rows if sellable_only else queries.stock_rows, keys, prepare=True, binary=True
        ),
        shorts=conn.execute(queries.open_shorts, keys, prepare=True),
        kept=conn.execute(queries.kept, keys, prepare=True),
        lots=conn.execute(queries.lots, keys_of(tracked), prepare=True) if tracked else None,
    )


class WarmBooks:
    """Books of the last transactions, by item; the longest unused go first when together they take too many bytes.

    A book is taken out while it is worked on and put back after the commit, so that a failure leaves none behind that
    differs from the tables."""

    def __init__(self, max_bytes: int = 120_000_000) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._books: OrderedDict[int, ItemBook] = OrderedDict()

    def take(self, rules: Iterable[ItemRules]) -> dict[int, ItemBook]:
        """The warm books of these items, if they were made under the same rules."""
        taken = {}
        for r in rules:
            book = self._out(r.item)
            if book is not None and book.rules.network is r.network:
                book.rules = r  # the same rules, maybe read again
                taken[r.item] = book
        return taken

    def keep(self, books: Iterable[ItemBook]) -> None:
        """Put books back whose transaction is committed, or has left them unchanged."""
        for book in books:
            if book.earliest_hold is EARLIEST_UNKNOWN:
                continue
            book.close()
            self._out(book.item)
            self._books[book.item] = book
            self._bytes += book.bytes
        while self._bytes > self._max_bytes:
            self._out(next(iter(self._books)))

    def forget(self, items: Iterable[int]) -> None:
        """Drop the books of these items."""
        for item in items:
            self._out(item)

    def _out(self, item: int) -> ItemBook | None:
        book = self._books.pop(item, None)
        if book is not None:
            self._bytes -= book.bytes
        return book


def promise_of(row: tuple[Any, ...]) -> tuple[int, Promise]:
    """A promise from a row of the promise queries, with its item."""
    (item, expires_at, order_id, line, n, channel, priority, loc, lot, owner, qty, posted, voided, picked, made) = row
    return item, Promise(
        order_id, line, n, channel, priority, loc, lot, owner, qty, made, posted, voided, picked, expires_at
    )
