"""The world of a simulation, as a world file states it: what it costs, how each channel lives, truestock's rules.

Seconds count from the first order on, unless a name says otherwise; money is in whole currency units."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Percent = Annotated[float, Meta(ge=0, le=100)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Rate = Annotated[float, Meta(ge=1e-6, le=1e9)]
Money = Annotated[float, Meta(ge=0, le=1e9)]
Units = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Count = Annotated[int, Meta(ge=1, le=10_000_000)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Optional = Annotated[str, Meta(max_length=200)]
Rank = Annotated[int, Meta(ge=1, le=10_000)]


class Costs(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an order costs that was sold and has to be cancelled, and what a unit earns that could have been sold.

    `customer_value` is lost with `customer_lost_percent`. Without `margin_per_unit`, price less cost of the item."""

    fee_per_order: Money = 0.0
    fee_per_unit: Money = 0.0
    service_per_order: Money = 5.0
    customer_value: Money = 60.0
    customer_lost_percent: Percent = 20.0
    margin_per_unit: Money | None = None


class Outage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The channel's interface answers nobody: no push arrives, no order is told, no poll succeeds; customers buy."""

    from_s: Seconds
    lasts_s: Seconds


class Today(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the channel's own number is kept in step without truestock.

    A run every `sync_every_s` (0: never), `sync_offset_s` past midnight UTC, copies `allocation_percent` of what the
    master has; its numbers arrive `sync_lag_s` later. `sends` says whether a run goes through all items in their order
    or only through those that changed. A run fails as a whole with `failure_percent`. Orders that were not told are
    found by a poll every `poll_every_s` (0: never)."""

    sync_every_s: Seconds = 900.0
    sync_offset_s: Seconds = 0.0
    sync_lag_s: Seconds = 60.0
    failure_percent: Percent = 1.0
    allocation_percent: Percent = 100.0
    sends: Literal["changed", "all"] = "changed"
    poll_every_s: Seconds = 86_400.0


class ChannelLife(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a channel sells, tells its orders, and takes numbers; `today` aside, the same on both sides.

    `checkout`: with truestock it sells by its own number, or asks the hub at the moment of buying. An order is told
    after `order_lag_s` on average, or not at all with `order_loss_percent` until truestock polls. A push takes
    `push_lag_s` on average and fails with `push_loss_percent`; a channel takes `calls_per_s`, `burst` at once, with
    `lines_per_call` numbers each. Lags are drawn from an exponential distribution; 0 is none."""

    name: Optional = ""
    rank: Rank | None = None
    locations: tuple[Text, ...] = ()
    checkout: Literal["own_number", "asks_hub"] = "own_number"
    cancel_limit_percent: Percent = 2.5
    order_lag_s: Seconds = 5.0
    order_loss_percent: Percent = 0.5
    poll_every_s: Seconds = 300.0
    push_lag_s: Seconds = 1.0
    push_loss_percent: Percent = 0.5
    calls_per_s: Rate = 2.0
    burst: Rate = 40.0
    lines_per_call: Count = 100
    outages: tuple[Outage, ...] = ()
    costs: Costs | None = None
    today: Today = Today()


class Place(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A location."""

    code: Text
    name: Optional = ""
    kind: Literal["dc", "3pl", "store", "dark_store", "marketplace_fc", "supplier"] = "dc"
    tier: Literal["primary", "secondary", "virtual"] = "primary"
    rank: Rank = 1


class Product(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An item with its money, per unit."""

    sku: Text
    name: Optional = ""
    cost: Money = 0.0
    price: Money = 0.0


class Stock(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Units that lie at a location before the first order."""

    sku: Text
    location: Text
    units: Units


class Sale(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A flash sale on top of the other orders: `units` of one item within `lasts_s`, in orders of up to
    `units_per_order`. Without `sku`, the item that the orders want most."""

    channel: Text
    sku: Optional = ""
    units: Count
    from_s: Seconds = 0.0
    lasts_s: Seconds = 3_600.0
    units_per_order: Count = 1


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of truestock's policies; a scope that is left out means any. `percent` is for caps."""

    kind: Literal["safety_stock", "buffer", "cap", "sell_out_at"]
    value: Units
    unit: Literal["units", "percent"] = "units"
    channel: Optional = ""
    sku: Optional = ""
    location: Optional = ""


class RingFence(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A share of the opening stock at a location that only one channel may have; without `sku`, of every item."""

    channel: Text
    location: Text
    percent: Percent
    sku: Optional = ""


class Protect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A share of the opening stock that is kept for a channel from worse-ranked ones; without `sku`, of every item."""

    channel: Text
    percent: Percent
    sku: Optional = ""


class Season(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The made-up season of `truestock replay`, with its own channels, locations and stock."""

    orders: Count = 20_000
    days: Annotated[float, Meta(gt=0, le=3_650)] = 14.0
    items: Annotated[int, Meta(ge=6, le=200)] = 200


class SimulatedWorld(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it. `looks_s` are the instants at which the report says what every channel showed.

    `cover` and `starts_at` are read where they apply: opening stock as a share of an order file's demand, and the
    first instant of a world that has no order file."""

    title: Optional = ""
    currency: Annotated[str, Meta(max_length=8)] = "EUR"
    starts_at: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)
    cover: Annotated[float, Meta(ge=0, le=100)] = 0.9
    publish_every_s: Annotated[float, Meta(ge=0, le=3_600)] = 0.1
    looks_s: tuple[Seconds, ...] = ()
    season: Season | None = None
    costs: Costs = Costs()
    every_channel: ChannelLife = ChannelLife()
    channels: dict[str, ChannelLife] = field(default_factory=dict)
    locations: tuple[Place, ...] = ()
    items: tuple[Product, ...] = ()
    stock: tuple[Stock, ...] = ()
    sales: tuple[Sale, ...] = ()
    policies: tuple[Rule, ...] = ()
    ring_fences: tuple[RingFence, ...] = ()
    protection: tuple[Protect, ...] = ()

    def life(self, channel: str) -> ChannelLife:
        """How a channel lives: as it is named, or as every other one."""
        return self.channels.get(channel, self.every_channel)
