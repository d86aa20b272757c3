"""Vendure's orders in the hub's words, and the cursors to read them by; it calls nobody."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import msgspec

from truestock.connectors.contract.orders import Buyer, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.orders.keeping import understood
from truestock.connectors.vendure.answers import Address, Customer, Fulfillment, Order, OrderLine, Since

PAGE: Final = 50
# An order is written down a while before others can see it; so much of what was read is read again.
OVERLAP: Final = timedelta(seconds=10)
# Times are told to the millisecond and kept finer.
GRAIN: Final = timedelta(milliseconds=1)
# For so long after it was placed an order is looked at again for what has left.
SWEPT: Final = timedelta(days=30)
LEFT: Final = frozenset({"Shipped", "Delivered"})
ENDED: Final = ("Cancelled", "Delivered", "Shipped")
HUNDREDTH: Final = Decimal("0.01")
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
State = Literal["open", "cancelled", "closed"]


class Cursor(NamedTuple):
    """How far was read: of the orders by when they were placed, of those by when their lines changed, and of those that
    are gone through again and again for what the staff has shipped."""

    placed: datetime
    changed: datetime
    swept: datetime

    def written(self) -> str:
        """As text."""
        return "~".join(stamp(instant) for instant in self)


def stamp(instant: datetime) -> str:
    """An instant as Vendure writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cursor_of(text: str) -> Cursor:
    """Raises ValueError for a text that no connector of this kind has written."""
    instants = text.split("~")
    if len(instants) != len(Cursor._fields):
        raise ValueError(f"{text!r} is not a cursor of Vendure's orders")
    return Cursor(*map(datetime.fromisoformat, instants))


def after(cursor: Cursor, now: datetime) -> dict[str, object]:
    """The variables to read on by: at or after, where the server knows only after."""
    swept = max(cursor.swept, now - SWEPT)
    return {
        "placed": stamp(cursor.placed - GRAIN),
        "changed": stamp(cursor.changed - GRAIN),
        "swept": stamp(swept - GRAIN),
        "take": PAGE,
    }


def page(answer: Since, cursor: Cursor) -> Orders:
    """A page of what has changed. At its end the cursor goes back a little, for what was being written down."""
    placed, changed, swept = ([*part.items] for part in (answer.placed, answer.changed, answer.swept))
    by_place, unread = read(placed)
    by_change, unread_changed = read(changed)
    by_sweep, unread_swept = read(swept)
    more = PAGE in (len(placed), len(changed))
    reached_placed = max([cursor.placed, *(order.order_placed_at for order in by_place)])
    reached_changed = max([cursor.changed, *(order.updated_at for order in by_change)])
    if not more:
        reached_placed = max(cursor.placed, reached_placed - OVERLAP)
        reached_changed = max(cursor.changed, reached_changed - OVERLAP)
    # Gone through to the end, it begins anew.
    reached_swept = by_sweep[-1].order_placed_at + GRAIN if len(swept) == PAGE and by_sweep else BEGINNING
    reached = Cursor(reached_placed, reached_changed, reached_swept)
    same = {order.id: seen(order) for order in [*by_place, *by_change, *by_sweep]}
    found = sorted(same.values(), key=lambda order: (order.changed_at, order.id))
    return Orders(found, reached.written(), more, unread={**unread, **unread_changed, **unread_swept})


def open_after(cursor: str) -> dict[str, object]:
    """The variables to read open orders by, from the beginning with ""."""
    start = datetime.fromisoformat(cursor) - GRAIN if cursor else BEGINNING
    return {"after": stamp(start), "ended": ENDED, "take": PAGE}


def open_page(raws: Sequence[msgspec.Raw], cursor: str) -> Orders:
    """A page of the open orders, read on from the youngest of it.

    In Vendure an order whose rest was cancelled is partly shipped for ever; here it is left out."""
    found, unread = read(raws)
    youngest = max((order.created_at for order in found), default=BEGINNING)
    reached = stamp(youngest)
    if reached == cursor:  # a whole page of one instant: there is no way to read the rest of it
        reached = stamp(youngest + GRAIN)
    still = [order for order in map(seen, found) if order.state == "open"]
    return Orders(still, reached, len(raws) == PAGE and bool(found), unread=unread)


def read(raws: Iterable[msgspec.Raw]) -> tuple[list[Order], dict[str, str]]:
    """The orders that can be understood, and by id why the others cannot."""
    return understood(raws, Order, seen)


def seen(order: Order) -> SeenOrder:
    """An order in the hub's words."""
    fulfillments = [each for each in order.fulfillments or [] if each.state in LEFT]
    shipped: dict[str, int] = {}
    for fulfillment in fulfillments:
        for part in fulfillment.lines:
            shipped[part.order_line_id] = shipped.get(part.order_line_id, 0) + part.quantity
    times = [order.updated_at, order.order_placed_at, *(line.updated_at for line in order.lines)]
    times += [each.updated_at for each in order.fulfillments or [] if each.updated_at]
    return SeenOrder(
        id=order.id,
        changed_at=max(times),
        placed_at=order.order_placed_at,
        lines=[_line(line, shipped.get(line.id, 0)) for line in order.lines],
        state=_state(order, shipped),
        name=order.code,
        currency=order.currency_code,
        shipping=order.shipping * HUNDREDTH,
        shipping_tax=(order.shipping_with_tax - order.shipping) * HUNDREDTH,
        parcels=[_parcel(each) for each in fulfillments],
        buyer=_buyer(order.customer, order.shipping_address or Address()),
    )


def _state(order: Order, shipped: dict[str, int]) -> State:
    if order.state == "Cancelled":
        return "cancelled"
    return "closed" if all(shipped.get(line.id, 0) >= line.quantity for line in order.lines) else "open"


def _line(line: OrderLine, shipped: int) -> SeenLine:
    """Vendure takes what came back off the line's quantity: fewer than have left have come back."""
    return SeenLine(
        id=line.id,
        sku=line.product_variant.sku,
        qty=max(line.quantity, shipped),
        price=line.unit_price * HUNDREDTH,
        discount=(line.line_price - line.prorated_line_price) * HUNDREDTH,
        tax=line.line_tax * HUNDREDTH,
        title=line.product_variant.name,
        returned=max(0, shipped - line.quantity),
    )


def _parcel(fulfillment: Fulfillment) -> Parcel:
    lines: dict[str, int] = {}
    for part in fulfillment.lines:
        lines[part.order_line_id] = lines.get(part.order_line_id, 0) + part.quantity
    return Parcel(
        id=fulfillment.id,
        lines=lines,
        shipped_at=fulfillment.updated_at,
        carrier=fulfillment.method,
        tracking=fulfillment.tracking_code or "",
    )


def _buyer(customer: Customer | None, address: Address) -> Buyer:
    streets = [street for street in (address.street_line1, address.street_line2) if street]
    named = f"{customer.first_name} {customer.last_name}".strip() if customer else ""
    return Buyer(
        id=customer.id if customer else "",
        name=address.full_name or named,
        email=customer.email_address if customer else "",
        phone=address.phone_number or (customer.phone_number if customer else "") or "",
        company=address.company or "",
        street=", ".join(streets),
        postcode=address.postal_code or "",
        city=address.city or "",
        region=address.province or "",
        country=address.country_code or "",
    )
