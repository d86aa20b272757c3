"""One channel's view of one item: what it owns, what it may draw from the pool, and its ATP.

The terms are those of DESIGN's formula; the units are those of `FreeUnits`, which channels that draw alike share.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from truestock.core.book import ItemBook
from truestock.core.book.view.free_units import NO_SAFETY, free_units
from truestock.core.network import Channel, Terms

NOTHING_OWNED: Final[Mapping[int, int]] = {}
# A computed guard keeps back at most this much of what there is, so that the last units are not hidden by it.
GUARDED_PERCENT_MOST: Final = 50


class Guard(NamedTuple):
    """Units that a channel is not shown because it may have sold them already; of a computed one, at most
    GUARDED_PERCENT_MOST of own and pool."""

    units: int
    computed: bool = False

    def of(self, both: int) -> int:
        """What it keeps back of so many units of own and pool."""
        return min(self.units, both * GUARDED_PERCENT_MOST // 100) if self.computed else self.units


NO_GUARD: Final = Guard(0)


def guard_of(terms: Terms, computed: Mapping[int, int], channel: int) -> Guard:
    """A channel's guard: the fixed one, or the one computed for it while a rule asks for that."""
    if channel in terms.guard:
        return Guard(terms.guard[channel])
    if channel in terms.guard_service and channel in computed:
        return Guard(computed[channel], computed=True)
    return NO_GUARD


class AtpTerms(NamedTuple):
    """The figures that make one ATP, in base units; `guard` is what the guard keeps back."""

    own: int
    common: int
    protected: int
    short: int
    buffer: int
    guard: int
    cap: int | None
    atp: int

    @property
    def pool(self) -> int:
        """Shared units less protection and shorts; shown as it is, below zero too."""
        return self.common - self.protected - self.short


def combine(
    own: int,
    common: int,
    protected: int,
    short: int,
    buffer: int,
    cap: tuple[int, bool] | None,
    guard: Guard = NO_GUARD,
) -> AtpTerms:
    """ATP = min(cap, own + max(0, common - protected - short) - buffer - guard); a percent cap is of own and pool
    together."""
    both = own + max(0, common - protected - short)
    kept_back, limit = guard.of(both), _limit(both, cap)
    return AtpTerms(own, common, protected, short, buffer, kept_back, limit, _atp(both, buffer + kept_back, limit))


def _limit(both: int, cap: tuple[int, bool] | None) -> int | None:
    if cap is None:
        return None
    value, percent = cap
    return both * value // 100 if percent else value


def _atp(both: int, kept_back: int, limit: int | None) -> int:
    return both - kept_back if limit is None else min(limit, both - kept_back)


class View:
    """What channel `channel` sees of a book. `open_handed` is the view of an order already sold elsewhere:
    no safety, protection, shorts, buffer, guard or cap, and virtual locations besides its own."""

    __slots__ = ("_better", "_book", "_buffer", "_cap", "_guard", "_plain", "_reach", "channel", "free", "open_handed")

    def __init__(self, book: ItemBook, channel: Channel, open_handed: bool = False) -> None:
        reach = book.rules.network.reach(channel.id, open_handed)
        safety = NO_SAFETY if open_handed else book.terms.safety
        self.channel = channel
        self.open_handed = open_handed
        self.free = free_units(book, reach.route, safety, book.barred_lots(channel.id))
        self._book = book
        self._reach = reach
        self._better = [(kept, reach.better[h]) for h, kept in book.kept.items() if h in reach.better]
        terms = book.terms
        self._buffer = terms.buffer.get(channel.id, 0)
        self._cap = terms.cap.get(channel.id)
        ruled = terms.guard or terms.guard_service
        self._guard = guard_of(terms, book.guards, channel.id) if ruled else NO_GUARD
        self._plain = not self._better and not self._buffer and self._cap is None and self._guard is NO_GUARD

    @property
    def locs(self) -> tuple[int, ...]:
        """Its locations in order."""
        return self.free.route.locs

    @property
    def barred(self) -> frozenset[int]:
        """Lots that it may not be promised."""
        return self.free.barred

    @property
    def own(self) -> Mapping[int, int]:
        """Units ring-fenced for it, by location."""
        owned = self.free.owned
        return owned.get(self.channel.id, NOTHING_OWNED) if owned else NOTHING_OWNED

    @property
    def own_total(self) -> int:
        """Units ring-fenced for it."""
        return sum(self.own.values()) if self.free.owned else 0

    def units_at(self, loc: int) -> int:
        """Units at a location, its own and the pool's."""
        return self.own.get(loc, 0) + self.free.at(loc)

    def places(self) -> Iterator[tuple[int, int]]:
        """Its locations, in order, that have anything for it, with how many units."""
        if not self.own:
            return self.free.stocked()
        return ((loc, units) for loc in self.locs if (units := self.units_at(loc)))

    def own_places(self) -> list[tuple[int, int]]:
        """Its locations, in order, that have units of its own, with how many."""
        position = self.free.route.position
        return sorted(self.own.items(), key=lambda place: position[place[0]])

    def places_with(self, own: int, pool: int) -> Iterator[int]:
        """Its locations, in order, each of which gives so many units by itself."""
        if own:
            return (loc for loc, units in self.own_places() if units >= own and self.free.at(loc) >= pool)
        return (loc for loc, _ in self.free.stocked(pool))

    def protected(self) -> int:
        """Pool units that are kept for better-ranked channels where both draw."""
        total = 0
        for kept, shared in self._better:
            remaining = kept.remaining
            if remaining:
                everywhere = len(shared) == len(self.locs)
                total += min(remaining, self.free.usable_total if everywhere else self.free.among(shared))
        return total

    def short(self) -> int:
        """Open shorts of the channels that share a location with this one."""
        if not self._book.shorts:
            return 0
        return sum(units for channel, units in self._book.owed().items() if channel in self._reach.neighbours)

    def atp(self) -> int:
        """Units that the channel may promise now; below zero where the truth is."""
        if self.open_handed or (self._plain and not self._book.shorts):
            return self.own_total + self.free.usable_total
        pool = self.free.usable_total - self.protected() - self.short()
        both = self.own_total + max(0, pool)
        guarded = 0 if self._guard is NO_GUARD else self._guard.of(both)
        return _atp(both, self._buffer + guarded, _limit(both, self._cap))

    def terms(self) -> AtpTerms:
        """The same with every figure that made it."""
        short, buffer, cap = self.short(), self._buffer, self._cap
        return combine(self.own_total, self.free.usable_total, self.protected(), short, buffer, cap, self._guard)


def view_of(book: ItemBook, channel: int, open_handed: bool = False) -> View:
    """The book's view of a channel, made once and brought up to date."""
    key = (channel, open_handed)
    view = book.views.get(key)
    if view is None:
        view = book.views[key] = View(book, book.rules.network.channels[channel], open_handed)
    else:
        view.free.sync(book)
    return view
