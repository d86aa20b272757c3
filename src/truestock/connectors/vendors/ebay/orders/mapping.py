"""A seller's order in the hub's words, in one way only. Pure."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from truestock.connectors.contract import orders as hub
from truestock.connectors.contract.orders import Fee, Parcel, SeenLine, SeenOrder
from truestock.connectors.orders.money import plain, sold
from truestock.connectors.vendors.ebay.orders.forms import Fulfillment, LineItem, Order

FULFILLED: Final = "FULFILLED"
CANCELED: Final = "CANCELED"
REFUNDED: Final = "FULLY_REFUNDED"
WAITING: Final = frozenset({"PENDING", "FAILED"})
# The parcel of what left without a package that was told.
UNTOLD: Final = "untold"


class Moved(msgspec.Struct):
    """Units of one line, and those that have left."""

    units: int
    left: int = 0

    @property
    def open(self) -> int:
        """Units that are still to leave, unless the order was called off."""
        return max(0, self.units - self.left)


class Account(msgspec.Struct, frozen=True):
    """What became of an order's units, by line."""

    moved: dict[str, Moved]
    parcels: list[Parcel]
    off: bool

    @property
    def open(self) -> int:
        """Units of the whole order that are still to leave."""
        return 0 if self.off else sum(of.open for of in self.moved.values())

    @property
    def left(self) -> int:
        """Units of the whole order that have left."""
        return sum(of.left for of in self.moved.values())


def account_of(order: Order, fulfillments: Sequence[Fulfillment]) -> Account:
    """What became of the units; a line that eBay calls fulfilled has left, whether a package was told or not."""
    moved = {item.line_item_id: Moved(item.quantity) for item in order.line_items}
    parcels = []
    for one in sorted(fulfillments, key=lambda one: (str(one.shipped_date), one.fulfillment_id)):
        lines: dict[str, int] = {}
        for sent in one.line_items:
            if sent.line_item_id in moved:
                of = moved[sent.line_item_id]
                qty = of.open if sent.quantity is None else sent.quantity
                lines[sent.line_item_id] = lines.get(sent.line_item_id, 0) + qty
                of.left += qty
        tracking, carrier = one.shipment_tracking_number, one.shipping_carrier_code
        parcels.append(Parcel(one.fulfillment_id, lines, one.shipped_date, "", carrier, tracking))
    rest = {
        item.line_item_id: moved[item.line_item_id].open
        for item in order.line_items
        if FULFILLED in (item.line_item_fulfillment_status, order.order_fulfillment_status)
        and moved[item.line_item_id].open
    }
    if rest:
        parcels.append(Parcel(UNTOLD, rest))
        for line, qty in rest.items():
            moved[line].left += qty
    left = any(of.left for of in moved.values())
    off = order.cancel_status.cancel_state == CANCELED or (order.order_payment_status == REFUNDED and not left)
    return Account(moved, parcels, off)


def order_of(order: Order, account: Account) -> SeenOrder:
    """The order as the hub sees it."""
    pricing = order.pricing_summary
    # A discount is told below 0.
    shipping = pricing.delivery_cost.value - abs(pricing.delivery_discount.value)
    fee = order.total_marketplace_fee.value
    return SeenOrder(
        order.order_id,
        order.last_modified_date,
        order.creation_date,
        [_line(item, account) for item in order.line_items],
        _state(order, account),
        order.order_id,
        pricing.total.currency,
        plain(shipping),
        fees=[Fee("marketplace_fee", plain(fee))] if fee else [],
        parcels=account.parcels,
        buyer=_buyer(order),
    )


def _line(item: LineItem, account: Account) -> SeenLine:
    of = account.moved[item.line_item_id]
    qty = of.left if account.off else of.left + of.open
    listed = item.line_item_cost.value
    paid = item.discounted_line_item_cost.value if item.discounted_line_item_cost else listed
    tax = sum((one.amount.value for one in item.taxes), hub.ZERO)
    return SeenLine(item.line_item_id, item.sku, qty, *sold(listed, paid, tax, item.quantity, qty), item.title)


def _state(order: Order, account: Account) -> Literal["pending", "open", "cancelled", "closed"]:
    if not account.open:
        return "closed" if account.left else "cancelled"
    return "pending" if order.order_payment_status in WAITING else "open"


def _buyer(order: Order) -> hub.Buyer:
    steps = (one.shipping_step for one in order.fulfillment_start_instructions)
    to = next((step.ship_to for step in steps if step), None)
    if to is None:
        return hub.Buyer(id=order.buyer.username)
    at = to.contact_address
    return hub.Buyer(
        id=order.buyer.username,
        name=to.full_name,
        email=to.email,
        phone=to.primary_phone.phone_number,
        company=to.company_name,
        street=", ".join(part for part in (at.address_line1, at.address_line2) if part),
        postcode=at.postal_code,
        city=at.city,
        region=at.state_or_province,
        country=at.country_code,
    )
