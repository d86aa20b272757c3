"""Random small worlds: stock, lots, holds, shorts, protections and rules, in memory and in the tables alike."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from truestock.core.identity import part_of
from truestock.core.network import Channel, ItemRules, Location, Network
from truestock.core.network.policy import Policy, PolicyKind
from truestock.store.database import Connection

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = "00000000000000000000000000000001"


@dataclass
class World:
    """`stock` rows are (loc, lot, status, owner, on_hand, reserved); times are relative to `now`."""

    network: Network
    items: list[ItemRules]
    now: datetime
    stock: dict[int, list[tuple[int, int, int, int, int, int]]] = field(default_factory=dict)
    lots: dict[int, list[tuple[int, datetime | None, bool]]] = field(default_factory=dict)
    kept: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    shorts: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    holds: dict[int, list[tuple[int, int, int, int, int, datetime]]] = field(default_factory=dict)
    guards: dict[int, dict[int, int]] = field(default_factory=dict)

    def write(self, conn: Connection) -> None:
        """Insert everything that availability reads besides the rules, which go in as core's own values."""
        for r in self.items:
            key = (part_of(r.item), r.item)
            conn.execute("INSERT INTO head VALUES (%s, %s, 7, %s)", (*key, self.now))
            for loc, lot, status, owner, on_hand, reserved in self.stock.get(r.item, ()):
                conn.execute(
                    "INSERT INTO stock VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (*key, loc, lot, status, owner, on_hand, reserved),
                )
            for lot, expires_at, held in self.lots.get(r.item, ()):
                conn.execute(
                    "INSERT INTO lot VALUES (%s, %s, %s, %s, %s, %s)", (*key, lot, str(lot), expires_at, SINCE)
                )
                # One hold that has ended, so that only open ones may count.
                conn.execute("INSERT INTO lot_hold VALUES (%s, %s, %s, 'old', %s, %s)", (*key, lot, SINCE, SINCE + DAY))
                if held:
                    conn.execute("INSERT INTO lot_hold VALUES (%s, %s, %s, 'recall', %s)", (*key, lot, SINCE + 2 * DAY))
            for channel, target, used in self.kept.get(r.item, ()):
                conn.execute("INSERT INTO kept VALUES (%s, %s, %s, %s, %s, %s)", (*key, channel, target, used, SINCE))
            for channel, units in self.guards.get(r.item, {}).items():
                # One that has been replaced, so that only the open ones may count.
                guard = (*key, channel, units + 1, "{}", SINCE, SINCE + DAY)
                conn.execute("INSERT INTO guard VALUES (%s, %s, %s, %s, %s, %s, %s)", guard)
                conn.execute(
                    "INSERT INTO guard VALUES (%s, %s, %s, %s, %s, %s)", (*key, channel, units, "{}", SINCE + DAY)
                )
            for n, (channel, units) in enumerate(self.shorts.get(r.item, ())):
                conn.execute(
                    "INSERT INTO short VALUES (%s, %s, 0, %s, %s, %s, %s, %s, 1, 1)",
                    (*key, SINCE, ORDER, n, channel, units + 2),
                )
            for n, (loc, lot, owner, channel, qty, expires_at) in enumerate(self.holds.get(r.item, ())):
                conn.execute(
                    "INSERT INTO hold VALUES (%s, %s, %s, %s, 0, %s, %s, %s, %s, %s, %s)",
                    (*key, expires_at, ORDER, n, channel, loc, lot, owner, qty),
                )


LOCS = [1, 2, 3, 4]
CHANNELS = [1, 2, 3]
FAR_AHEAD = datetime(2200, 1, 1, tzinfo=UTC)


def worlds(now: datetime) -> st.SearchStrategy[World]:
    """Evenly random worlds: what is drawn value by value is too tame to have a negative row in a held lot."""
    return st.integers(0, 2**63).map(lambda seed: world_of(Random(seed), now))


def world_of(chance: Random, now: datetime) -> World:
    """Up to three items in one network."""
    world = World(_network(chance), [], now)
    for item in range(1, chance.randint(1, 3) + 1):
        tracked = chance.random() < 0.6
        rules = tuple(_policy(chance, number, item) for number in range(chance.randint(0, 5)))
        world.items.append(ItemRules(item, part_of(item), f"s{item}", world.network, rules, "", tracked))
        lots = [0, 1, 2, 3] if tracked else [0]
        dates = [None, now - DAY, now + DAY, now + 4 * DAY]
        world.lots[item] = [(lot, chance.choice(dates), chance.random() < 0.3) for lot in lots[1:]]
        _stock(chance, world, item, lots)
        protected = chance.sample(CHANNELS, chance.randint(0, 3))
        world.kept[item] = [(c, chance.randint(0, 12), chance.randint(-3, 8)) for c in protected]
        world.guards[item] = {c: chance.randint(1, 9) for c in CHANNELS if chance.random() < 0.6}
        world.shorts[item] = [(chance.choice(CHANNELS), chance.randint(1, 4)) for _ in range(chance.randint(0, 2))]
    return world


def _network(chance: Random) -> Network:
    """Four locations, one of them virtual; three channels with ranks, ties too."""
    tiers = ["primary", "secondary", "primary", "virtual"]
    locations = {loc: Location(loc, f"l{loc}", "dc", tiers[loc - 1]) for loc in LOCS}
    channels = {}
    for c in CHANNELS:
        reach = tuple(chance.sample(LOCS, chance.randint(0, 4)))
        group = chance.choice(["retail", "ecommerce"])
        channels[c] = Channel(c, f"c{c}", group, chance.randint(1, 4), "live", reach)
    return Network(1, locations, channels)


def _policy(chance: Random, number: int, item: int) -> Policy:
    """Any rule that ATP reads, with any scope that is legal for it, sometimes out of its dates."""
    kinds: list[PolicyKind] = ["safety_stock", "buffer", "cap", "min_shelf_life", "guard", "guard_service"]
    kind = chance.choice(kinds)
    by_place = kind == "safety_stock"
    units = {"min_shelf_life": ["days"], "cap": ["units", "percent"], "guard_service": ["percent"]}
    unit = chance.choice(units.get(kind, ["units"]))
    return Policy(
        id=number + 1,
        kind=kind,
        value=chance.randint(0, 100 if unit == "percent" else 6),
        recorded_from=SINCE + chance.randint(0, 3) * DAY,
        unit=unit,
        channel=None if by_place else chance.choice([None, *CHANNELS]),
        item=chance.choice([None, item]),
        loc=chance.choice([None, *LOCS]) if by_place else None,
        starts_at=chance.choice([None, None, SINCE, FAR_AHEAD]),
    )


def _stock(chance: Random, world: World, item: int, lots: list[int]) -> None:
    rows, holds = [], []
    cells = [(loc, lot, status, owner) for loc in LOCS for lot in lots for status in (0, 4) for owner in (0, *CHANNELS)]
    for loc, lot, status, owner in chance.sample(cells, chance.randint(0, 12)):
        on_hand = chance.randint(0 if owner or status else -6, 12)
        reserved = chance.randint(0, max(0, on_hand)) if status == 0 else 0
        left = reserved
        while left and chance.random() < 0.6:
            qty = chance.randint(1, left)
            expires = world.now + chance.choice([-2, -1, 1]) * DAY
            holds.append((loc, lot, owner, chance.choice(CHANNELS), qty, expires))
            left -= qty
        rows.append((loc, lot, status, owner, on_hand, reserved))
    world.stock[item] = rows
    world.holds[item] = holds
