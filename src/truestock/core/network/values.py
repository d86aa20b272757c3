"""Locations, channels, listings and the rules of an item, as the decisions read them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from truestock.core.network.policy import FAR_FUTURE, FAR_PAST, GUARDS, Policy, PolicyKind, ranked


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds or can supply stock."""

    id: int
    code: str
    kind: str
    tier: str = "primary"
    rank: int = 100
    lat: float | None = None
    lng: float | None = None
    ships: bool = True
    pickup: bool = False
    only_channel: int | None = None

    @property
    def virtual(self) -> bool:
        """Counts in ATP where a channel lists it, never in owned on-hand, value or counts."""
        return self.tier == "virtual"


@dataclass(frozen=True, slots=True)
class Place:
    """A location as a channel knows it: the locations here whose units it shows there."""

    id: int
    locations: frozenset[int]


@dataclass(frozen=True, slots=True)
class Channel:
    """Somewhere stock is sold; `locations` are ids in its own order (ord, tier, rank, id).

    `places`, in order, where it keeps stock by location."""

    id: int
    code: str
    grp: str = "ecommerce"
    rank: int = 100
    mode: str = "live"
    locations: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Locations in the order in which channels draw on them, and each one's place in it."""

    locs: tuple[int, ...]
    position: dict[int, int]


@dataclass(frozen=True, slots=True)
class Reach:
    """What one channel draws on, and how that meets the other channels; those that draw alike share the route."""

    route: Route
    neighbours: frozenset[int]  # channels, itself among them, with a location in common
    better: dict[int, frozenset[int]]  # better-ranked channel -> the locations both draw on


@dataclass(frozen=True, slots=True)
class Network:
    """All locations and channels at one rule epoch; `binned` are the locations that have bins."""

    epoch: int
    locations: dict[int, Location]
    channels: dict[int, Channel]
    binned: frozenset[int] = frozenset()
    _reaches: dict[tuple[int, bool], Reach] = field(default_factory=dict, repr=False, compare=False)
    _routes: dict[tuple[int, ...], Route] = field(default_factory=dict, repr=False, compare=False)

    def reach(self, channel: int, open_handed: bool = False) -> Reach:
        """A channel's reach, made once; an order already sold also reaches the virtual locations."""
        found = self._reaches.get((channel, open_handed))
        if found is None:
            found = self._reaches[channel, open_handed] = self._reach(self.channels[channel], open_handed)
        return found

    def _reach(self, me: Channel, open_handed: bool) -> Reach:
        locs = me.locations
        if open_handed:
            locs += tuple(loc for loc in self._virtual_locations() if loc not in me.locations)
        mine = frozenset(me.locations)
        return Reach(
            self._routes.setdefault(locs, Route(locs, {loc: place for place, loc in enumerate(locs)})),
            frozenset(c.id for c in self.channels.values() if not mine.isdisjoint(c.locations)),
            {c.id: mine.intersection(c.locations) for c in self.channels.values() if c.rank < me.rank},
        )

    def _virtual_locations(self) -> tuple[int, ...]:
        found = [place for place in self.locations.values() if place.virtual and place.only_channel is None]
        return tuple(place.id for place in sorted(found, key=lambda place: (place.rank, place.id)))


