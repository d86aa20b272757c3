"""A channel's order as it is now, in the hub's words; money in the order's currency."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from truestock.connectors.contract.answers import Throttle

ZERO = Decimal(0)


class SeenLine(msgspec.Struct, frozen=True):
    """One line. `qty`: units sold that were neither removed, cancelled nor refunded before they left; 0 when all were.

    `price` is of one unit before discounts; `discount` and `tax` are of the whole line; `sku` is empty where the
    channel's line names none; `title` helps people to find what it is. `returned`: units that left and came back."""

    id: str
    sku: str
    qty: int
    price: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    title: str = ""
    returned: int = 0


class Parcel(msgspec.Struct, frozen=True):
    """Units that have left together: listing units by the id of the line. `id` is stable; `place` is the channel's
    location that they left from, where it says."""

    id: str
    lines: dict[str, int]
    shipped_at: datetime | None = None
    place: str = ""
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""


class Cancelling(msgspec.Struct, frozen=True):
    """What will not be sent: listing units by the id of the line; `whole` when nothing of the order will be or was.

    `key` is the same for every try."""

    key: str
    lines: dict[str, int]
    whole: bool
    reason: str = ""


class Fee(msgspec.Struct, frozen=True):
    """What the channel keeps for itself, such as a commission; `kind` in its own words, `line` where it is of one."""

    kind: str
    amount: Decimal
    line: str = ""


class SettledFee(msgspec.Struct, frozen=True):
    """A fee as a settlement has it: below zero where it was given back. `order` is empty where it is of none.

    `id` makes it the only one among the fees of its order, or of the channel where it is of none, and is the same
    whenever it is told; `line` and `sku` are of the order's line, where it is of one; `settlement` is the channel's
    name of the statement that it stands in."""

    id: str
    kind: str
    amount: Decimal
    currency: str
    posted_at: datetime
    order: str = ""
    line: str = ""
    sku: str = ""
    settlement: str = ""


class SettledFees(msgspec.Struct, frozen=True):
    """A page of fees; `cursor` reads on from after it, and `more` says that there is more to read at once.

    `points` is what reading it has cost of the orders' budget beyond the one call; `unread` says, by settlement, why
    one cannot be understood: it does not hold up the others, and people are told."""

    fees: list[SettledFee]
    cursor: str
    more: bool = False
    throttle: Throttle = Throttle()
    points: float = 0.0
    unread: dict[str, str] = {}


class Buyer(msgspec.Struct, frozen=True):
    """Who bought, and where it goes: personal data, kept apart and no longer than it may be. Empty: not told."""

    id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    language: str = ""
    lat: float | None = None
    lng: float | None = None


class SeenOrder(msgspec.Struct, frozen=True):
    """An order as the channel has it. `id` is the channel's own and never changes; `name` is what people call it.

    `state`: pending until it is paid or accepted (its units are sold all the same), open, cancelled, or closed (nothing
    more will leave). `changed_at` never goes back for an order: an older picture never replaces a newer one."""

    id: str
    changed_at: datetime
    placed_at: datetime
    lines: list[SeenLine]
    state: Literal["pending", "open", "cancelled", "closed"] = "open"
    name: str = ""
    currency: str = ""
    shipping: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    fees: list[Fee] = []
    parcels: list[Parcel] = []
    buyer: Buyer = Buyer()


class Orders(msgspec.Struct, frozen=True):
    """A page of orders; `cursor` reads on from after it, and `more` says that there is more to read at once.

    `points` is what reading it has cost of the orders' budget beyond the one call; `unread` says, by id, why an order
    cannot be understood: it does not hold up the others, and people are told."""

    orders: list[SeenOrder]
    cursor: str = ""
    more: bool = False
    throttle: Throttle = Throttle()
    points: float = 0.0
    unread: dict[str, str] = {}
