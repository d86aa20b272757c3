"""A shop's order in the hub's words, in one way only, whatever the order in which the shop tells its parts. Pure."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec

from truestock.connectors.contract.orders import Buyer, Fee, Parcel, SeenLine, SeenOrder
from truestock.connectors.orders.money import plain, sold, without_tax
from truestock.connectors.shopify.orders.documents import Fulfillment, LineItem, Moved, Order, Refund, Tax, Tracking

ORDER: Final = "gid://shopify/Order/"
LINE: Final = "gid://shopify/LineItem/"
SENT: Final = "SUCCESS"
PAID: Final = frozenset({"PAID", "AUTHORIZED", "PARTIALLY_REFUNDED", "REFUNDED"})
CANCEL: Final = "CANCEL"
RETURN: Final = "RETURN"
NOTHING: Final = Tracking()


class Units(msgspec.Struct, frozen=True):
    """Units of one line: `left` in parcels; refunded as `cancelled` before or `returned` after that, or `untold`."""

    left: int
    cancelled: int = 0
    returned: int = 0
    untold: int = 0


def number_of(gid: str) -> str:
    """The number at the end of a global ID, by which the hub names what is the shop's."""
    return gid.rsplit("/", 1)[-1].partition("?")[0]


def order_of(order: Order, *, unpaid_may_leave: bool) -> SeenOrder:
    """The order as the hub sees it; all its lines, fulfillments and refunds must be in it."""
    units = units_of(order)
    lines = [_line(order, line, units[line.id]) for line in order.line_items.nodes]
    lines.sort(key=lambda line: int(line.id))
    parcels = [_parcel(sent) for sent in order.fulfillments if sent.status == SENT]
    shipping = order.shipping_lines.nodes
    return SeenOrder(
        number_of(order.id),
        order.updated_at,
        order.created_at,
        lines,
        _state(order, lines, units, unpaid_may_leave=unpaid_may_leave),
        order.name,
        order.currency_code,
        *_shipping(
            sum((line.discounted_price_set.shop_money.amount for line in shipping), Decimal(0)),
            _taxes([tax for line in shipping for tax in line.tax_lines]),
            included=order.taxes_included,
        ),
        fees=_fees(order),
        parcels=sorted(parcels, key=lambda parcel: int(parcel.id)),
        buyer=_buyer(order),
    )


def units_of(order: Order) -> dict[str, Units]:
    """Units by line."""
    left = left_by_line(order.fulfillments)
    refunded: dict[str, Counter[str]] = {}
    for refund in order.refunds:
        for line in refund.lines.nodes:
            refunded.setdefault(line.line_item.id, Counter())[line.restock_type] += line.quantity or 0
    found = {}
    for item in order.line_items.nodes:
        of = refunded.get(item.id, Counter())
        untold = of.total() - of[CANCEL] - of[RETURN]
        found[item.id] = Units(left[item.id], of[CANCEL], of[RETURN], untold)
    return found


def left_by_line(fulfillments: list[Fulfillment]) -> Counter[str]:
    """Units that have left, by line."""
    return sum((by_line(sent.lines) for sent in fulfillments if sent.status == SENT), Counter())


def by_line(moved: Moved) -> Counter[str]:
    """Units by line."""
    units: Counter[str] = Counter()
    for line in moved.nodes:
        units[line.line_item.id] += line.quantity or 0
    return units


def still_open(item: LineItem, units: Units) -> int:
    """Units that are still to leave.

    Of what was refunded without a word about where it was, the shop's own count decides, as far as it can be right."""
    gone = item.quantity - item.current_quantity
    not_left = max(0, item.quantity - units.left)
    cancelled_max = min(gone - units.returned, not_left)
    cancelled_min = gone - units.returned - min(units.untold, max(0, units.left - units.returned))
    fewest, most = not_left - max(cancelled_max, 0), not_left - min(max(cancelled_min, 0), not_left)
    return min(max(item.unfulfilled_quantity, fewest), most)


