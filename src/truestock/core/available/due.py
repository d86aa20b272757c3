"""When the ATP of an item next changes without a movement."""

from datetime import datetime, timedelta

from truestock.core.book import ItemBook


def next_change(book: ItemBook) -> datetime:
    """The first instant after the book's at which a hold or a lot expires, a lot gets too near its expiry for some
    channel, or a dated policy starts or ends; the far future if there is none."""
    terms = book.terms
    margins = {timedelta(0), *(timedelta(days=days) for days in terms.min_shelf_life_days.values())}
    lots = [lot.expires_at for lot in book.lots.values() if lot.expires_at is not None and not lot.held]
    found = [date - margin for date in lots for margin in margins if date - margin > book.now]
    if book.earliest_hold is not None:
        found.append(book.earliest_hold)
    return min([terms.valid_until, *found])
