"""Decides a transaction before its locks are held: on books as this process last saw them, at a time it works out.

Everything such a decision stood on is compared under the lock, in the transaction itself: versions, rules, clock. One
that does not hold changes nothing, and is decided anew with the locks held.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from math import inf
from time import monotonic
from typing import Any, Final

from truestock.core.book import ItemBook
from truestock.core.network import ItemRules
from truestock.ledger import queries
from truestock.ledger.work.books import EARLIEST_UNKNOWN, WarmBooks, keys_of, read_books
from truestock.ledger.work.transaction import Work
from truestock.store.arrays import ints
from truestock.store.database import Connection
from truestock.store.lane import GuessFailed, Statement, Wire

# Two clocks that are kept right by others drift apart by no more than this, in seconds a second.
DRIFT_MAX: Final = 0.0005
# A reading that took no longer is as good as any; of others so many are taken at the most, and none again for a while.
PROMPT_S: Final = 0.0005
ASKED_MOST: Final = 3
ASK_AGAIN_S: Final = 1.0
NEVER: Final = -inf


class Clock:
    """The database's time between two readings, by this machine's steady clock; it never goes back. `ask` asks for it.

    A reading is behind by what its message took to arrive. So the one that took least counts, for as long as the two
    clocks may not have drifted apart by more: what comes after an answer is not recorded at a time before it."""

    def __init__(self, ask: Callable[[], datetime]) -> None:
        self._ask = ask
        self._zero: datetime | None = None  # the database's time when the steady clock was at 0
        self._at = 0.0
        self._asked_at = NEVER
        self._last = datetime.min.replace(tzinfo=UTC)

    def read(self, now: datetime) -> None:
        """The database has just said what time it is."""
        at = monotonic()
        zero = now - timedelta(seconds=at)
        if self._zero is not None:
            zero = max(zero, self._zero - timedelta(seconds=(at - self._at) * DRIFT_MAX))
        self._zero, self._at = zero, at

    def forget(self) -> None:
        """What was read may not be so any more: the database's clock may have been set back."""
        self._zero, self._asked_at = None, NEVER

    def now(self) -> datetime:
        """About now, and never later."""
        if monotonic() - self._asked_at >= ASK_AGAIN_S:
            self._read_anew()
        assert self._zero is not None, "it has been asked for"
        self._last = max(self._last, self._zero + timedelta(seconds=monotonic()))
        return self._last

    def _read_anew(self) -> None:
        """Ask, and again where the answer took long: something else may have been in its way."""
        for _ in range(ASKED_MOST):
            self._asked_at = monotonic()
            self.read(self._ask())
            if self._at - self._asked_at <= PROMPT_S:
                break


class Outbox:
    """Takes statements as a connection does, and keeps them until they are sent."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def execute(self, query: str, parameters: Mapping[str, object], /, *, prepare: bool) -> None:  # noqa: ARG002  as a connection has it
        """Keep a statement for later; all of them are prepared."""
        self.statements.append((query, parameters))


def guess(conn: Connection, warm: WarmBooks, clock: Clock, items: Collection[ItemRules]) -> Work | None:
    """A transaction on warm books, and on others read without a lock; what it writes is kept in an outbox.

    None where a guess makes no sense: an item has no head, or a cart is due."""
    now = clock.now()
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
            self._clock.forget()
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
