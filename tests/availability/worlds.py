"""Random small worlds: stock, lots, holds, shorts, protections and rules, in memory and in the tables alike."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from truestock.core.identity import part_of
from truestock.core.network import Channel, ItemRules, Location, Network
from truestock.core.policy import Policy
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
TOUCHING = st.sampled_from([-3, 0, 1, 5])


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Four locations, one of them virtual and one a single channel's own; three channels with ranks, ties too."""
    tiers = ["primary", "secondary", "primary", "virtual"]
    locations = {loc: Location(loc, f"l{loc}", "dc", tiers[loc - 1]) for loc in LOCS}
    channels = {}
    for c in CHANNELS:
        reach = draw(st.lists(st.sampled_from(LOCS), unique=True))
        group = draw(st.sampled_from(["retail", "ecommerce"]))
        channels[c] = Channel(c, f"c{c}", group, draw(st.integers(1, 3)), "live", tuple(reach))
    return Network(1, locations, channels)


@st.composite
def policies(draw: st.DrawFn, item: int) -> Policy:
    """Any rule that ATP reads, with any scope that is legal for it, sometimes out of its dates."""
    kind = draw(st.sampled_from(["safety_stock", "buffer", "cap", "min_shelf_life"]))
    by_place = kind == "safety_stock"
    unit = (
        "days"
        if kind == "min_shelf_life"
        else draw(st.sampled_from(["units", "percent"]))
        if kind == "cap"
        else "units"
    )
    return Policy(
        id=draw(st.integers(1, 10**6)),
        kind=kind,  # type: ignore[arg-type]
        value=draw(st.integers(0, 100 if unit == "percent" else 6)),
        recorded_from=SINCE + draw(st.integers(0, 3)) * DAY,
        unit=unit,
        channel=None if by_place else draw(st.sampled_from([None, *CHANNELS])),
        item=draw(st.sampled_from([None, item])),
        loc=draw(st.sampled_from([None, *LOCS])) if by_place else None,
        starts_at=draw(st.sampled_from([None, SINCE, datetime(2200, 1, 1, tzinfo=UTC)])),
    )


@st.composite
def worlds(draw: st.DrawFn, now: datetime) -> World:
    """Up to three items in one network."""
    network = draw(networks())
    items: list[ItemRules] = []
    world = World(network, items, now)
    for item in range(1, draw(st.integers(1, 3)) + 1):
        tracked = draw(st.booleans())
        rules = tuple(draw(st.lists(policies(item), max_size=6, unique_by=lambda p: p.id)))
        items.append(ItemRules(item, part_of(item), f"s{item}", network, rules, "", tracked))
        lots = [0, 1, 2, 3] if tracked else [0]
        if tracked:
            world.lots[item] = [
                (lot, draw(st.sampled_from([None, now - DAY, now + DAY, now + 4 * DAY])), draw(st.booleans()))
                for lot in lots[1:]
            ]
        _draw_stock(draw, world, item, lots)
        world.kept[item] = [
            (c, draw(st.integers(0, 12)), draw(st.integers(-3, 8)))
            for c in draw(st.lists(st.sampled_from(CHANNELS), unique=True))
        ]
        world.shorts[item] = [
            (draw(st.sampled_from(CHANNELS)), draw(st.integers(1, 4))) for _ in range(draw(st.integers(0, 3)))
        ]
    return world


def _draw_stock(draw: st.DrawFn, world: World, item: int, lots: list[int]) -> None:
    rows, holds = [], []
    cells = st.tuples(
        st.sampled_from(LOCS), st.sampled_from(lots), st.sampled_from([0, 0, 0, 4]), st.sampled_from([0, 0, *CHANNELS])
    )
    for loc, lot, status, owner in draw(st.lists(cells, max_size=10, unique=True)):
        on_hand = draw(st.integers(0 if owner or status else -5, 12))
        reserved = draw(st.integers(0, max(0, on_hand))) if status == 0 else 0
        left = reserved
        while left and draw(st.booleans()):
            qty = draw(st.integers(1, left))
            expires = world.now + draw(st.sampled_from([-2, -1, 1])) * DAY
            holds.append((loc, lot, owner, draw(st.sampled_from(CHANNELS)), qty, expires))
            left -= qty
        rows.append((loc, lot, status, owner, on_hand, reserved))
    world.stock[item] = rows
    world.holds[item] = holds
