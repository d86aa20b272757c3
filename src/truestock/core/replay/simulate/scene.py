"""Where a simulation plays: the items, locations and channels of its orders, dressed as the world file says, and the
flash sales on top of them. Raises Invalid, naming the field of the world file."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from truestock.core.problems import Invalid
from truestock.core.replay.chance import Chance
from truestock.core.replay.events import Channel, Item, Line, Location, OrderEvent, World
from truestock.core.replay.simulate.score import cents
from truestock.core.replay.simulate.world import ChannelLife, Costs, Place, Product, SimulatedWorld

Chances = Callable[[str], Chance]  # a source of chance by its name, the same one each time a run asks for it anew


@dataclass(frozen=True)
class Scene:
    """A world and its stage. Channels, items and seconds are counted from 0; `cancels` are the orders (channel,
    reference) that will be cancelled, `end_s` is the last order's."""

    world: SimulatedWorld
    stage: World
    start: datetime
    end_s: float
    cancels: Collection[tuple[str, str]]

    def __post_init__(self) -> None:
        self.check()

    @property
    def lives(self) -> tuple[ChannelLife, ...]:
        """How each channel lives."""
        return tuple(self.world.life(channel.code) for channel in self.stage.channels)

    @property
    def costs(self) -> tuple[Costs, ...]:
        """What each channel's cancelled orders cost."""
        return tuple(life.costs or self.world.costs for life in self.lives)

    @property
    def channels(self) -> dict[str, int]:
        """The number of each channel."""
        return {channel.code: number for number, channel in enumerate(self.stage.channels)}

    @property
    def items(self) -> dict[str, int]:
        """The number of each item."""
        return {item.sku: number for number, item in enumerate(self.stage.items)}

    def idle(self) -> list[str]:
        """Channels that the world file names and that have no part in the orders."""
        return sorted(self.world.channels.keys() - self.channels.keys())

    def check(self) -> None:
        """Raise Invalid for a rule or a sale of a channel, item or location that is not there."""
        world, stage = self.world, self.stage
        known = {
            "channel": {*self.channels, *world.channels},
            "sku": self.items.keys(),
            "location": {location.code for location in stage.locations},
        }
        for table in ("sales", "policies", "ring_fences", "protection", "stock"):
            for n, row in enumerate(getattr(world, table)):
                for field, codes in known.items():
                    _check(f"{table}[{n}].{field}", getattr(row, field, ""), codes)
        for n, rule in enumerate(world.policies):
            if rule.unit == "percent" and (rule.kind != "cap" or rule.value > 100):
                raise Invalid(f"policies[{n}].unit", "only a cap is given in percent, and at most 100; give units")
        self._check_rings()

    def _check_rings(self) -> None:
        """A ring lies where its channel draws, and no location gives more than it has."""
        ways = {channel.code: channel.locations for channel in self.stage.channels}
        for n, ring in enumerate(self.world.ring_fences):
            field = f"ring_fences[{n}]"
            if ring.location not in ways.get(ring.channel, (ring.location,)):
                raise Invalid(f"{field}.location", f"{ring.channel} does not draw on {ring.location}; add it there")
            by_item: defaultdict[str, float] = defaultdict(float)
            for other in self.world.ring_fences[: n + 1]:
                if other.location == ring.location:
                    by_item[other.sku] += other.percent
            of_every_item = by_item.pop("", 0.0)
            if of_every_item + max(by_item.values(), default=0.0) > 100:
                raise Invalid(f"{field}.percent", f"more than all of {ring.location} would be ring-fenced; give less")


def _check(field: str, code: str, known: Collection[str]) -> None:
    if code and code not in known:
        some = ", ".join(sorted(known)[:8]) or "none"
        raise Invalid(field, f"there is no {code!r}; there are {some}{' and more' if len(known) > 8 else ''}")


def own_stage(world: SimulatedWorld) -> World:
    """The stage of a world that needs no orders of others: it states everything itself."""
    if not world.locations:
        raise Invalid("locations", "a world without orders or season has to name its locations")
    if not world.channels:
        raise Invalid("channels", "a world without orders or season has to name its channels")
    if not world.sales:
        raise Invalid("sales", "a world without orders or season has to say what is sold: add [[sales]]")
    skus = dict.fromkeys([product.sku for product in world.items] or [row.sku for row in world.stock])
    places = tuple(place_of(place) for place in world.locations)
    codes = tuple(place.code for place in places)
    channels = tuple(Channel(code, code, codes, n) for n, code in enumerate(world.channels, 1))
    return dressed(world, World(tuple(Item(sku, sku, "", 0, 0) for sku in skus), places, channels, {}))


def place_of(place: Place) -> Location:
    """A location as the orders have it."""
    return Location(place.code, place.name or place.code, place.kind, place.tier, place.rank)


def dressed(world: SimulatedWorld, stage: World) -> World:
    """The stage with the ranks, ways, prices and units that the world file states."""
    places = {location.code for location in stage.locations}
    for code, life in world.channels.items():
        for n, place in enumerate(life.locations):
            _check(f"channels.{code}.locations[{n}]", place, places)
    for n, place in enumerate(world.every_channel.locations):
        _check(f"every_channel.locations[{n}]", place, places)
    known = {item.sku for item in stage.items}
    for n, row in enumerate(world.stock):
        _check(f"stock[{n}].sku", row.sku, known)
        _check(f"stock[{n}].location", row.location, places)
    products = {product.sku: product for product in world.items}
    return World(
        tuple(_priced(item, products) for item in stage.items),
        stage.locations,
        tuple(_living(channel, world.life(channel.code)) for channel in stage.channels),
        {**stage.opening, **{(row.sku, row.location): row.units for row in world.stock}},
    )


def _priced(item: Item, products: Mapping[str, Product]) -> Item:
    product = products.get(item.sku)
    if product is None:
        return item
    name = product.name or item.name
    return replace(item, name=name, cost_cents=cents(product.cost), price_cents=cents(product.price))


def _living(channel: Channel, life: ChannelLife) -> Channel:
    name, ways, rank = life.name or channel.name, life.locations or channel.locations, life.rank or channel.rank
    return Channel(channel.code, name, ways, rank)


def flash_sales(
    world: SimulatedWorld, stage: World, start: datetime, hottest: str, chances: Chances
) -> list[OrderEvent]:
    """The orders of the world's flash sales, in order of time."""
    channels = {channel.code for channel in stage.channels}
    orders: list[OrderEvent] = []
    for n, sale in enumerate(world.sales):
        _check(f"sales[{n}].channel", sale.channel, channels)
        sku = sale.sku or hottest
        if not sku:
            raise Invalid(f"sales[{n}].sku", "name the item: there are no orders to tell which one is wanted most")
        chance, left = chances(f"sale {n}"), sale.units
        while left:
            qty = min(left, 1 + int(chance() * sale.units_per_order))
            at = start + timedelta(seconds=sale.from_s + sale.lasts_s * chance())
            orders.append(OrderEvent(at, sale.channel, f"sale-{n}-{left}", "order", (Line(sku, qty),)))
            left -= qty
    return sorted(orders, key=lambda order: (order.at, order.ref))
