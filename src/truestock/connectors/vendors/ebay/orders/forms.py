"""What is read of a seller's orders and of what was sent of them."""

from datetime import datetime
from decimal import Decimal

import msgspec


class Part(msgspec.Struct, frozen=True, rename="camel"):
    """An object of an answer."""


class Amount(Part, frozen=True):
    """Money."""

    value: Decimal = Decimal(0)
    currency: str = ""


class Tax(Part, frozen=True):
    """A tax of a line."""

    amount: Amount = Amount()


class LineItem(Part, frozen=True):
    """A line; the costs are of all its units, the discounted one only where there is a discount."""

    line_item_id: str
    quantity: int
    sku: str = ""
    title: str = ""
    line_item_fulfillment_status: str = ""
    line_item_cost: Amount = Amount()
    discounted_line_item_cost: Amount | None = None
    taxes: list[Tax] = []


class Address(Part, frozen=True):
    """Where it goes."""

    address_line1: str = ""
    address_line2: str = ""
    city: str = ""
    state_or_province: str = ""
    postal_code: str = ""
    country_code: str = ""


class Phone(Part, frozen=True):
    """A number to call."""

    phone_number: str = ""


class Contact(Part, frozen=True):
    """Who gets it."""

    full_name: str = ""
    company_name: str = ""
    email: str = ""
    contact_address: Address = Address()
    primary_phone: Phone = Phone()


class ShippingStep(Part, frozen=True):
    """How it goes there."""

    ship_to: Contact = Contact()


class Instruction(Part, frozen=True):
    """What is to be done."""

    shipping_step: ShippingStep | None = None


class CancelStatus(Part, frozen=True):
    """Whether it was called off."""

    cancel_state: str = ""


class Buyer(Part, frozen=True):
    """Who bought."""

    username: str = ""


class Pricing(Part, frozen=True):
    """What the whole costs."""

    total: Amount = Amount()
    delivery_cost: Amount = Amount()
    delivery_discount: Amount = Amount()


class Order(Part, frozen=True):
    """An order."""

    order_id: str
    creation_date: datetime
    last_modified_date: datetime
    order_fulfillment_status: str = ""
    order_payment_status: str = ""
    buyer: Buyer = Buyer()
    cancel_status: CancelStatus = CancelStatus()
    fulfillment_hrefs: list[str] = []
    fulfillment_start_instructions: list[Instruction] = []
    line_items: list[LineItem] = []
    pricing_summary: Pricing = Pricing()
    total_marketplace_fee: Amount = Amount()


class Page(Part, frozen=True):
    """Orders, each to be understood by itself, of so many."""

    orders: list[msgspec.Raw] = []
    total: int = 0


class Named(Part, frozen=True):
    """What an order is called."""

    order_id: str


class SentLine(Part, frozen=True):
    """Units of a line in a package; all of them, where no number is told."""

    line_item_id: str
    quantity: int | None = None


class Fulfillment(Part, frozen=True):
    """A package."""

    fulfillment_id: str
    line_items: list[SentLine] = []
    shipment_tracking_number: str = ""
    shipping_carrier_code: str = ""
    shipped_date: datetime | None = None


class Fulfillments(Part, frozen=True):
    """All packages of an order."""

    fulfillments: list[Fulfillment] = []
