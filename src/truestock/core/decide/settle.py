"""What every decision settles first: expired holds are voided, and units that came free go to what is owed."""

from collections.abc import Iterable

from truestock.core.book import Buyer, ItemBook, Promise, open_shorts
from truestock.core.book.view import view_of
from truestock.core.decide.reserve import Books, promise_sold
from truestock.core.decide.sourcing import promise_units
from truestock.core.words import POOL, Kind, Status


def void(book: ItemBook, promise: Promise, qty: int, kind: Kind) -> None:
    """Take back `qty` promised units; a hold's are effective at its expiry when that is what ends it."""
    row = book.row(promise.loc, promise.lot, Status.SELLABLE, promise.owner)
    effective_at = promise.expires_at if kind is Kind.EXPIRE else None
    book.settled = False
    promise.voided += qty
    promise.touched = True
    if promise.cart and kind is not Kind.EXPIRE:
        book.given_back.append((promise, qty))
    book.post(row, kind, 0, -qty, promise.channel, effective_at)
    kept = book.kept.get(promise.channel)
    if kept is not None:
        kept.used -= qty
        kept.touched = True


def expire(books: Books, holds: Iterable[tuple[int, Promise]]) -> None:
    """Void the holds whose time is up; live means expires_at > now."""
    for item, promise in holds:
        book = books[item]
        if promise.open and promise.expires_at is not None and promise.expires_at <= book.now:
            void(book, promise, promise.open, Kind.EXPIRE)


def fill_negative(book: ItemBook, loc: int) -> None:
    """Free pool units at a location fill the pool's negative rows there; between locations never."""
    shelf = book.shelf(loc)
    for debt in [row for row in shelf if row.on_hand < 0]:
        for row in [row for row in shelf if row.owner == POOL and row.free > 0]:
            give = min(-debt.on_hand, row.free)
            if give > 0:
                book.post(row, Kind.FILL, -give, 0)
                book.post(debt, Kind.FILL, give, 0)


def back_fill(book: ItemBook) -> None:
    """Promise free units to open shorts by priority, then age."""
    book.settled = True
    for short in open_shorts(book.shorts):
        buyer = Buyer(short.order_id, short.line, short.channel, short.priority)
        filled = promise_sold(book, buyer, short.open, Kind.BACKFILL)
        if filled:
            short.filled += filled
            short.touched = short.served = True
            book.note(0, Kind.BACKFILL, 0, -filled, channel=short.channel)


def settle(books: Iterable[ItemBook], displaced: Iterable[tuple[ItemBook, Iterable[Promise]]]) -> None:
    """Serve what is owed; then the carts that facts displaced; then what is owed from the units those gave up."""
    for book in books:
        if book.shorts:
            back_fill(book)
    for book, promises in displaced:
        for promise in promises:
            settle_displaced(book, (promise,))
            if book.shorts:
                back_fill(book)


def settle_displaced(book: ItemBook, displaced: Iterable[Promise]) -> None:
    """Promise a displaced cart the units elsewhere if its channel still may; otherwise all of it is void here."""
    for promise in displaced:
        view = view_of(book, promise.channel)
        lost = promise.displaced
        if not lost:
            continue  # several facts displaced it, and the first mention settled it
        promise.displaced = 0
        if lost <= view.atp():
            buyer = Buyer(promise.order_id, promise.line, promise.channel, promise.priority, promise.expires_at)
            promise_units(book, view, buyer, lost, Kind.RESERVE)
            continue
        book.displaced.append(promise)
        if promise.open:
            void(book, promise, promise.open, Kind.DISPLACE)