@dataclass(frozen=True, slots=True)
class Listing:
    """How one channel sells: components are (item, base units per listing unit), kits already taken apart.

    Listing 0 is an item ordered as itself."""

    id: int
    channel: int
    components: tuple[tuple[int, int], ...]
    together: bool = False
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules that hold for one item from `valid_from` until `valid_until`; a missing key means none (0, no cap).

    safety: location -> units; the others: channel -> value; cap: (value, is_percent). `guard` is a fixed one,
    `guard_service` the service level in percent of one that is computed; a channel has at most one of them."""

    valid_from: datetime
    valid_until: datetime
    safety: dict[int, int]
    buffer: dict[int, int]
    cap: dict[int, tuple[int, bool]]
    sell_out_at: dict[int, int]
    min_shelf_life_days: dict[int, int]
    guard: dict[int, int]
    guard_service: dict[int, int]


@dataclass(slots=True)
class TermsKept:
    """Terms resolved once for all items to which the same policies apply."""

    terms: Terms | None = None


@dataclass(slots=True)
class ItemRules:
    """One item's traits and every policy that can apply to it, at one rule epoch.

    Items of a category without policies of their own share `kept`."""

    item: int
    part: int
    sku: str
    network: Network
    policies: tuple[Policy, ...] = ()
    category: str = ""
    lot_tracked: bool = False
    rotation: str = "fefo"
    kit: bool = False
    kept: TermsKept = field(default_factory=TermsKept, repr=False)

    def terms(self, at: datetime) -> Terms:
        """The resolved rules at an instant; kept between the dates on which one starts or ends."""
        terms = self.kept.terms
        if terms is None or not terms.valid_from <= at < terms.valid_until:
            terms = self.kept.terms = resolve(self, at)
        return terms

    def applying(
        self, kinds: Collection[PolicyKind], channel: int | None = None, loc: int | None = None
    ) -> list[Policy]:
        """The policies of some kinds whose scope covers the item on a channel or at a location, whenever."""
        tier = self.network.locations[loc].tier if loc is not None else None
        return [
            p
            for p in self.policies
            if p.kind in kinds
            and p.item in (None, self.item)
            and p.category in (None, self.category)
            and p.channel in (None, channel)
            and p.loc in (None, loc)
            and p.tier in (None, tier)
        ]

    def candidates(
        self, kind: PolicyKind, at: datetime, channel: int | None = None, loc: int | None = None
    ) -> list[Policy]:
        """Those of a kind that are in force at the instant, the winner first."""
        return ranked(self.applying((kind,), channel, loc), at)

    def guard_rules(self, at: datetime, channel: int) -> list[Policy]:
        """The policies that say how a channel is guarded, fixed or computed, the winner first: they beat each other."""
        return ranked(self.applying(GUARDS, channel), at)


def resolve(rules: ItemRules, at: datetime) -> Terms:
    """The winner of every kind for every channel and location of the network."""
    network = rules.network
    kinds = {p.kind for p in rules.policies}

    def winners(kind: PolicyKind) -> dict[int, Policy]:
        if kind not in kinds:
            return {}
        if kind == "safety_stock":
            found = ((loc, rules.candidates(kind, at, loc=loc)) for loc in network.locations)
        else:
            found = ((channel, rules.candidates(kind, at, channel=channel)) for channel in network.channels)
        return {key: policies[0] for key, policies in found if policies}

    guards: dict[int, Policy] = {}
    if not kinds.isdisjoint(GUARDS):
        ruled = ((channel, rules.guard_rules(at, channel)) for channel in network.channels)
        guards = {channel: policies[0] for channel, policies in ruled if policies}
    dates = [date for p in rules.policies for date in (p.starts_at, p.ends_at) if date is not None]
    return Terms(
        valid_from=max((date for date in dates if date <= at), default=FAR_PAST),
        valid_until=min((date for date in dates if date > at), default=FAR_FUTURE),
        safety={key: p.value for key, p in winners("safety_stock").items() if p.value},
        buffer={key: p.value for key, p in winners("buffer").items() if p.value},
        cap={key: (p.value, p.unit == "percent") for key, p in winners("cap").items()},
        sell_out_at={key: p.value for key, p in winners("sell_out_at").items() if p.value},
        min_shelf_life_days={key: p.value for key, p in winners("min_shelf_life").items() if p.value},
        guard={channel: p.value for channel, p in guards.items() if p.value and p.kind == "guard"},
        guard_service={channel: p.value for channel, p in guards.items() if p.value and p.kind == "guard_service"},
    )
