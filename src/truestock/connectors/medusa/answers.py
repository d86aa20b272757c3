"""The shapes of what is read of the Admin API's answers; fields that are not asked for are passed over."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

ZERO: Final = Decimal(0)


class Part(msgspec.Struct, frozen=True):
    """An object of an answer."""


class Refusal(Part, frozen=True):
    """How a call is refused."""

    type: str = ""
    message: str = ""


class LocationLevel(Part, frozen=True):
    """Of one inventory item at one location."""

    location_id: str
    stocked_quantity: Decimal
    reserved_quantity: Decimal
    inventory_item_id: str = ""


class InventoryItem(Part, frozen=True):
    """What stock is kept of."""

    id: str
    sku: str | None
    location_levels: list[LocationLevel | None] | None = None


class InventoryItems(Part, frozen=True):
    """A page of inventory items."""

    inventory_items: list[InventoryItem]
    count: int


class Batched(Part, frozen=True):
    """What a batch of levels has made and changed."""

    created: list[LocationLevel]
    updated: list[LocationLevel]


class StockLocation(Part, frozen=True):
    """A location of the shop."""

    id: str
    name: str


class StockLocations(Part, frozen=True):
    """All of them."""

    stock_locations: list[StockLocation]


class Detail(Part, frozen=True):
    """A line as it is by now. `quantity` has lost what was taken off before it left."""

    quantity: Decimal
    fulfilled_quantity: Decimal = ZERO
    shipped_quantity: Decimal = ZERO
    return_received_quantity: Decimal = ZERO
    return_dismissed_quantity: Decimal = ZERO
    written_off_quantity: Decimal = ZERO


class Item(Part, frozen=True):
    """A line of an order. `original_subtotal`: without tax, before discounts."""

    id: str
    title: str
    detail: Detail
    unit_price: Decimal
    variant_sku: str | None = None
    original_subtotal: Decimal | None = None
    discount_subtotal: Decimal = ZERO
    tax_total: Decimal = ZERO


class FulfillmentItem(Part, frozen=True):
    """Units of a line in a fulfillment."""

    quantity: Decimal
    line_item_id: str | None = None


class Label(Part, frozen=True):
    """How a parcel is followed."""

    tracking_number: str | None = None
    tracking_url: str | None = None


class Fulfillment(Part, frozen=True):
    """A parcel, from when it is packed."""

    id: str
    location_id: str | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    canceled_at: datetime | None = None
    created_at: datetime | None = None
    provider_id: str | None = None
    metadata: dict[str, object] | None = None
    items: list[FulfillmentItem] = []
    labels: list[Label] = []


class Address(Part, frozen=True):
    """Where it goes."""

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


class Order(Part, frozen=True):
    """An order. Amounts in its currency."""

    id: str
    display_id: int
    status: str
    currency_code: str
    created_at: datetime
    updated_at: datetime
    items: list[Item]
    email: str | None = None
    customer_id: str | None = None
    shipping_subtotal: Decimal = ZERO
    shipping_tax_total: Decimal = ZERO
    shipping_address: Address | None = None
    fulfillments: list[Fulfillment] = []


class OrderPage(Part, frozen=True):
    """Orders, each to be understood by itself."""

    orders: list[msgspec.Raw]


class OneOrder(Part, frozen=True):
    """One order."""

    order: Order


class Change(Part, frozen=True):
    """An edit of an order."""

    id: str
    status: str
    internal_note: str | None = None
    change_type: str | None = None


class Changes(Part, frozen=True):
    """All edits of an order."""

    order_changes: list[Change]
