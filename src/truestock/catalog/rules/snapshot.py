"""The rules of one epoch, kept in memory: what the hot path reads by a dict get, and loads in sets when it is missing.

It decides nothing; when the rules have changed it says so, and the rule book gives a new one.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from truestock.catalog import queries
from truestock.core.network import Channel, ItemRules, Listing, Location, Network, Place, TermsKept
from truestock.core.network.policy import Policy
from truestock.store.database import Connection, Database

KEPT_AT_MOST = 100_000
NOW = "infinity"
ListingKey = tuple[int, str]
K = TypeVar("K")
V = TypeVar("V")


class RulesChanged(Exception):
    """The database's epoch is no longer the snapshot's: refresh the rule book and decide anew."""


class Snapshot:
    """Network, items and listings at one epoch, or as they were recorded at a past instant; safe for many threads."""

    def __init__(self, db: Database, network: Network, general: tuple[Policy, ...], at: datetime | None) -> None:
        self.epoch = network.epoch
        self.network = network
        self.at = at
        self._db = db
        self._general = general
        self._shared: dict[str, tuple[tuple[Policy, ...], TermsKept]] = {}
        self._items: dict[int, ItemRules] = {}
        self._listings: dict[ListingKey, Listing] = {}
        self._ids: dict[str, int] = {}
        self._channels = {channel.code: channel for channel in network.channels.values()}
        self._locations = {location.code: location for location in network.locations.values()}

    def channel(self, code: str) -> Channel | None:
        """The channel of a code."""
        return self._channels.get(code)

    def location(self, code: str) -> Location | None:
        """The location of a code."""
        return self._locations.get(code)

    def check(self) -> None:
        """Before all is refused because of what is not here. Raises RulesChanged where it may be there by now."""
        with self._reading():
            pass

    def item(self, item: int) -> ItemRules | None:
        """The item's rules if they are in memory; None says nothing about whether it exists."""
        return self._items.get(item)

    def listing(self, channel: int, sku: str) -> Listing | None:
        """The listing if it is in memory; None says nothing about whether it exists."""
        return self._listings.get((channel, sku))

    def items(self, items: Iterable[int]) -> dict[int, ItemRules]:
        """The rules of these items, loading what is missing; items that do not exist are left out.

        Raises RulesChanged."""
        found, missing = _split(self._items, items)
        return found | self.load_items(missing) if missing else found

    def listings(self, keys: Iterable[ListingKey]) -> dict[ListingKey, Listing]:
        """The listings of these (channel, SKU), loading what is missing; unknown ones are left out.

        Raises RulesChanged."""
        found, missing = _split(self._listings, keys)
        return found | self.load_listings(missing) if missing else found

    def item_ids(self, skus: Iterable[str]) -> dict[str, int]:
        """The ids of these SKUs, loading what is missing; unknown ones are left out."""
        found, missing = _split(self._ids, skus)
        if missing:
            with self._reading() as conn:
                loaded = dict[str, int](conn.execute(queries.item_ids, {"skus": missing}).fetchall())
            _keep(self._ids, loaded)
            found |= loaded
        return found

    def load_items(self, items: Iterable[int]) -> dict[int, ItemRules]:
        """Read these items' rules into memory in one set; what does not exist is left out. Raises RulesChanged."""
        parameters = {"items": list(items), "at": self.at}
        own: dict[int, list[Policy]] = {}
        with self._reading() as conn:
            found = conn.execute(queries.item_traits, parameters).fetchall()
            statement = queries.item_policies if self.at is None else queries.item_policies_as_of
            for row in conn.execute(statement, parameters):
                own.setdefault(row[6], []).append(Policy(*row))
        loaded = {}
        for item, part, sku, category, lot_tracked, rotation, kit in found:
            policies, kept = self._policies(own.get(item), category)
            kept = TermsKept() if item in own else kept
            loaded[item] = ItemRules(
                item, part, sku, self.network, policies, category, lot_tracked, rotation, kit, kept
            )
        _keep(self._items, loaded)
        return loaded

    def load_listings(self, keys: Iterable[ListingKey]) -> dict[ListingKey, Listing]:
        """Read these listings into memory in one set; what cannot be resolved is left out. Raises RulesChanged."""
        wanted = list(dict.fromkeys(keys))
        parameters = {
            "channels": [channel for channel, _ in wanted],
            "skus": [sku for _, sku in wanted],
            "at": self.at or NOW,
        }
        found: dict[ListingKey, tuple[int, bool, dict[int, int]]] = {}
        with self._reading() as conn:
            for channel, sku, listing, together, item, units in conn.execute(queries.resolved_listings, parameters):
                taken = found.setdefault((channel, sku), (listing, together, {}))[2]
                taken[item] = taken.get(item, 0) + units
        loaded = {
            key: Listing(listing, key[0], tuple(sorted(taken.items())), together, key[1])
            for key, (listing, together, taken) in found.items()
        }
        _keep(self._listings, loaded)
        return loaded

    def _policies(self, own: list[Policy] | None, category: str) -> tuple[tuple[Policy, ...], TermsKept]:
        """An item's own and those that name no item; without own ones all items of a category share what they give."""
        if (shared := self._shared.get(category)) is None:
            shared = tuple(policy for policy in self._general if policy.category in (None, category)), TermsKept()
            self._shared[category] = shared
        return ((*own, *shared[0]), shared[1]) if own else shared

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading(self._db) as conn:
            if self.at is None and epoch_of(conn) != self.epoch:
                raise RulesChanged
            yield conn


