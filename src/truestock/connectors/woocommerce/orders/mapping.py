"""A store's order in the hub's words, in one way only, whatever the order in which its parts come. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from truestock.connectors.contract.orders import Buyer, Fee, Parcel, SeenLine, SeenOrder
from truestock.connectors.orders.money import plain, sold
from truestock.connectors.woocommerce.orders.forms import (
    PARCELS,
    REDUCED,
    RESTOCKED,
    Address,
    KeptLine,
    KeptParcel,
    Line,
    Order,
    Refund,
)
from truestock.connectors.woocommerce.settings import WooCommerceSettings

COMPLETED: Final = "completed"
GONE: Final = frozenset({"cancelled", "refunded", "failed", "trash"})
NOT_YET: Final = frozenset({"pending", "checkout-draft", "auto-draft"})
# What happens in the same second happens in this order.
REFUNDED, SENT, DONE = 0, 1, 2
NEVER: Final = datetime.max.replace(tzinfo=UTC)
Standing = Literal["sold", "off", "not_yet"]


class NotUnderstood(Exception):
    """An order cannot be told in the hub's words; the text says why and what to do."""


class Moved(msgspec.Struct):
    """Units of one line: `left`, refunded `before` they did, and refunded `after` that."""

    units: int
    left: int = 0
    before: int = 0
    after: int = 0

    @property
    def open(self) -> int:
        """Units that are still to leave."""
        return max(0, self.units - self.left - self.before)


class Account(msgspec.Struct, frozen=True):
    """What became of an order's units, by line; `rest` is what left without a parcel that the hub knows of."""

    moved: dict[str, Moved]
    kept: list[KeptParcel]
    rest: dict[str, int]


def utc(naive: datetime) -> datetime:
    """A time of Greenwich that does not say so."""
    return naive if naive.tzinfo else naive.replace(tzinfo=UTC)


def standing_of(order: Order, settings: WooCommerceSettings) -> Standing:
    """Whether an order's units are sold, were, or were never yet. Raises NotUnderstood for an unknown status."""
    if order.status in settings.sold or order.status == COMPLETED:
        return "sold"
    if order.status in GONE:
        return "off"
    if order.status not in NOT_YET:
        advice = "name it in sold_statuses if its units are sold, and in waiting_statuses too if nothing leaves yet"
        raise NotUnderstood(f"the status {order.status} is not one of WooCommerce's own; {advice}")
    was_sold = order.date_paid_gmt is not None or any(line.meta(REDUCED) for line in order.line_items)
    return "off" if was_sold else "not_yet"


def account_of(order: Order, refunds: Sequence[Refund]) -> Account:
    """What became of the units, in the order in which it happened. Raises NotUnderstood.

    A refund of the very second in which something left is taken for one of what had not. When an order is completed,
    what is in none of the hub's parcels has left too; these have left by then, whatever their date."""
    moved = {str(line.id): Moved(_whole(line)) for line in order.line_items}
    kept = sorted(kept_parcels(order), key=lambda parcel: (utc(parcel.at), parcel.id))
    events: list[tuple[datetime, int, str, list[KeptLine]]] = []
    for refund in refunds:
        lines = [KeptLine(line.of, abs(round(line.quantity))) for line in refund.line_items]
        events.append((utc(refund.date_created_gmt), REFUNDED, str(refund.id), lines))
    rest: dict[str, int] = {}
    done = utc(order.date_completed_gmt) if order.date_completed_gmt else NEVER
    if order.status != COMPLETED and order.status not in GONE:
        done = NEVER
    events += [(min(utc(parcel.at), done), SENT, parcel.id, parcel.lines) for parcel in kept]
    if order.status == COMPLETED or done < NEVER:
        events.append((done, DONE, "", []))
    for _, kind, _, lines in sorted(events, key=lambda event: event[:3]):
        for line in lines:
            if line.id in moved:
                _move(moved[line.id], kind, line.qty)
        if kind == DONE:
            rest = {one: of.open for one, of in moved.items() if of.open}
            for one, qty in rest.items():
                moved[one].left += qty
    return Account(moved, kept, rest)


def _move(of: Moved, kind: int, qty: int) -> None:
    if kind == SENT:
        of.left += qty
        return
    before = min(qty, of.open)
    of.before += before
    of.after += qty - before


