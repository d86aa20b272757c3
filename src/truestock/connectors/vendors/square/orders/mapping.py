"""A seller's order in the hub's words. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from truestock.connectors.contract.orders import ZERO, Buyer, Fee, SeenLine, SeenOrder
from truestock.connectors.orders.money import plain, sold
from truestock.connectors.vendors.square.forms import LineItem, Order
from truestock.connectors.vendors.square.orders.account import CANCELED, DONE, OPEN, Account, NotUnderstood, whole

SHIPMENT = "SHIPMENT"


def is_sold(order: Order) -> bool:
    """Whether its units are sold: a ticket that is still open at a till, a cart and a refund are no sales."""
    if not order.line_items:
        return False
    return order.state in (DONE, CANCELED) or (order.state == OPEN and bool(order.fulfillments))


def order_of(order: Order, account: Account, skus: Mapping[str, str]) -> SeenOrder:
    """The order as the hub sees it; `skus` by variation. Raises NotUnderstood."""
    if order.state not in (OPEN, DONE, CANCELED):
        raise NotUnderstood(f"the state {order.state} is not one that sells")
    fees = [tender.processing_fee_money.value for tender in order.tenders]
    shipping, tax = _shipping(order)
    return SeenOrder(
        order.id,
        order.updated_at,
        order.created_at,
        [_line(order, item, account, skus) for item in account.lines.values()],
        _state(order, account),
        order.reference_id or order.ticket_name or order.id,
        order.total_money.currency,
        shipping,
        tax,
        [Fee("processing_fee", plain(fee)) for fee in fees if fee],
        account.parcels,
        _buyer(order),
    )


def _line(order: Order, item: LineItem, account: Account, skus: Mapping[str, str]) -> SeenLine:
    of = account.moved[item.uid]
    qty = of.left if order.state == CANCELED else of.left + of.open
    paid = item.total_money.value - item.total_tax_money.value - item.total_service_charge_money.value
    listed = paid + item.total_discount_money.value
    price, discount, tax = sold(listed, paid, item.total_tax_money.value, whole(item.uid, item.quantity), qty)
    title = " ".join(part for part in (item.name, item.variation_name) if part)
    return SeenLine(item.uid, skus.get(item.catalog_object_id, ""), qty, price, discount, tax, title)


def _state(order: Order, account: Account) -> Literal["pending", "open", "cancelled", "closed"]:
    if order.state == CANCELED or not account.open:
        return "closed" if account.left else "cancelled"
    due = order.net_amount_due_money
    return "pending" if due is not None and due.amount > 0 else "open"


def _shipping(order: Order) -> tuple[Decimal, Decimal]:
    """What is charged for sending, and its tax; what is charged besides at a till is something else."""
    if not any(one.type == SHIPMENT for one in order.fulfillments):
        return ZERO, ZERO
    tax = sum((one.total_tax_money.value for one in order.service_charges), ZERO)
    gross = sum((one.total_money.value for one in order.service_charges), ZERO)
    return plain(gross - tax), plain(tax)


def _buyer(order: Order) -> Buyer:
    if not order.fulfillments:
        return Buyer(id=order.customer_id)
    to = order.fulfillments[0].details.recipient
    at = to.address
    return Buyer(
        id=order.customer_id,
        name=to.display_name,
        email=to.email_address,
        phone=to.phone_number,
        street=", ".join(part for part in (at.address_line_1, at.address_line_2) if part),
        postcode=at.postal_code,
        city=at.locality,
        region=at.administrative_district_level_1,
        country=at.country,
    )
