"""A shop's order in the hub's words, in one way only, whatever the order in which its parts come. Pure."""

from datetime import UTC, datetime
from typing import Final, Literal

from truestock.connectors.contract.orders import Buyer, Parcel, SeenLine, SeenOrder
from truestock.connectors.orders.money import plain, sold
from truestock.connectors.vendors.magento.orders.account import (
    CANCELED,
    CLOSED,
    ENDED,
    Account,
    NotUnderstood,
    units_of,
    whole,
)
from truestock.connectors.vendors.magento.orders.forms import ZERO, Address, Item, Order, Shipment
from truestock.connectors.vendors.magento.settings import MagentoSettings

OPEN_STATES: Final = frozenset({"new", "pending_payment", "payment_review", "holded", "processing"})
# The parcel of what left in no shipment, such as downloads.
UNTOLD: Final = "untold"


def utc(naive: datetime) -> datetime:
    """A time of Greenwich that does not say so."""
    return naive if naive.tzinfo else naive.replace(tzinfo=UTC)


def order_of(order: Order, account: Account, settings: MagentoSettings) -> SeenOrder:
    """The order as the hub sees it. Raises NotUnderstood."""
    if order.state not in OPEN_STATES | ENDED:
        raise NotUnderstood(f"the state {order.state or 'none'} is not one of Magento's own")
    shipping = (order.shipping_amount or ZERO) - (order.shipping_discount_amount or ZERO)
    return SeenOrder(
        str(order.entity_id),
        utc(order.updated_at),
        utc(order.created_at),
        [_line(order, item, account) for item in account.lines.values()],
        _state(order, account, settings),
        order.name,
        order.order_currency_code or "",
        plain(shipping),
        plain(order.shipping_tax_amount or ZERO),
        [],
        parcels_of(account),
        _buyer(order),
    )


def _line(order: Order, item: Item, account: Account) -> SeenLine:
    of = account.moved[item.item_id]
    qty = of.left if order.state in (CANCELED, CLOSED) else of.left + of.open
    listed = item.row_total or ZERO
    # A discount on a price with tax takes tax off as well; this much of it is no discount of what is without tax.
    paid = listed - (item.discount_amount or ZERO) + (item.discount_tax_compensation_amount or ZERO)
    price, discount, tax = sold(listed, paid, item.tax_amount or ZERO, whole(item, item.qty_ordered), qty)
    returned = min(of.left, whole(item, item.qty_returned or ZERO))
    return SeenLine(str(item.item_id), item.sku, qty, price, discount, tax, item.name or "", returned)


def _state(
    order: Order, account: Account, settings: MagentoSettings
) -> Literal["pending", "open", "cancelled", "closed"]:
    if order.state in ENDED:
        return "cancelled" if order.state in (CANCELED, CLOSED) and not account.left else "closed"
    if not account.open:
        return "closed"
    return "pending" if order.state in settings.waiting else "open"


def parcels_of(account: Account) -> list[Parcel]:
    """The shipments, and one of what left besides."""
    parcels = [_parcel(one, account) for one in account.shipments]
    if account.rest:
        parcels.append(Parcel(UNTOLD, {str(number): qty for number, qty in account.rest.items()}))
    return parcels


def _parcel(shipment: Shipment, account: Account) -> Parcel:
    lines = {str(number): qty for number, qty in units_of(shipment.items, account.lines).items()}
    track = next(iter(shipment.tracks or []), None)
    more = shipment.extension_attributes
    return Parcel(
        str(shipment.entity_id),
        lines,
        utc(shipment.created_at),
        (more.source_code or "") if more else "",
        (track.title or track.carrier_code or "") if track else "",
        (track.track_number or "") if track else "",
    )


def _buyer(order: Order) -> Buyer:
    bill = order.billing_address or Address()
    assigned = (order.extension_attributes.shipping_assignments or []) if order.extension_attributes else []
    to = next((one.shipping.address for one in assigned if one.shipping and one.shipping.address), bill)
    return Buyer(
        id=str(order.customer_id) if order.customer_id else "",
        name=_name(to) or _name(bill),
        email=order.customer_email or to.email or bill.email or "",
        phone=to.telephone or bill.telephone or "",
        company=to.company or "",
        street=", ".join(part for part in to.street or [] if part),
        postcode=to.postcode or "",
        city=to.city or "",
        region=to.region or "",
        country=to.country_id or "",
    )


def _name(address: Address) -> str:
    return " ".join(part for part in (address.firstname, address.lastname) if part)
