"""What is read of Square's catalog, counts and orders; fields that are not asked for are passed over."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

# Currencies without a part, and those with a thousandth; all others have a hundredth.
WHOLE: Final = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF"})
THOUSANDTHS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer; `cursor` asks for the next."""

    cursor: str = ""


class Override(msgspec.Struct, frozen=True):
    """What is otherwise at a location."""

    location_id: str = ""
    track_inventory: bool | None = None


class VariationData(msgspec.Struct, frozen=True):
    """What is sold."""

    sku: str = ""
    track_inventory: bool | None = None
    location_overrides: list[Override] = []

    def tracked_at(self, location: str) -> bool:
        """Whether its stock is kept there."""
        for override in self.location_overrides:
            if override.location_id == location and override.track_inventory is not None:
                return override.track_inventory
        return bool(self.track_inventory)


class Variation(msgspec.Struct, frozen=True):
    """A variation of an item."""

    id: str
    item_variation_data: VariationData = VariationData()


class Catalog(Page, frozen=True, kw_only=True):
    """Variations."""

    objects: list[Variation] = []


class Count(msgspec.Struct, frozen=True):
    """Units of a variation in a state at a location."""

    catalog_object_id: str
    location_id: str
    quantity: Decimal
    state: str = ""


class Counts(Page, frozen=True, kw_only=True):
    """What is there."""

    counts: list[Count] = []


class Location(msgspec.Struct, frozen=True):
    """Where is sold."""

    id: str
    name: str = ""
    status: str = ""


class Locations(msgspec.Struct, frozen=True):
    """All of them."""

    locations: list[Location] = []


class Money(msgspec.Struct, frozen=True):
    """In the smallest unit of its currency."""

    amount: int = 0
    currency: str = ""

    @property
    def value(self) -> Decimal:
        """In the currency itself."""
        digits = 0 if self.currency in WHOLE else 3 if self.currency in THOUSANDTHS else 2
        return Decimal(self.amount).scaleb(-digits)


class LineItem(msgspec.Struct, frozen=True):
    """A line. `total_money` is after discounts, with tax."""

    quantity: Decimal
    uid: str = ""
    name: str = ""
    variation_name: str = ""
    catalog_object_id: str = ""
    item_type: str = "ITEM"
    total_money: Money = Money()
    total_tax_money: Money = Money()
    total_discount_money: Money = Money()
    total_service_charge_money: Money = Money()


class Address(msgspec.Struct, frozen=True):
    """Where it goes."""

    address_line_1: str = ""
    address_line_2: str = ""
    locality: str = ""
    administrative_district_level_1: str = ""
    postal_code: str = ""
    country: str = ""


class Recipient(msgspec.Struct, frozen=True):
    """Who gets it."""

    display_name: str = ""
    email_address: str = ""
    phone_number: str = ""
    address: Address = Address()


class Details(msgspec.Struct, frozen=True):
    """How it goes: by a carrier, by hand, or by a courier."""

    recipient: Recipient = Recipient()
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None
    picked_up_at: datetime | None = None
    completed_at: datetime | None = None
    delivered_at: datetime | None = None

    @property
    def left_at(self) -> datetime | None:
        """When it left, if told."""
        return self.shipped_at or self.picked_up_at or self.completed_at or self.delivered_at


class Entry(msgspec.Struct, frozen=True):
    """Units of a line in a fulfillment."""

    line_item_uid: str
    quantity: Decimal


class Fulfillment(msgspec.Struct, frozen=True):
    """What leaves together; all lines, where it has no entries. `metadata` has the parcels that the hub told."""

    uid: str = ""
    type: str = ""
    state: str = ""
    entries: list[Entry] = []
    metadata: dict[str, str] = {}
    shipment_details: Details | None = None
    pickup_details: Details | None = None
    delivery_details: Details | None = None

    @property
    def details(self) -> Details:
        """Those of its type."""
        return self.shipment_details or self.pickup_details or self.delivery_details or Details()


class Tender(msgspec.Struct, frozen=True):
    """How it was paid."""

    processing_fee_money: Money = Money()


class ServiceCharge(msgspec.Struct, frozen=True):
    """What is charged besides, such as shipping."""

    total_money: Money = Money()
    total_tax_money: Money = Money()


class Order(msgspec.Struct, frozen=True):
    """An order: a sale at a till, or one that is still to leave."""

    id: str
    location_id: str
    created_at: datetime
    updated_at: datetime
    state: str = "OPEN"
    version: int = 0
    closed_at: datetime | None = None
    reference_id: str = ""
    ticket_name: str = ""
    customer_id: str = ""
    line_items: list[LineItem] = []
    fulfillments: list[Fulfillment] = []
    tenders: list[Tender] = []
    service_charges: list[ServiceCharge] = []
    total_money: Money = Money()
    net_amount_due_money: Money | None = None


class Found(Page, frozen=True, kw_only=True):
    """Orders, each to be understood by itself."""

    orders: list[msgspec.Raw] = []


class Times(msgspec.Struct, frozen=True):
    """What has to be known of an order to read on after it."""

    id: str
    created_at: datetime | None = None
    updated_at: datetime | None = None


class OneOrder(msgspec.Struct, frozen=True):
    """The answer to a change of an order."""

    order: Times
