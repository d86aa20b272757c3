"""What is free of an item where channels draw: added up once for all that draw alike, and kept as units move."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, MutableSequence
from itertools import repeat

from truestock.core.book import ItemBook
from truestock.core.network import Route
from truestock.core.words import POOL, Status

SELLABLE = int(Status.SELLABLE)
FREE_UNITS_BYTES, NUMBER_BYTES, OWNED_BYTES = 220, 8, 120
NO_SAFETY: Mapping[int, int] = {}


class FreeUnits:
    """Free sellable units along a route, without the lots that are barred.

    `usable` has by place in the route what the pool gives: its units after safety, never below 0. `owned` has by owner
    and location what is ring-fenced, None where nothing is."""

    __slots__ = ("_first", "_safety", "_seen", "barred", "owned", "route", "usable", "usable_total")

    def __init__(self, book: ItemBook, route: Route, safety: Mapping[int, int], barred: frozenset[int]) -> None:
        self.route = route
        self.barred = barred
        self.owned: dict[int, dict[int, int]] | None = None
        self._safety = safety
        self._seen = len(book.moved)
        self.usable: MutableSequence[int] = self._add_up(book)
        self.usable_total = sum(self.usable)
        self._first = 0
        self._skip_empty()

    def fits(self, route: Route, safety: Mapping[int, int], barred: frozenset[int]) -> bool:
        """Whether these are the units that somebody else asks for too."""
        return self.route is route and self._safety is safety and self.barred == barred

    def sync(self, book: ItemBook) -> None:
        """Read again the locations whose units have moved since the last look."""
        moved = book.moved
        if self._seen == len(moved):
            return
        for loc in moved[-1:] if self._seen == len(moved) - 1 else set(moved[self._seen :]):
            if loc in self.route.position:
                self._read(book, loc)
        self._seen = len(moved)

    def rest(self, book: ItemBook) -> None:
        """Be up to date, packed, and ready for a log of moves that starts anew."""
        self.sync(book)
        self._seen = 0
        if not isinstance(self.usable, array):
            self.usable = array("q", self.usable)

    @property
    def bytes(self) -> int:
        """About how much memory they take at rest."""
        owned = sum(map(len, self.owned.values())) if self.owned else 0
        return FREE_UNITS_BYTES + NUMBER_BYTES * len(self.usable) + OWNED_BYTES * owned

    def at(self, loc: int) -> int:
        """Pool units at a location."""
        place = self.route.position.get(loc)
        return 0 if place is None else self.usable[place]

    def among(self, locs: Iterable[int]) -> int:
        """Pool units at some of the route's locations."""
        return sum([self.usable[self.route.position[loc]] for loc in locs])

    def first_with(self, units: int) -> int | None:
        """The first location that has so many pool units."""
        usable = self.usable
        for place in range(self._first, len(usable)):
            if usable[place] >= units:
                return self.route.locs[place]
        return None

    def stocked(self, at_least: int = 1) -> Iterator[tuple[int, int]]:
        """The locations, in order, that have so many pool units, with what they have."""
        for place in range(self._first, len(self.usable)):
            units = self.usable[place]
            if units >= at_least:
                yield self.route.locs[place], units

    def _add_up(self, book: ItemBook) -> list[int]:
        position, safety = self.route.position, self._safety
        usable = [0] * len(position)
        for loc, on_hand, reserved in book.stock.plain() or self._common(book):
            if loc in position:
                units = on_hand - reserved
                if loc in safety:
                    units -= safety[loc]
                if units > 0:
                    usable[position[loc]] = units
        return usable

    def _common(self, book: ItemBook) -> Iterator[tuple[int, int, int]]:
        """What nobody owns, by location, as on hand and 0; what is ring-fenced is noted."""
        barred, common = self.barred, dict[int, int]()
        for loc, lot, status, owner, on_hand, reserved in book.stock:
            if status != SELLABLE or loc not in self.route.position:
                continue
            if owner != POOL:
                if lot not in barred:
                    self._own(owner, loc, on_hand - reserved)
            elif not barred or lot not in barred or on_hand < reserved:
                common[loc] = common.get(loc, 0) + on_hand - reserved
        return zip(common.keys(), common.values(), repeat(0), strict=False)

    def _skip_empty(self) -> None:
        """The first place that has anything."""
        first, usable = self._first, self.usable
        while first < len(usable) and not usable[first]:
            first += 1
        self._first = first

    def _read(self, book: ItemBook, loc: int) -> None:
        """The same for one location."""
        units = 0
        if self.owned:
            for own in self.owned.values():
                own.pop(loc, None)
        barred = self.barred
        for row in book.shelf(loc):
            free = row.on_hand - row.reserved
            if row.owner != POOL:
                if row.lot not in barred:
                    self._own(row.owner, loc, free)
            elif free < 0 or row.lot not in barred:
                units += free
        if loc in self._safety:
            units -= self._safety[loc]
        if units < 0:
            units = 0
        place, usable = self.route.position[loc], self.usable
        self.usable_total += units - usable[place]
        usable[place] = units
        if units:
            if place < self._first:
                self._first = place
        elif place == self._first:
            self._skip_empty()

    def _own(self, owner: int, loc: int, units: int) -> None:
        if units:
            if self.owned is None:
                self.owned = {}
            own = self.owned.setdefault(owner, {})
            own[loc] = own.get(loc, 0) + units


def free_units(book: ItemBook, route: Route, safety: Mapping[int, int], barred: frozenset[int]) -> FreeUnits:
    """The book's free units along a route, added up at most once."""
    for found in book.free:
        if found.fits(route, safety, barred):
            found.sync(book)
            return found
    found = FreeUnits(book, route, safety, barred)
    book.free = (*book.free, found)
    return found
