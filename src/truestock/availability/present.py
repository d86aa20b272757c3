"""Reads the books of items without a lock, as they are now, with expired holds given back; what they amount to is
core's. A book at hand is used again while its item's version says that nothing has moved."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from truestock.availability import queries
from truestock.catalog.rules import RulesChanged
from truestock.core.available.due import next_change_of
from truestock.core.book import NONE, ItemBook, Kept, Lot, Short, Stock
from truestock.core.network import ItemRules
from truestock.core.words import Status
from truestock.store.arrays import ints
from truestock.store.database import Connection

NOW = "infinity"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Numbers = Sequence[Sequence[int]] | None


def prepare(conn: Connection) -> Connection:
    """Make a connection fit for reads by key: plans are kept, and one made while tables are empty does not scan."""
    for setting in ("plan_cache_mode = force_generic_plan", "enable_seqscan = off"):
        conn.execute(f"SET {setting}")
    return conn


class AtHand:
    """Books of the last reads, the longest unused thrown out; each with the instant until which it holds."""

    def __init__(self, most: int = 5_000) -> None:
        self._most = most
        self._books: OrderedDict[int, tuple[ItemBook, datetime]] = OrderedDict()

    def get(self, rules: ItemRules) -> tuple[ItemBook, datetime] | None:
        """The item's book, if it was made under these very rules."""
        found = self._books.get(rules.item)
        if found is None or found[0].rules is not rules:
            return None
        self._books.move_to_end(rules.item)
        return found

    def keep(self, book: ItemBook) -> None:
        """Have a book at hand next time."""
        self._books[book.item] = book, next_change_of(book)
        if len(self._books) > self._most:
            self._books.popitem(last=False)


def read_book(conn: Connection, rules: ItemRules, epoch: int, at_hand: AtHand) -> ItemBook:
    """The book of one item: the one at hand if its version still stands. Raises RulesChanged."""
    if (found := at_hand.get(rules)) is not None:
        book, until = found
        keys = {"part": rules.part, "item": rules.item}
        ((version, now, present),) = conn.execute(queries.item_version, keys, prepare=True).fetchall()
        if present != epoch:
            raise RulesChanged
        if version == book.version and now < until:
            book.now = now
            return book
    book = read_books(conn, [rules], epoch)[rules.item]
    at_hand.keep(book)
    return book


def read_books(conn: Connection, rules: Collection[ItemRules], epoch: int) -> dict[int, ItemBook]:
    """The books of these items as one snapshot. Raises RulesChanged when the rules' epoch is not `epoch`."""
    by_item = {r.item: r for r in rules}
    books = {}
    keys = {**keys_of(rules), "at": NOW}
    for item, version, now, present, *columns in conn.execute(queries.books, keys, prepare=True).fetchall():
        if present != epoch:
            raise RulesChanged
        books[item] = build(by_item[item], version, now, *columns)
    return books


def keys_of(rules: Collection[ItemRules]) -> dict[str, str]:
    """The parameters by which the statements find items."""
    return {
        "parts": ints([r.part for r in rules]),
        "items": ints([r.item for r in rules]),
        "tracked": ints([1 if r.lot_tracked else 0 for r in rules]),
    }


def build(
    rules: ItemRules,
    version: int,
    now: datetime,
    stock: Numbers,
    shorts: Numbers,
    kept: Numbers,
    expired: Numbers,
    earliest: datetime | None,
    lots: Numbers,
    guards: Sequence[tuple[int, int]] | None,
) -> ItemBook:
    """A book from the columns of the query `books`: of shorts it has the sums, all that reads need."""
    given_back: dict[tuple[int, int, int], int] = {}
    keeps = {channel: Kept(channel, target, used) for channel, target, used in kept or ()}
    for loc, lot, owner, channel, qty in expired or ():
        given_back[loc, lot, owner] = given_back.get((loc, lot, owner), 0) + qty
        if channel in keeps:
            keeps[channel].used -= qty
    cells = [
        (loc, lot, Status.SELLABLE, owner, on_hand, reserved - given_back.get((loc, lot, owner), 0))
        for loc, lot, owner, on_hand, reserved in stock or ()
    ]
    dates = {
        lot: Lot(lot, instant(until), instant(since) or EPOCH, bool(held)) for lot, until, since, held in lots or ()
    }
    owed = tuple([Short("", 0, channel, 0, now, units) for channel, units in shorts or ()])
    guarded = dict(guards) if guards else NONE
    return ItemBook(rules, version, now, Stock.of(cells), dates, owed, keeps, earliest, guarded)


def instant(microseconds: int | None) -> datetime | None:
    """From microseconds since 1970, the form in which dates come inside arrays of numbers."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)
