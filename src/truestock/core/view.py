"""One channel's view of one item: what it owns, what it may draw from the pool, and its ATP.

The terms are those of DESIGN's formula; totals are kept as units move, so that asking again costs nothing.
"""

from typing import NamedTuple

from truestock.core.book import ItemBook
from truestock.core.network import Channel
from truestock.core.words import POOL


class AtpTerms(NamedTuple):
    """The figures that make one ATP, in base units."""

    own: int
    common: int
    protected: int
    short: int
    buffer: int
    cap: int | None
    atp: int

    @property
    def pool(self) -> int:
        """Shared units less protection and shorts; shown as it is, below zero too."""
        return self.common - self.protected - self.short


def combine(own: int, common: int, protected: int, short: int, buffer: int, cap: tuple[int, bool] | None) -> AtpTerms:
    """ATP = min(cap, own + max(0, common - protected - short) - buffer); a percent cap is of own and pool together."""
    both = own + max(0, common - protected - short)
    return AtpTerms(own, common, protected, short, buffer, _limit(both, cap), _atp(both, buffer, cap))


def _limit(both: int, cap: tuple[int, bool] | None) -> int | None:
    if cap is None:
        return None
    value, percent = cap
    return both * value // 100 if percent else value


def _atp(both: int, buffer: int, cap: tuple[int, bool] | None) -> int:
    limit = _limit(both, cap)
    return both - buffer if limit is None else min(limit, both - buffer)


class View:
    """What channel `channel` sees of a book. `open_handed` is the view of an order already sold elsewhere:
    no safety, protection, shorts, buffer or cap, and virtual locations besides its own."""

    __slots__ = (
        "_better",
        "_book",
        "_buffer",
        "_cap",
        "_plain",
        "_reach",
        "_safety",
        "_seen",
        "_start",
        "barred",
        "channel",
        "locs",
        "open_handed",
        "own",
        "own_total",
        "usable",
        "usable_total",
    )

    def __init__(self, book: ItemBook, channel: Channel, open_handed: bool = False) -> None:
        reach = book.rules.network.reach(channel.id, open_handed)
        self.channel = channel
        self.open_handed = open_handed
        self.locs = reach.locs
        self.own: dict[int, int] = {}
        self.usable: dict[int, int] = {}
        self.own_total = self.usable_total = self._start = 0
        self.barred = book.barred_lots(channel.id)
        self._book = book
        self._reach = reach
        self._seen = len(book.moved)
        self._safety = {} if open_handed else book.terms.safety
        self._better = [(kept, reach.better[h]) for h, kept in book.kept.items() if h in reach.better]
        self._buffer = book.terms.buffer.get(channel.id, 0)
        self._cap = book.terms.cap.get(channel.id)
        self._plain = not self._better and not self._buffer and self._cap is None
        for loc in book.shelf:
            if loc in reach.loc_set:
                self._read(loc)

    def sync(self) -> None:
        """Read again the locations whose units have moved since the last look."""
        moved = self._book.moved
        if self._seen == len(moved):
            return
        for loc in moved[-1:] if self._seen == len(moved) - 1 else set(moved[self._seen :]):
            if loc in self._reach.loc_set:
                own, usable = self.own.get(loc, 0), self.usable.get(loc, 0)
                self.own_total -= own
                self.usable_total -= usable
                self._read(loc)
                if self.own[loc] + self.usable[loc] > own + usable:
                    self._start = 0
        self._seen = len(moved)

    def rewind(self) -> None:
        """Be up to date, and ready for a log of moves that starts anew."""
        self.sync()
        self._seen = 0

    def stocked(self) -> tuple[int, ...]:
        """Its locations in order, from the first that has anything for it."""
        locs, at = self.locs, self._start
        while at < len(locs) and not (self.usable.get(locs[at]) or self.own.get(locs[at])):
            at += 1
        self._start = at
        return locs[at:] if at else locs

    def _read(self, loc: int) -> None:
        common = own = 0
        barred, me = self.barred, self.channel.id
        for row in self._book.shelf[loc]:
            free = row.on_hand - row.reserved
            if row.owner == POOL:
                if free < 0 or row.lot not in barred:
                    common += free
            elif row.owner == me and row.lot not in barred:
                own += free
        common -= self._safety.get(loc, 0)
        self.own[loc] = own
        self.usable[loc] = max(0, common)
        self.own_total += own
        self.usable_total += self.usable[loc]

    def protected(self) -> int:
        """Pool units that are kept for better-ranked channels where both draw."""
        total = 0
        for kept, shared in self._better:
            remaining = kept.remaining
            if remaining:
                pool = self.usable_total
                if len(shared) < len(self.locs):
                    pool = sum([self.usable.get(loc, 0) for loc in shared])
                total += min(remaining, pool)
        return total

    def short(self) -> int:
        """Open shorts of the channels that share a location with this one."""
        if not self._book.shorts:
            return 0
        return sum(units for channel, units in self._book.owed().items() if channel in self._reach.neighbours)

    def atp(self) -> int:
        """Units that the channel may promise now; below zero where the truth is."""
        if self.open_handed or (self._plain and not self._book.shorts):
            return self.own_total + self.usable_total
        pool = self.usable_total - self.protected() - self.short()
        return _atp(self.own_total + max(0, pool), self._buffer, self._cap)

    def terms(self) -> AtpTerms:
        """The same with every figure that made it."""
        return combine(self.own_total, self.usable_total, self.protected(), self.short(), self._buffer, self._cap)


def view_of(book: ItemBook, channel: int, open_handed: bool = False) -> View:
    """The book's view of a channel, made once and brought up to date."""
    key = (channel, open_handed)
    view = book.views.get(key)
    if view is None:
        view = book.views[key] = View(book, book.rules.network.channels[channel], open_handed)
    else:
        view.sync()
    return view
