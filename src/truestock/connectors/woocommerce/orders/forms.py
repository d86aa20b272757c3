"""What is read of a store's orders and refunds, and what the hub keeps with an order there."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

# The custom field of an order in which the hub keeps its parcels, as text: PHP turns an empty object into a list.
PARCELS: Final = "_truestock_parcels"
REFUNDED: Final = "_refunded_item_id"
RESTOCKED: Final = "_restock_refunded_items"
REDUCED: Final = "_reduced_stock"
FIELDS: Final = ",".join(
    (
        "id,number,status,currency,date_created_gmt,date_modified_gmt,date_completed_gmt,date_paid_gmt,customer_id",
        "shipping_total,shipping_tax,billing,shipping,line_items,refunds,meta_data",
    )
)


class Meta(msgspec.Struct, frozen=True):
    """A custom field."""

    id: int = 0
    key: str = ""
    value: object = None


class Line(msgspec.Struct, frozen=True):
    """A line. `quantity` counts refunded units too; `subtotal` is before discounts, `total` after them, without tax."""

    id: int
    quantity: int | float
    subtotal: Decimal
    total: Decimal
    total_tax: Decimal
    name: str | None = ""
    sku: str | None = ""
    meta_data: list[Meta] = []

    def meta(self, key: str) -> str:
        """The text of a custom field, empty where there is none."""
        return next((str(meta.value) for meta in self.meta_data if meta.key == key), "")


class Address(msgspec.Struct, frozen=True):
    """Whose, and where."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    email: str | None = ""
    phone: str | None = ""


class RefundId(msgspec.Struct, frozen=True):
    """That there is a refund."""

    id: int


class Order(msgspec.Struct, frozen=True):
    """An order; its times are of Greenwich, without saying so."""

    id: int
    status: str
    currency: str
    shipping_total: Decimal
    shipping_tax: Decimal
    line_items: list[Line]
    date_created_gmt: datetime | None = None
    date_modified_gmt: datetime | None = None
    date_completed_gmt: datetime | None = None
    date_paid_gmt: datetime | None = None
    number: str = ""
    customer_id: int = 0
    billing: Address = Address()
    shipping: Address = Address()
    refunds: list[RefundId] = []
    meta_data: list[Meta] = []


class RefundedLine(msgspec.Struct, frozen=True):
    """Units of a line that were refunded; counted below 0."""

    quantity: int | float
    meta_data: list[Meta] = []

    @property
    def of(self) -> str:
        """The line of the order, empty where the store does not say."""
        return next((str(meta.value) for meta in self.meta_data if meta.key == REFUNDED), "")


class Refund(msgspec.Struct, frozen=True):
    """What was given back at once."""

    id: int
    date_created_gmt: datetime
    line_items: list[RefundedLine] = []


class KeptLine(msgspec.Struct, frozen=True):
    """Units of a line in a parcel."""

    id: str
    qty: int


class KeptParcel(msgspec.Struct, frozen=True):
    """A parcel as the hub keeps it with the order."""

    id: str
    at: datetime
    lines: list[KeptLine]
    place: str = ""
    carrier: str = ""
    tracking: str = ""
    url: str = ""


class Note(msgspec.Struct, frozen=True):
    """A note at an order."""

    note: str = ""