@contextmanager
def reading(db: Database) -> Iterator[Connection]:
    """A read-only transaction whose statements all see one instant."""
    with db.transaction() as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield conn


def epoch_of(conn: Connection) -> int:
    """The rule epoch as this transaction sees it."""
    rows: list[tuple[int]] = conn.execute(queries.epoch).fetchall()
    return rows[0][0]


def read_snapshot(db: Database, at: datetime | None = None) -> Snapshot:
    """An empty snapshot of now, or of the rules as they were recorded at a past instant."""
    parameters = {"at": at or NOW}
    with reading(db) as conn:
        epoch = epoch_of(conn)
        locations = [Location(*row) for row in conn.execute(queries.network_locations)]
        places: dict[int, tuple[Place, ...]] = {}
        for channel, place, locs in conn.execute(queries.network_places):
            places[channel] = (*places.get(channel, ()), Place(place, frozenset(locs)))
        channels = [
            Channel(channel, code, grp, rank, mode, tuple(locations), places.get(channel, ()))
            for channel, code, grp, rank, mode, locations in conn.execute(queries.network_channels, parameters)
        ]
        statement = queries.general_policies if at is None else queries.general_policies_as_of
        general = tuple(Policy(*row) for row in conn.execute(statement, parameters))
        binned = frozenset(loc for (loc,) in conn.execute(queries.binned_locations))
    network = Network(
        epoch, {place.id: place for place in locations}, {channel.id: channel for channel in channels}, binned
    )
    return Snapshot(db, network, general, at)


def _split(kept: dict[K, V], keys: Iterable[K]) -> tuple[dict[K, V], list[K]]:
    found: dict[K, V] = {}
    missing: list[K] = []
    for key in dict.fromkeys(keys):
        if (value := kept.get(key)) is None:
            missing.append(key)
        else:
            found[key] = value
    return found, missing


def _keep(kept: dict[K, V], loaded: dict[K, V]) -> None:
    # The bound is on memory: past it the longest kept go, and those in use among them come back by themselves.
    if len(kept) + len(loaded) > KEPT_AT_MOST:
        for key in list(kept)[: max(len(loaded), KEPT_AT_MOST // 4)]:
            kept.pop(key, None)
    if len(loaded) <= KEPT_AT_MOST:
        kept.update(loaded)
