"""Tells that orders which were short owe nothing any more, in the transaction that served the last of it."""

from collections.abc import Iterable

from truestock.core.book import ItemBook
from truestock.core.identity import part_of
from truestock.ledger import queries
from truestock.store.arrays import ints, words
from truestock.store.events import Sink, take_event_ids


def tell_filled(out: Sink, books: Iterable[ItemBook]) -> None:
    """Queue an `order.filled` for each order of which nothing is owed in any book, once the shorts are written.

    What became short in this very transaction was told to nobody, and is not told to be filled."""
    served = (short for book in books for short in book.shorts if short.served and short.known and not short.open)
    orders = sorted({short.order_id for short in served})
    if not orders:
        return
    keys = {"parts": ints(int(order[:2], 16) for order in orders), "orders": words(orders)}
    events = take_event_ids(len(orders))
    out.execute(queries.lock_filled_orders, keys, prepare=True)
    told = {"event_parts": ints(map(part_of, events)), "events": ints(events)}
    out.execute(queries.announce_filled, keys | told, prepare=True)
