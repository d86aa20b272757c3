"""ATP per day to come for one channel and SKU: the stock of now, what is expected where the channel draws, and the
rules and lots of each day."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from truestock.availability import queries
from truestock.availability.present import keys_of, read_books
from truestock.availability.read import Reader, items_of, resolve
from truestock.availability.values import Day, Horizon, Overdue, Unknown
from truestock.catalog.rules import Snapshot
from truestock.core.available.horizon import Expected, Plan, over_days, plan
from truestock.core.book import ItemBook
from truestock.core.book.view import AtpTerms, View, guard_of
from truestock.core.network import Channel, TermsKept
from truestock.store.database import Connection

DAYS_MOST = 366
DAY = timedelta(days=1)
ANYWHERE = 0


def horizon(reader: Reader, channel: str, sku: str, days: int = 14) -> Horizon | Unknown:
    """Today and the days after it, by UTC; in units of the listing."""
    days = max(1, min(days, DAYS_MOST))
    return reader.rules.read(lambda snapshot: _horizon(reader.conn, snapshot, channel, sku, days))


def _horizon(conn: Connection, snapshot: Snapshot, code: str, sku: str, days: int) -> Horizon | Unknown:
    found = resolve(snapshot, code, sku)
    if isinstance(found, Unknown):
        return found
    channel, listing = found
    # Copies: rules keep the terms they were last asked for, and those of a day to come are not for decisions of now.
    rules = {
        item: replace(found_rules, kept=TermsKept()) for item, found_rules in items_of(snapshot, [listing]).items()
    }
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        books = read_books(conn, rules.values(), snapshot.epoch)
        expected = _expected(conn, books, channel)
    now = max(book.now for book in books.values())
    ends = ends_of_days(now, days)
    plans = {item: plan(expected.get(item, ()), now, ends) for item in books}
    terms = {item: _terms(book, channel, ends, plans[item]) for item, book in books.items()}
    told = [
        Day(
            end,
            min(plans[item].net[n] // units for item, units in listing.components),
            min(terms[item][n].atp // units for item, units in listing.components),
        )
        for n, end in enumerate(ends)
    ]
    places = snapshot.network.locations
    overdue = [
        Overdue(places[row.loc].code if row.loc else "", row.ref, row.qty, row.due_at)
        for found_plan in plans.values()
        for row in found_plan.overdue
    ]
    return Horizon(channel.code, sku, tuple(told), tuple(overdue), now)


def ends_of_days(now: datetime, days: int) -> list[datetime]:
    """The instants at which today and the days after it end."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [midnight + n * DAY for n in range(1, days + 1)]


def _expected(conn: Connection, books: Mapping[int, ItemBook], channel: Channel) -> dict[int, list[Expected]]:
    """Open expectations at the channel's locations, or at none in particular."""
    keys = keys_of([book.rules for book in books.values()])
    reach = {ANYWHERE, *channel.locations}
    found: dict[int, list[Expected]] = {}
    rows = conn.execute(queries.expected, {"parts": keys["parts"], "items": keys["items"]}, prepare=True)
    for item, kind, loc, qty, due_at, ref in rows.fetchall():
        if loc in reach:
            found.setdefault(item, []).append(Expected(kind, loc, qty, due_at, ref))
    return found


def _terms(book: ItemBook, channel: Channel, ends: Sequence[datetime], expected: Plan) -> list[AtpTerms]:
    """Today as it is now, every later day as it begins."""
    today, caps, guards = [], [], []
    for begins in [book.now, *ends[:-1]]:
        then = ItemBook(
            book.rules, book.version, begins, book.stock, book.lots, book.shorts, book.kept, None, book.guards
        )
        today.append(View(then, channel).terms())
        caps.append(then.terms.cap.get(channel.id))
        guards.append(guard_of(then.terms, book.guards, channel.id))
    return over_days(today, expected.net, caps, guards)
