"""The shapes of what is read of the Admin API's answers; fields that are not asked for are passed over."""

from datetime import datetime

import msgspec

NOTHING = msgspec.Raw(b"null")


class Part(msgspec.Struct, frozen=True, rename="camel"):
    """An object of an answer."""


class FaultExtensions(Part, frozen=True):
    """The machine's word for a fault."""

    code: str = ""


class Fault(Part, frozen=True):
    """An error of a call."""

    message: str = ""
    extensions: FaultExtensions = FaultExtensions()


class Answer(Part, frozen=True):
    """The body of every answer; `data` is null where nothing came of it."""

    data: msgspec.Raw = NOTHING
    errors: list[Fault] = []


class StockLevel(Part, frozen=True):
    """Of one variant at one location."""

    stock_location_id: str
    stock_on_hand: int
    stock_allocated: int


class Variant(Part, frozen=True):
    """What is sold. `track_inventory`: TRUE, FALSE or INHERIT."""

    id: str
    stock_levels: list[StockLevel]
    sku: str = ""
    track_inventory: str = "INHERIT"
    out_of_stock_threshold: int = 0
    use_global_out_of_stock_threshold: bool = True


class Variants(Part, frozen=True):
    """A page of variants."""

    items: list[Variant]
    total_items: int


class StockLocation(Part, frozen=True):
    """A location of the shop."""

    id: str
    name: str


class StockLocations(Part, frozen=True):
    """All of them."""

    items: list[StockLocation]


class GlobalSettings(Part, frozen=True):
    """What holds for variants that do not say otherwise."""

    track_inventory: bool
    out_of_stock_threshold: int


class Levels(Part, frozen=True):
    """The answer to LEVELS."""

    product_variants: Variants
    stock_locations: StockLocations
    global_settings: GlobalSettings


class MayWrite(Part, frozen=True):
    """The answer to MAY_WRITE."""


class Updated(Part, frozen=True):
    """The answer to SET."""

    update_product_variants: list[Variant | None]


class VendureChannel(Part, frozen=True):
    """A channel of the shop."""

    code: str


class About(Part, frozen=True):
    """The answer to ABOUT."""

    active_channel: VendureChannel
    stock_locations: StockLocations


class LineVariant(Part, frozen=True):
    """What a line is of."""

    sku: str
    name: str


class OrderLine(Part, frozen=True):
    """Amounts in hundredths, without tax; `prorated_line_price` after every discount."""

    id: str
    quantity: int
    unit_price: int
    line_price: int
    prorated_line_price: int
    line_tax: int
    updated_at: datetime
    product_variant: LineVariant


class FulfillmentLine(Part, frozen=True):
    """Units of a line in a fulfillment."""

    order_line_id: str
    quantity: int


class Fulfillment(Part, frozen=True):
    """A parcel, from when it is packed."""

    id: str
    state: str
    lines: list[FulfillmentLine]
    method: str = ""
    tracking_code: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Customer(Part, frozen=True):
    """Who bought."""

    id: str
    first_name: str
    last_name: str
    email_address: str
    phone_number: str | None = None


class Address(Part, frozen=True):
    """Where it goes."""

    full_name: str | None = None
    company: str | None = None
    street_line1: str | None = msgspec.field(name="streetLine1", default=None)
    street_line2: str | None = msgspec.field(name="streetLine2", default=None)
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone_number: str | None = None


class Order(Part, frozen=True):
    """An order that was placed. Amounts in hundredths."""

    id: str
    code: str
    state: str
    currency_code: str
    created_at: datetime
    updated_at: datetime
    order_placed_at: datetime
    shipping: int
    shipping_with_tax: int
    lines: list[OrderLine]
    fulfillments: list[Fulfillment] | None = None
    customer: Customer | None = None
    shipping_address: Address | None = None


class OrderPage(Part, frozen=True):
    """Orders, each to be understood by itself."""

    items: list[msgspec.Raw]


class Since(Part, frozen=True):
    """The answer to SINCE."""

    placed: OrderPage
    changed: OrderPage
    swept: OrderPage


class Page(Part, frozen=True):
    """The answer to OPEN and to THESE."""

    orders: OrderPage


class ToldLine(Part, frozen=True):
    """What is left of a line."""

    id: str
    quantity: int
    product_variant: LineVariant


class Cancelled(Part, frozen=True):
    """What was noted with a cancellation."""

    reason: str | None = None


class HistoryEntry(Part, frozen=True):
    """One cancellation."""

    data: Cancelled


class History(Part, frozen=True):
    """The cancellations of an order."""

    items: list[HistoryEntry]


class ToldOrder(Part, frozen=True):
    """What the shop was told of an order."""

    id: str
    state: str
    lines: list[ToldLine]
    history: History
    fulfillments: list[Fulfillment] | None = None


class Told(Part, frozen=True):
    """The answer to TOLD."""

    order: ToldOrder | None


class Result(Part, frozen=True):
    """What became of a mutation of an order: the object, or an error by its type."""

    typename: str = msgspec.field(name="__typename")
    id: str = ""
    state: str = ""
    error_code: str = ""
    message: str = ""
    fulfillment_handler_error: str = ""
    transition_error: str = ""

    @property
    def reason(self) -> str:
        """Why it was refused; empty when it was not."""
        if not self.error_code:
            return ""
        more = self.fulfillment_handler_error or self.transition_error
        return f"{self.message}: {more}" if more else self.message


class Fulfilled(Part, frozen=True):
    """The answer to FULFIL."""

    add_fulfillment_to_order: Result


class Shipped(Part, frozen=True):
    """The answer to SHIPPED."""

    transition_fulfillment_to_state: Result


class Cancels(Part, frozen=True):
    """The answer to CANCEL."""

    cancel_order: Result
