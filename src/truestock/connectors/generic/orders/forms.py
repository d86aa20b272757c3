"""What the other side says of orders, and is told of them; these are the forms that `generic.schema.json` documents."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

ORDER_CHANGED: Final = "order.changed"
Id = Annotated[str, Meta(min_length=1, max_length=200)]
Units = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Instant = Annotated[datetime, Meta(tz=True)]
Cursor = Annotated[str, Meta(max_length=1000)]


class OrderLine(msgspec.Struct, frozen=True):
    """A line. `quantity`: units sold that were neither removed, cancelled nor refunded before they left; 0 when all
    were. `price`: of one unit before discounts; `discount`, `tax`: of the whole line; price and discount are without
    tax."""

    id: Id
    sku: str
    quantity: Units
    price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    title: str = ""
    returned: Units = 0


class ParcelLine(msgspec.Struct, frozen=True):
    """Units of the line with this id."""

    line: Id
    quantity: Annotated[int, Meta(ge=1, le=2**53 - 1)]


class OrderParcel(msgspec.Struct, frozen=True):
    """Units that left together. `id` never changes: a parcel that the hub told keeps the id that the hub gave it."""

    id: Id
    lines: list[ParcelLine]
    shipped_at: Instant | None = None
    place: str = ""
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""


class OrderFee(msgspec.Struct, frozen=True):
    """What you keep for yourself of the order, such as a commission; `line` where it is of one."""

    kind: str
    amount: Decimal
    line: str = ""


class OrderBuyer(msgspec.Struct, frozen=True):
    """Who bought and where it goes; leave out what you may not or need not say."""

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


class Order(msgspec.Struct, frozen=True):
    """An order as it is now, all of it. `changed_at` is later with every change. `status`: pending until it is paid or
    accepted (its units are sold all the same), open, cancelled, or closed when nothing more will leave."""

    id: Id
    changed_at: Instant
    placed_at: Instant
    lines: list[OrderLine]
    status: Literal["pending", "open", "cancelled", "closed"] = "open"
    name: str = ""
    currency: str = ""
    shipping: Decimal = Decimal(0)
    shipping_tax: Decimal = Decimal(0)
    fees: list[OrderFee] = []
    parcels: list[OrderParcel] = []
    buyer: OrderBuyer = OrderBuyer()


class OrdersPage(msgspec.Struct, frozen=True):
    """The answer to a question for orders. `cursor`: from where to go on after these; `more`: there is more by now."""

    orders: list[Order]
    cursor: Cursor | None = None
    more: bool = False


class RawPage(msgspec.Struct, frozen=True):
    """The same, with each order to be read by itself: one that is not understood stops no other."""

    orders: list[msgspec.Raw]
    cursor: Cursor | None = None
    more: bool = False


class Named(msgspec.Struct, frozen=True):
    """What is read of an order that is not understood."""

    id: str = "?"


class ToldCancelling(msgspec.Struct, frozen=True):
    """What will not be sent. `whole`: nothing of the order will be, or was. `key` is the same for every try."""

    key: str
    lines: list[ParcelLine]
    whole: bool
    reason: str = ""


class Telling(msgspec.Struct, frozen=True):
    """The answer to a parcel or a cancellation."""

    status: Literal["applied", "accepted", "rejected", "later"]
    reason: str | None = None


class OrderMessage(msgspec.Struct, frozen=True):
    """What you send by yourself: that the order `id` changed, or the whole `order` where the hub cannot ask you."""

    type: str
    id: Annotated[str, Meta(max_length=200)] = ""
    changed_at: str = ""
    order: Order | None = None
