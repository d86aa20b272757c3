"""What is read of a shop's orders, shipments and credit memos; Magento leaves out or empties what it does not know."""

from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

import msgspec

T = TypeVar("T")
ZERO: Final = Decimal(0)


class Item(msgspec.Struct, frozen=True):
    """A line. A configurable product has two, of which the first carries the sale; a bundle has one for each part."""

    item_id: int
    sku: str
    qty_ordered: Decimal
    qty_canceled: Decimal | None = None
    qty_shipped: Decimal | None = None
    qty_refunded: Decimal | None = None
    qty_returned: Decimal | None = None
    row_total: Decimal | None = None
    discount_amount: Decimal | None = None
    discount_tax_compensation_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    parent_item_id: int | None = None
    product_type: str | None = None
    name: str | None = None


class Address(msgspec.Struct, frozen=True):
    """Whose, and where."""

    firstname: str | None = None
    lastname: str | None = None
    company: str | None = None
    street: list[str] | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country_id: str | None = None
    email: str | None = None
    telephone: str | None = None


class Shipping(msgspec.Struct, frozen=True):
    """How it goes."""

    address: Address | None = None


class Assignment(msgspec.Struct, frozen=True):
    """What goes where."""

    shipping: Shipping | None = None


class OrderMore(msgspec.Struct, frozen=True):
    """What modules add to an order."""

    shipping_assignments: list[Assignment] | None = None


class Order(msgspec.Struct, frozen=True):
    """An order; its times are of Greenwich, without saying so. Amounts in its currency."""

    entity_id: int
    state: str
    items: list[Item]
    created_at: datetime
    updated_at: datetime
    increment_id: str | None = None
    order_currency_code: str | None = None
    shipping_amount: Decimal | None = None
    shipping_discount_amount: Decimal | None = None
    shipping_tax_amount: Decimal | None = None
    customer_id: int | None = None
    customer_email: str | None = None
    billing_address: Address | None = None
    extension_attributes: OrderMore | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return f"#{self.increment_id or self.entity_id}"


class Times(msgspec.Struct, frozen=True):
    """What has to be known of an order to read on after it."""

    entity_id: int
    updated_at: datetime | None = None


class Found(msgspec.Struct, Generic[T], frozen=True):
    """A page of what was searched, of so many."""

    items: list[T]
    total_count: int


class Part(msgspec.Struct, frozen=True):
    """Units of a line in a shipment or a credit memo."""

    order_item_id: int
    qty: Decimal


class Track(msgspec.Struct, frozen=True):
    """How a parcel is followed."""

    track_number: str | None = None
    title: str | None = None
    carrier_code: str | None = None


class Comment(msgspec.Struct, frozen=True):
    """A remark."""

    comment: str | None = None


class ShipmentMore(msgspec.Struct, frozen=True):
    """What Inventory Management adds to a shipment."""

    source_code: str | None = None


class Shipment(msgspec.Struct, frozen=True):
    """What left together."""

    entity_id: int
    order_id: int
    created_at: datetime
    items: list[Part]
    tracks: list[Track] | None = None
    comments: list[Comment] | None = None
    extension_attributes: ShipmentMore | None = None


class CreditMemo(msgspec.Struct, frozen=True):
    """What was refunded at once."""

    entity_id: int
    order_id: int
    created_at: datetime
    items: list[Part]