def _whole(line: Line) -> int:
    if line.quantity != int(line.quantity):
        raise NotUnderstood(f"line {line.id} is of {line.quantity} units, and the hub counts whole ones")
    return int(line.quantity)


def order_of(order: Order, refunds: Sequence[Refund], settings: WooCommerceSettings) -> SeenOrder | None:
    """The order as the hub sees it; None while its units are not sold. Raises NotUnderstood."""
    standing = standing_of(order, settings)
    if standing == "not_yet":
        return None
    if order.date_created_gmt is None or order.date_modified_gmt is None:
        raise NotUnderstood("it does not say when it was made and changed")
    account = account_of(order, refunds)
    lines = [_line(line, account.moved[str(line.id)], off=standing == "off") for line in order.line_items]
    return SeenOrder(
        str(order.id),
        utc(order.date_modified_gmt),
        utc(order.date_created_gmt),
        sorted(lines, key=lambda line: int(line.id)),
        _state(order, account, settings, off=standing == "off"),
        f"#{order.number or order.id}",
        order.currency,
        plain(order.shipping_total),
        plain(order.shipping_tax),
        _fees(order, settings),
        parcels_of(order, account),
        _buyer(order),
    )


def _line(line: Line, of: Moved, *, off: bool) -> SeenLine:
    qty = of.left if off else of.left + of.open
    price, discount, tax = sold(line.subtotal, line.total, line.total_tax, of.units, qty)
    restocked = line.meta(RESTOCKED)
    back = max(0, int(restocked) - of.before) if restocked.isdecimal() else 0
    returned = min(of.after, back, of.left)
    return SeenLine(str(line.id), line.sku or "", qty, price, discount, tax, line.name or "", returned)


def _state(
    order: Order, account: Account, settings: WooCommerceSettings, *, off: bool
) -> Literal["pending", "open", "cancelled", "closed"]:
    if off:
        return "closed" if any(of.left for of in account.moved.values()) else "cancelled"
    if order.status == COMPLETED or not any(of.open for of in account.moved.values()):
        return "closed"
    return "pending" if order.status in settings.waiting else "open"


def parcels_of(order: Order, account: Account) -> list[Parcel]:
    """Those that the hub told, and one of all that the store calls completed besides."""
    parcels = [
        Parcel(
            one.id,
            {line.id: line.qty for line in sorted(one.lines, key=lambda line: (len(line.id), line.id))},
            one.at,
            one.place,
            one.carrier,
            one.tracking,
            one.url,
        )
        for one in account.kept
    ]
    if account.rest:
        at = utc(order.date_completed_gmt) if order.date_completed_gmt else None
        lines = {line: account.rest[line] for line in sorted(account.rest, key=int)}
        parcels.append(Parcel(COMPLETED, lines, at))
    return parcels


def kept_parcels(order: Order) -> list[KeptParcel]:
    """The parcels that the hub has told this order. Raises NotUnderstood when somebody has edited the field."""
    for meta in order.meta_data:
        if meta.key == PARCELS:
            try:
                return msgspec.json.decode(str(meta.value), type=list[KeptParcel])
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                raise NotUnderstood(f"the custom field {PARCELS} was edited: {error}; take it off the order") from error
    return []


def _fees(order: Order, settings: WooCommerceSettings) -> list[Fee]:
    found = []
    for meta in order.meta_data:
        if meta.key in settings.fees:
            try:
                amount = plain(Decimal(str(meta.value)))
            except ArithmeticError:
                continue
            if amount.is_finite() and amount:
                found.append(Fee(meta.key, amount))
    return sorted(found, key=lambda fee: (fee.kind, fee.amount))


def _buyer(order: Order) -> Buyer:
    bill, ship = order.billing, order.shipping
    to = ship if ship.address_1 or ship.postcode or ship.city else bill
    return Buyer(
        id=str(order.customer_id) if order.customer_id else "",
        name=_name(to) or _name(bill),
        email=bill.email or "",
        phone=to.phone or bill.phone or "",
        company=to.company,
        street=", ".join(part for part in (to.address_1, to.address_2) if part),
        postcode=to.postcode,
        city=to.city,
        region=to.state,
        country=to.country,
    )


def _name(address: Address) -> str:
    return f"{address.first_name} {address.last_name}".strip()
