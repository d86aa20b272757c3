"""Adds up what a set-based read found per location into the terms of channels, and of groups of channels.

What is free at a location after safety is the read's; the last step is the same `combine` as everywhere."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from truestock.core.book import NONE, ItemBook
from truestock.core.book.view import AtpTerms, combine, guard_of
from truestock.core.network import Network, Terms
from truestock.core.words import POOL, Status


class Shelf(NamedTuple):
    """One item over all locations: free units by (location, owner), the pool's after safety and never below 0; what
    is kept for channels (channel, units), what channels are owed (channel, units), and the guards computed for them."""

    locs: Sequence[int]
    owners: Sequence[int]
    free: Sequence[int]
    kept: Sequence[tuple[int, int]] = ()
    shorts: Sequence[tuple[int, int]] = ()
    guards: Mapping[int, int] = NONE


@dataclass(frozen=True, slots=True)
class Viewer:
    """A channel, or several seen as one: where they draw, whom they make way for, whose shorts they share."""

    channels: frozenset[int]
    locs: AbstractSet[int]
    neighbours: frozenset[int]
    better: dict[int, frozenset[int]]


def shelf_of(book: ItemBook, days: int) -> Shelf:
    """A book's shelf as the set-based read would give it, for lots that last longer than `days`."""
    until = book.now + timedelta(days=days)
    barred = {
        lot.id for lot in book.lots.values() if lot.held or (lot.expires_at is not None and lot.expires_at <= until)
    }
    free: dict[tuple[int, int], int] = {}
    for loc, lot, status, owner, on_hand, reserved in book.stock:
        units = on_hand - reserved
        if status == Status.SELLABLE and (lot not in barred or units < 0):
            free[loc, owner] = free.get((loc, owner), 0) + units
    safety = book.terms.safety
    return Shelf(
        [loc for loc, _ in free],
        [owner for _, owner in free],
        [units if owner else max(0, units - safety.get(loc, 0)) for (loc, owner), units in free.items()],
        [(kept.channel, kept.remaining) for kept in book.kept.values()],
        [(short.channel, short.open) for short in book.shorts],
        book.guards,
    )


def channel_viewer(network: Network, channel: int) -> Viewer:
    """One channel."""
    reach = network.reach(channel)
    return Viewer(frozenset([channel]), reach.route.position.keys(), reach.neighbours, reach.better)


def group_viewer(network: Network, channels: Iterable[int]) -> Viewer:
    """Channels as one: it makes way only for channels outside that are better than each of them."""
    members = frozenset(channels)
    locs = frozenset(loc for c in members for loc in network.channels[c].locations)
    best = min(network.channels[c].rank for c in members)
    return Viewer(
        members,
        locs,
        frozenset().union(*(network.reach(c).neighbours for c in members)),
        {c.id: locs.intersection(c.locations) for c in network.channels.values() if c.rank < best},
    )


def sum_up(shelf: Shelf, viewer: Viewer, terms: Terms | None = None, channel: int = 0) -> AtpTerms:
    """The terms of a viewer; `terms` and `channel` bring in the channel's buffer, guard and cap."""
    own = common = 0
    locs, channels = viewer.locs, viewer.channels
    for loc, owner, free in zip(shelf.locs, shelf.owners, shelf.free, strict=True):
        if loc in locs:
            if owner == POOL:
                common += free
            elif owner in channels:
                own += free
    protected = sum(_kept_back(shelf, viewer.better[h], units) for h, units in shelf.kept if h in viewer.better)
    short = sum(units for c, units in shelf.shorts if c in viewer.neighbours)
    if terms is None:
        return combine(own, common, protected, short, 0, None)
    guard = guard_of(terms, shelf.guards, channel)
    return combine(own, common, protected, short, terms.buffer.get(channel, 0), terms.cap.get(channel), guard)


def _kept_back(shelf: Shelf, shared: frozenset[int], units: int) -> int:
    rows = zip(shelf.locs, shelf.owners, shelf.free, strict=True)
    return min(units, sum(free for loc, owner, free in rows if owner == POOL and loc in shared))


def group_atp(members: Sequence[int], group: AtpTerms) -> int:
    """What channels may promise together: what they may each, but a shared unit once."""
    each = sum(atp for atp in members if atp > 0) or max(members)
    return min(each, group.own + max(0, group.pool))
