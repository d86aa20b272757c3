"""What a replay is made of: the orders as they came in, and the world they were placed in.

Values only; who sells what is decided in baseline.py and by the hub, and counted in score.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Kind = Literal["order", "return", "cancel"]
LocationKind = Literal["dc", "3pl", "store", "dark_store", "marketplace_fc", "supplier"]
Tier = Literal["primary", "secondary", "virtual"]


class Line(NamedTuple):
    """`qty` base units of one item."""

    sku: str
    qty: int


class LatLng(NamedTuple):
    """A point on the map, in degrees."""

    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Something a customer did on a channel. A cancel carries the reference of its order, a return one of its own.

    An item stands on one line only: what an order wants of it is added up before anything is decided."""

    at: datetime
    channel: str
    ref: str
    kind: Kind
    lines: tuple[Line, ...]
    place: LatLng | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"{self.channel} {self.ref}: a time without a zone")
        wanted = dict(self.lines)
        if not wanted or min(wanted.values()) <= 0 or len(wanted) < len(self.lines):
            raise ValueError(f"{self.channel} {self.ref}: needs different items, each with a positive quantity")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Units that came in from a supplier, at one location."""

    at: datetime
    ref: str
    location: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A stock keeping unit with what a screen shows of it; money in the currency's smallest unit."""

    sku: str
    name: str
    category: str
    cost_cents: int
    price_cents: int


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds or can supply stock; `rank` counts inside the tier, 1 is first."""

    code: str
    name: str
    kind: LocationKind
    tier: Tier = "primary"
    rank: int = 1
    place: LatLng | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """Somewhere stock is sold: the locations it draws on, first choice first; rank 1 is served first when scarce."""

    code: str
    name: str
    locations: tuple[str, ...]
    rank: int = 1


@dataclass(frozen=True, slots=True)
class World:
    """The setting before the first order; `opening` holds units per (sku, location), 0 where it says nothing."""

    items: tuple[Item, ...]
    locations: tuple[Location, ...]
    channels: tuple[Channel, ...]
    opening: Mapping[tuple[str, str], int]

    def __post_init__(self) -> None:
        skus = {item.sku for item in self.items}
        places = {location.code for location in self.locations}
        for channel in self.channels:
            if not channel.locations or not places.issuperset(channel.locations):
                raise ValueError(f"channel {channel.code} needs locations, all of them known")
        for (sku, location), units in self.opening.items():
            if sku not in skus or location not in places or units < 0:
                raise ValueError(f"opening stock of {sku} at {location}: unknown, or below zero")
