"""One transaction on a set of items: lock their heads, read what a decision needs, hand out books, write them back.

What to decide is the caller's; everything is read after the lock and written in sets.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from truestock.catalog.rules import RulesChanged
from truestock.core.book import ClosedBook, ItemBook
from truestock.core.decide.facts import Change
from truestock.core.decide.settle import expire
from truestock.core.network import ItemRules
from truestock.core.words import ANY_LOT, Kind
from truestock.ledger import queries
from truestock.ledger.movement import Movement
from truestock.ledger.work.bins import Laying, bins_changed
from truestock.ledger.work.books import EARLIEST_UNKNOWN, BookReads, Cursor, WarmBooks, keys_of, promise_of, read_books
from truestock.ledger.work.counted_bins import BinsCounted, read_bin_marks, read_bins_then, write_marks
from truestock.ledger.work.flush import Sink, flush
from truestock.ledger.work.waiting import follow_waiting
from truestock.store.arrays import ints, texts, words
from truestock.store.database import Connection


@dataclass(slots=True)
class Work:
    """A transaction under way. `missing` are items that another process holds, or that have no head.

    What it writes goes to `out`: the connection, unless the transaction is sent later."""

    conn: Connection
    now: datetime
    books: dict[int, ItemBook]
    missing: frozenset[int]
    movements: list[Movement] = field(default_factory=list)
    laid: list[Laying] = field(default_factory=list)
    counted: list[BinsCounted] = field(default_factory=list)
    out: Sink = field(init=False)

    def __post_init__(self) -> None:
        self.out = self.conn

    @property
    def changed(self) -> bool:
        """Whether any book has entries to write, or bins were filled or counted."""
        return bool(self.laid or self.counted) or any(book.entries for book in self.books.values())

    def begin_movement(self, movement: Movement, items: Iterable[int]) -> None:
        """What the books of these items book next belongs to this movement."""
        self.movements.append(movement)
        for item in items:
            self.books[item].movement = movement.id

    def begin_settling(self, movement: Movement) -> None:
        """What is owed in books that no movement of this transaction is about is served by this one."""
        self.begin_movement(movement, [book.item for book in self.books.values() if book.shorts and not book.movement])

    def read_order_promises(self, wanted: Sequence[tuple[int, str]]) -> None:
        """Load the open promises of (item, order id) pairs into their books."""
        parts = [self.books[item].rules.part for item, _ in wanted]
        self._add_promises(
            self.conn.execute(
                queries.order_promises,
                {"parts": ints(parts), "items": ints(i for i, _ in wanted), "orders": words(o for _, o in wanted)},
                prepare=True,
            ).fetchall()
        )

    def read_displaceable(self, change: Change, units: int) -> None:
        """Load the promises that a change may displace: as many as have `units` units, which no free row can give."""
        # The table still shows what this transaction has taken from promises, and those come first.
        units += sum(p.qty for p in self.books[change.item].promises.values() if p.touched)
        parameters = {
            "parts": ints([self.books[change.item].rules.part]),
            "items": ints([change.item]),
            "locs": ints([change.loc]),
            "lots": ints([ANY_LOT if change.lot is None else change.lot]),
            "units": ints([units]),
        }
        self._add_promises(self.conn.execute(queries.displaceable, parameters, prepare=True).fetchall())

    def read_marks(self) -> None:
        """Load the newest absolute statements about the cells of every book."""
        keys = keys_of([book.rules for book in self.books.values()])
        self.add_marks(self.conn.execute(queries.marks, keys, prepare=True).fetchall())
        read_bin_marks(self.conn, self.books.values())

    def read_marks_at(self, places: Collection[tuple[int, int, int, int]]) -> None:
        """The same of some places alone, each a part, item, location and status."""
        parts, items, locs, statuses = zip(*places, strict=True) if places else ((),) * 4
        keys = {"parts": ints(parts), "items": ints(items), "locs": ints(locs), "statuses": ints(statuses)}
        self.add_marks(self.conn.execute(queries.marks_at, keys, prepare=True).fetchall())
        read_bin_marks(self.conn, self.books.values())

    def read_bins_then(self, item: int, at: datetime) -> None:
        """Load what the bins of an item held when something happened that is told late; the marks have been read."""
        read_bins_then(self.conn, self.books[item], at)

    def add_marks(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Put statements that were read into their books."""
        for item, loc, lot, status, as_of, ours, net in sorted(rows, key=itemgetter(4)):
            book, cell = self.books[item], (loc, lot, status)
            book.marks[cell] = max(as_of, book.marks.get(cell, as_of))
            book.marks_of_ours[cell] = ours
            book.net_until.pop(cell, None)
            if net:
                book.net_until[cell] = ours

    def lot_id(self, item: int, code: str) -> int | None:
        """The lot of a code."""
        parameters = {"parts": ints([self.books[item].rules.part]), "items": ints([item]), "codes": texts([code])}
        found = self.conn.execute(queries.lots_by_code, parameters, prepare=True).fetchall()
        return found[0][2] if found else None

    def lot_code(self, item: int, lot: int) -> str:
        """The code of a lot; empty for lot 0."""
        parameters = {"part": self.books[item].rules.part, "item": item, "lot": lot}
        found = self.conn.execute(queries.lot_code, parameters, prepare=True).fetchone() if lot else None
        return found[0] if found else ""

    def posted_units(self, order_id: str, items: Iterable[int]) -> int:
        """Base units of an order that have left, this transaction's own left out."""
        wanted = sorted(items)
        parameters = {
            "parts": ints([self.books[item].rules.part for item in wanted]),
            "items": ints(wanted),
            "order": order_id,
        }
        ((posted,),) = self.conn.execute(queries.posted_units, parameters, prepare=True).fetchall()
        return int(posted)

    def cell_has_entries(self, change: Change) -> bool:
        """Whether the ledger, or this transaction, has ever moved anything in the cell of a change."""
        cell = (change.loc, change.lot or 0, change.status)
        book = self.books[change.item]
        if any(key[4:7] == cell for key in book.entries):
            return True
        loc, lot, status = cell
        parameters = {"part": book.rules.part, "item": change.item, "loc": loc, "lot": lot, "status": int(status)}
        ((found,),) = self.conn.execute(queries.cell_has_entries, parameters, prepare=True).fetchall()
        return bool(found)

    def _add_promises(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for item, promise in map(promise_of, rows):
            self.books[item].promises.setdefault((promise.order_id, promise.line, promise.n), promise)

    def write(self) -> None:
        """Queue the rows of every changed book, of its bins, and of what waits."""
        bins = bins_changed(self.conn, self.books, self.laid, self.counted)
        flush(self.out, self.books.values(), self.movements, self.now, bins)
        if bins is not None:
            bins.write(self.conn, self.books, self.now)
        write_marks(self.conn, self.books, self.counted)
        aside = [book for book in self.books.values() if book.aside]
        if aside:
            follow_waiting(self.conn, aside, self.movements, self.now)
        carts = sorted({promise.order_id for book in self.books.values() for promise in book.displaced})
        if carts:
            parameters = {"parts": ints(int(cart[:2], 16) for cart in carts), "orders": words(carts)}
            self.out.execute(queries.lock_displaced_carts, parameters, prepare=True)

    def commit(self) -> None:
        """Commit; in a pipeline it is durable once the pipeline has ended."""
        self.conn.execute("COMMIT", prepare=True)

    def rollback(self) -> None:
        """Leave everything as it was: nothing is written before `commit`, so what ends here are locks alone.

        By COMMIT, since the driver forgets its prepared statements at a ROLLBACK, in mid-pipeline too."""
        self.conn.execute("COMMIT", prepare=True)


def begin(conn: Connection, items: Collection[ItemRules], *, wait: bool, warm: WarmBooks | None = None) -> "Begun":
    """Open the transaction, lock the heads in sorted order, and queue the reads that follow the lock.

    Without `wait` the heads that another process holds are left out. With `warm` only sellable rows are read, and none
    for a book that is warm: under the lock its version says whether it still holds."""
    rules = sorted(items, key=lambda r: (r.part, r.item))
    found = warm.take(rules) if warm is not None else {}
    lock = queries.lock_heads if wait else queries.lock_free_heads
    conn.execute("BEGIN", prepare=True)
    return Begun(
        conn=conn,
        rules={r.item: r for r in rules},
        warm=found,
        sellable_only=warm is not None,
        heads=conn.execute(lock, keys_of(rules), prepare=True),
        clock=conn.execute(queries.clock, prepare=True),
        cold=read_books(conn, [r for r in rules if r.item not in found], sellable_only=warm is not None),
    )


@dataclass(slots=True)
class Begun:
    """A transaction whose first trip is on its way."""

    conn: Connection
    rules: dict[int, ItemRules]
    warm: dict[int, ClosedBook]
    sellable_only: bool
    heads: Cursor
    clock: Cursor
    cold: BookReads | None

    def open(self, epoch: int, new_movement: Callable[[Kind], Movement]) -> Work:
        """Fetch what was queued, build the books, and void the expired holds.

        Raises RulesChanged when the rules' epoch is not `epoch`."""
        heads: dict[int, tuple[int, datetime]] = {item: (v, at) for item, v, at in self.heads.fetchall()}
        ((now, present),) = self.clock.fetchall()
        if present != epoch:
            self.conn.execute("COMMIT", prepare=True)
            raise RulesChanged
        now = max([now, *(at for _, at in heads.values())])
        books = {
            item: closed.open(self.rules[item], now)
            for item, closed in self.warm.items()
            if heads.get(item, (-1,))[0] == closed.version
        }
        missing = frozenset(item for item in self.rules if item not in heads)
        stale = [self.rules[item] for item in self.warm if item in heads and item not in books]
        for reads in (self.cold, read_books(self.conn, stale, sellable_only=self.sellable_only)):
            if reads is not None:
                books |= reads.build(now, missing)
        work = Work(self.conn, now, books, missing)
        due = [book for book in books.values() if book.earliest_hold is not None and book.earliest_hold <= now]
        if due:
            _expire(work, due, new_movement(Kind.EXPIRE))
        return work


def _expire(work: Work, due: list[ItemBook], movement: Movement) -> None:
    rows = work.conn.execute(queries.expired_holds, keys_of([book.rules for book in due]), prepare=True).fetchall()
    holds = [promise_of(row) for row in rows]
    work.begin_movement(movement, [book.item for book in due])
    for item, promise in holds:
        work.books[item].promises[promise.order_id, promise.line, promise.n] = promise
    expire(work.books, holds)
    for book in due:
        book.earliest_hold = EARLIEST_UNKNOWN