def _line(order: Order, item: LineItem, units: Units) -> SeenLine:
    qty = units.left + (0 if order.cancelled_at else still_open(item, units))
    listed = item.original_unit_price_set.shop_money.amount * item.quantity
    taken_off = sum((one.allocated_amount_set.shop_money.amount for one in item.discount_allocations), Decimal(0))
    tax = _taxes(item.tax_lines)
    paid = listed - taken_off
    if order.taxes_included:
        listed, paid = without_tax(listed, paid, tax)
    price, discount, of_tax = sold(listed, paid, tax, item.quantity, qty)
    sku = item.sku or ""
    return SeenLine(number_of(item.id), sku, qty, price, discount, of_tax, item.name, min(units.returned, units.left))


def _taxes(taxes: list[Tax]) -> Decimal:
    return sum((tax.price_set.shop_money.amount for tax in taxes), Decimal(0))


def _shipping(charged: Decimal, tax: Decimal, *, included: bool) -> tuple[Decimal, Decimal]:
    return plain(charged - tax if included else charged), plain(tax)


def _state(
    order: Order, lines: list[SeenLine], units: Mapping[str, Units], *, unpaid_may_leave: bool
) -> Literal["pending", "open", "cancelled", "closed"]:
    if order.cancelled_at:
        return "cancelled"
    if order.closed or sum(line.qty for line in lines) == sum(of.left for of in units.values()):
        return "closed"
    paid = order.display_financial_status in PAID or order.display_financial_status is None
    return "open" if paid or unpaid_may_leave else "pending"


def _parcel(sent: Fulfillment) -> Parcel:
    told = next(iter(sent.tracking_info), NOTHING)
    lines = {number_of(line): units for line, units in by_line(sent.lines).items() if units > 0}
    return Parcel(
        number_of(sent.id),
        {line: lines[line] for line in sorted(lines, key=int)},
        sent.created_at,
        number_of(sent.location.id) if sent.location else "",
        told.company or "",
        told.number or "",
        told.url or "",
    )


def _fees(order: Order) -> list[Fee]:
    """By kind; a fee in another currency than the order's is not the order's money and is left out."""
    found: dict[str, Decimal] = {}
    for payment in order.transactions:
        for fee in payment.fees if payment.status == SENT else []:
            if fee.amount.currency_code == order.currency_code:
                found[fee.type] = found.get(fee.type, Decimal(0)) + fee.amount.amount + fee.tax_amount.amount
    return [Fee(kind, plain(found[kind])) for kind in sorted(found) if found[kind]]


def _buyer(order: Order) -> Buyer:
    to, who = order.shipping_address, order.customer
    return Buyer(
        id=number_of(who.id) if who else "",
        name=(to and to.name) or (who.display_name if who else ""),
        email=order.email or "",
        phone=(to and to.phone) or order.phone or "",
        company=(to and to.company) or "",
        street=", ".join(part for part in (to.address1, to.address2) if part) if to else "",
        postcode=(to and to.zip) or "",
        city=(to and to.city) or "",
        region=(to and to.province) or "",
        country=(to and to.country_code_v2) or "",
        language=order.customer_locale or "",
        lat=to.latitude if to else None,
        lng=to.longitude if to else None,
    )


def whole(order: Order, lines: list[LineItem], sent: list[Fulfillment], refunds: list[Refund]) -> Order:
    """The order with all of its parts."""
    items = msgspec.structs.replace(order.line_items, nodes=lines)
    return msgspec.structs.replace(order, line_items=items, fulfillments=sent, refunds=refunds)


def is_cut(order: Order, listed: int) -> bool:
    """Whether the answer had no room for all of it; `listed`: how many fulfillments and refunds it has room for."""
    pages = [order.line_items.page_info]
    pages += [sent.lines.page_info for sent in order.fulfillments]
    pages += [refund.lines.page_info for refund in order.refunds]
    full = listed in (len(order.fulfillments), len(order.refunds))
    return full or any(page.has_next_page for page in pages)
