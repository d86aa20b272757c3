"""When the ATP of an item next changes without a movement."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from truestock.core.book import ItemBook
from truestock.core.network import Terms


def next_change(terms: Terms, now: datetime, earliest_hold: datetime | None, lots: Iterable[datetime]) -> datetime:
    """The first instant after `now` at which a hold ends, a lot (by its expiry date) expires or gets too near to it
    for some channel, or a dated policy starts or ends; the far future if there is none."""
    margins = {timedelta(0), *(timedelta(days=days) for days in terms.min_shelf_life_days.values())}
    found = [expires - margin for expires in lots for margin in margins if expires - margin > now]
    if earliest_hold is not None and earliest_hold > now:
        found.append(earliest_hold)
    return min([terms.valid_until, *found])


def next_change_of(book: ItemBook) -> datetime:
    """The same for a book that is at hand."""
    lots = [lot.expires_at for lot in book.lots.values() if lot.expires_at is not None and not lot.held]
    return next_change(book.terms, book.now, book.earliest_hold, lots)
