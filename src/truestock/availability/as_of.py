"""ATP and the three figures as they were at a past instant, on either axis of time; an instant to come is now."""

from collections.abc import Sequence
from datetime import datetime

from truestock.availability.bulk import Bulk
from truestock.availability.figures import tabulated
from truestock.availability.past import Axis, check_instant, read_past
from truestock.availability.read import book_answer, items_of, resolve
from truestock.availability.values import Answer, FiguresPage, Unknown
from truestock.catalog.rules import Snapshot, as_of
from truestock.core.book import ItemBook
from truestock.core.network import Listing
from truestock.store.database import Connection, Database


class Past:
    """One instant of the past; the rules are read once, when it is made. Raises Invalid."""

    def __init__(self, db: Database, conn: Connection, at: datetime, axis: Axis = "effective") -> None:
        check_instant(conn, at)
        self.at = at
        self.axis: Axis = axis
        self.rules: Snapshot = as_of(db, at)
        self.conn = conn

    def available(self, channel: str, sku: str) -> Answer:
        """What the channel might have promised."""
        found = resolve(self.rules, channel, sku)
        if isinstance(found, Unknown):
            return found
        return book_answer(*found, self.books(found[1]))

    def books(self, listing: Listing) -> dict[int, ItemBook]:
        """The books of a listing's items."""
        return read_past(self.conn, items_of(self.rules, [listing]).values(), self.at, self.axis).books

    def figures(self, skus: Sequence[str]) -> FiguresPage:
        """The three figures of these items; unknown ones are left out."""
        ids = self.rules.item_ids(skus)
        items = self.rules.items(ids.values())
        rules = [items[ids[sku]] for sku in skus if sku in ids]
        past = read_past(self.conn, rules, self.at, self.axis)
        network = self.rules.network
        return tabulated(network, Bulk.of_books(network, past.books, self.at), rules, past.held)
