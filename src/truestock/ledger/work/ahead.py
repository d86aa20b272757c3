"""Decides a transaction before its locks are held: on books as this process last saw them, at a time it works out.

Everything such a decision stood on is compared under the lock, in the transaction itself: versions, rules, clock. One
that does not hold changes nothing, and is decided anew with the locks held.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from truestock.core.book import ItemBook
from truestock.core.network import ItemRules
from truestock.ledger import queries
from truestock.ledger.work.books import EARLIEST_UNKNOWN, WarmBooks, keys_of, read_books
from truestock.ledger.work.transaction import Work
from truestock.store.arrays import ints
from truestock.store.database import Connection
from truestock.store.lane import GuessFailed, Statement, Wire


class Clock:
    """The database's time between two readings, by this machine's steady clock; it never goes back.

    What takes the message of a reading to arrive keeps it behind the database's."""

    def __init__(self) -> None:
        self._read: datetime | None = None
        self._at = 0.0
        self._last = datetime.min.replace(tzinfo=UTC)

    def read(self, now: datetime) -> None:
        """The database has just said what time it is."""
        self._read, self._at = now, monotonic()

    def now(self) -> datetime | None:
        """About now; None before the first reading."""
        if self._read is None:
            return None
        self._last = max(self._last, self._read + timedelta(seconds=monotonic() - self._at))
        return self._last


class Outbox:
    """Takes statements as a connection does, and keeps them until they are sent."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def execute(self, query: str, parameters: Mapping[str, object], /, *, prepare: bool) -> None:  # noqa: ARG002  as a connection has it
        """Keep a statement for later; all of them are prepared."""
        self.statements.append((query, parameters))


def guess(conn: Connection, warm: WarmBooks, clock: Clock, items: Collection[ItemRules]) -> Work | None:
    """A transaction on warm books, and on others read without a lock; what it writes is kept in an outbox.

    None where a guess makes no sense: an item has no head, a cart is due, or the time is not known."""
    now = clock.now()
    if now is None:
        return None
    found = warm.take(items)
    books = {r.item: found[r.item].open(r, now) for r in items if r.item in found}
    cold = [r for r in items if r.item not in books]
    if cold:
        books |= read_unlocked(conn, cold, now)
    if len(books) < len(items) or any(_due(book, now) for book in books.values()):
        warm.keep(books.values())
        return None
    work = Work(conn, now, books, frozenset())
    work.out = Outbox()
    return work


def _due(book: ItemBook, now: datetime) -> bool:
    at = book.earliest_hold
    return at is not None and (at is EARLIEST_UNKNOWN or at <= now)


def read_unlocked(conn: Connection, rules: list[ItemRules], now: datetime) -> dict[int, ItemBook]:
    """Books of these items. Versions are no newer than all else that is read: what has moved meanwhile fails under the
    lock."""
    with conn.pipeline():
        reads = read_books(conn, rules, sellable_only=True)
        return reads.build(now) if reads is not None else {}


class AheadOfLocks:
    """A guessed transaction on its way; its books are warm already, as if it were committed."""

    def __init__(self, wire: Wire, warm: WarmBooks, clock: Clock, work: Work, epoch: int, answers: list[Any]) -> None:
        self._wire = wire
        self._warm = warm
        self._clock = clock
        self._items = list(work.books)
        self._answers = answers
        assert isinstance(work.out, Outbox)
        wire.send([(queries.lock_unchanged, _held_to(work, epoch)), *work.out.statements])
        warm.keep(work.books.values())

    def land(self) -> list[Any] | None:
        """The answers once it is committed; None when it did not hold."""
        try:
            ((now, _),), *_ = self._wire.land()
        except GuessFailed:
            self._warm.forget(self._items)
            return None
        self._clock.read(datetime.fromisoformat(str(now)))
        return self._answers


def _held_to(work: Work, epoch: int) -> dict[str, object]:
    """What must still be so when the locks are held."""
    books = work.books.values()
    return keys_of([book.rules for book in books]) | {
        "versions": ints(book.version for book in books),
        "count": len(books),
        "now": work.now,
        "epoch": epoch,
    }
