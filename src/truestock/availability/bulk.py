"""ATP of thousands of items for any channels in one statement: SQL adds up what is free at each location, core
resolves the rules beforehand and does the last step."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from truestock.availability import queries
from truestock.catalog.rules import RulesChanged
from truestock.core.available.sums import Shelf, channel_viewer, shelf_of, sum_up
from truestock.core.book import NONE, ItemBook
from truestock.core.book.view import AtpTerms
from truestock.core.network import ItemRules, Network, Terms
from truestock.core.words import POOL
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection


class Bulk:
    """Many items as one statement saw them; terms are worked out when they are asked for."""

    def __init__(self, network: Network, rules: Collection[ItemRules], channels: Collection[int], at: datetime) -> None:
        self.as_of = at
        self.versions: dict[int, int] = {}
        self.terms_of: dict[int, Terms] = {r.item: r.terms(at) for r in rules}
        self._viewers = {channel: channel_viewer(network, channel) for channel in channels}
        self._shelves: dict[tuple[int, int], Shelf] = {}
        self._atp: dict[tuple[int, int], AtpTerms] = {}

    @classmethod
    def of_books(cls, network: Network, books: Mapping[int, ItemBook], at: datetime) -> "Bulk":
        """The same from books that are at hand, for every channel."""
        made = cls(network, [book.rules for book in books.values()], network.channels, at)
        for item, book in books.items():
            made.versions[item] = book.version
            for days in {made.days(item, channel) for channel in network.channels}:
                made._shelves[item, days] = shelf_of(book, days)
        return made

    def days(self, item: int, channel: int) -> int:
        """The shelf life that an item's lots must have left for a channel."""
        return self.terms_of[item].min_shelf_life_days.get(channel, 0)

    def shelf(self, item: int, days: int) -> Shelf:
        """What is free of an item whose lots last longer than `days`."""
        return self._shelves[item, days]

    def atp(self, item: int, channel: int) -> AtpTerms:
        """The terms of an item for a channel."""
        found = self._atp.get((item, channel))
        if found is None:
            terms = self.terms_of[item]
            shelf = self._shelves[item, terms.min_shelf_life_days.get(channel, 0)]
            found = self._atp[item, channel] = sum_up(shelf, self._viewers[channel], terms, channel)
        return found

    def places(self, item: int, channel: int) -> dict[int, int]:
        """Units of an item that a channel may take at each of its locations."""
        viewer = self._viewers[channel]
        shelf = self._shelves[item, self.days(item, channel)]
        places: dict[int, int] = {}
        for loc, owner, free in zip(shelf.locs, shelf.owners, shelf.free, strict=True):
            if loc in viewer.locs and (owner == POOL or owner in viewer.channels):
                places[loc] = places.get(loc, 0) + free
        return places

    def read(self, conn: Connection, rules: Sequence[ItemRules], epoch: int) -> None:
        """Read what is free of these items. Raises RulesChanged."""
        wanted = [
            (r, days, floors)
            for r in rules
            for floors in [_floors(self.terms_of[r.item])]
            for days in {self.days(r.item, channel) for channel in self._viewers} or {0}
        ]
        keys = {
            "parts": ints([r.part for r, _, _ in wanted]),
            "items": ints([r.item for r, _, _ in wanted]),
            "days": ints([days for _, days, _ in wanted]),
            "floors": texts([floors for _, _, floors in wanted]),
            "at": self.as_of,
        }
        rows = conn.execute(queries.shelves, keys, prepare=True).fetchall()
        for n, version, now, present, locs, owners, free, kept, shorts, guards in rows:
            if present != epoch:
                raise RulesChanged
            r, days, _ = wanted[n - 1]
            self.versions[r.item] = version
            self.as_of = max(self.as_of, now)
            guarded = dict(guards) if guards else NONE
            self._shelves[r.item, days] = Shelf(locs or (), owners or (), free or (), kept or (), shorts or (), guarded)


def read_bulk(conn: Connection, network: Network, rules: Collection[ItemRules], channels: Iterable[int]) -> Bulk:
    """Items for channels, as they are now. Raises RulesChanged when the network's epoch is no longer that of now."""
    ((at, epoch),) = conn.execute(queries.clock, prepare=True).fetchall()
    if epoch != network.epoch:
        raise RulesChanged
    bulk = Bulk(network, rules, list(dict.fromkeys(channels)), at)
    if rules:
        bulk.read(conn, list(rules), epoch)
    return bulk


def _floors(terms: Terms) -> str:
    """Safety stock as an array by location id, which are small and dense."""
    if not terms.safety:
        return "{}"
    return ints(terms.safety.get(loc, 0) for loc in range(1, max(terms.safety) + 1))
