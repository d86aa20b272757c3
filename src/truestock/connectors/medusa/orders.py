"""Medusa's orders in the hub's words, and how to ask for them; it calls nobody."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

import msgspec

from truestock.connectors.contract.orders import Buyer, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.medusa.answers import Address, Fulfillment, Item, Order
from truestock.connectors.orders.keeping import understood

PAGE: Final = 50
# An order is written down a while before others can see it; so much of what was read is read again.
OVERLAP: Final = timedelta(seconds=10)
# Times are told to the millisecond and kept finer.
GRAIN: Final = timedelta(milliseconds=1)
# A cart that is found sold out while it is completed is an order for a moment, which is gone again without a trace.
SETTLES_S: Final = 3.0
# A shop's clock may be ahead by so much.
AHEAD_S: Final = 60.0
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIELDS: Final = ",".join(
    [
        "id,display_id,status,currency_code,email,customer_id,created_at,updated_at",
        "shipping_subtotal,shipping_tax_total",
        "*shipping_address",
        "*items,*items.detail",
        "*fulfillments,*fulfillments.items,*fulfillments.labels",
    ]
)
ENDED: Final = {"canceled": "cancelled", "completed": "closed", "archived": "closed"}
State = Literal["open", "cancelled", "closed"]
Query = list[tuple[str, str]]


def stamp(instant: datetime) -> str:
    """An instant as Medusa writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def since(cursor: str, sales_channel: str) -> Query:
    """Asks for orders that changed at or after a cursor. Raises ValueError for a text that is none."""
    start = stamp(datetime.fromisoformat(cursor))
    return [*_asked(sales_channel), ("updated_at[$gte]", start), ("order", "updated_at")]


def still_open(cursor: str, sales_channel: str) -> Query:
    """Asks for orders that are neither cancelled nor completed, made at or after a cursor; from the first with ""."""
    start = datetime.fromisoformat(cursor) if cursor else BEGINNING
    states = [("status[]", "pending"), ("status[]", "requires_action")]
    return [*_asked(sales_channel), *states, ("created_at[$gte]", stamp(start)), ("order", "created_at")]


def these(ids: Sequence[str]) -> Query:
    """Asks for some orders."""
    return [("fields", FIELDS), ("limit", str(PAGE)), *(("id[]", id_) for id_ in ids)]


def page(raws: Sequence[msgspec.Raw], cursor: str) -> Orders:
    """A page of what has changed. At its end the cursor goes back a little, for what was being written down."""
    found, unread = read(raws)
    start = datetime.fromisoformat(cursor)
    reached = max([start, *(order.updated_at for order in found)])
    more = len(raws) == PAGE
    if not more:
        reached = max(start, reached - OVERLAP)
    elif reached == start:  # a whole page of one instant: there is no way to read the rest of it
        reached += GRAIN
    return Orders([seen(order) for order in found], stamp(reached), more, unread=unread)


def open_page(raws: Sequence[msgspec.Raw], cursor: str) -> Orders:
    """A page of the open orders, read on from the youngest of it; those of which all has left are left out."""
    found, unread = read(raws)
    youngest = max((order.created_at for order in found), default=BEGINNING)
    reached = stamp(youngest)
    if reached == cursor:
        reached = stamp(youngest + GRAIN)
    still = [order for order in map(seen, found) if order.state == "open"]
    return Orders(still, reached, len(raws) == PAGE and bool(found), unread=unread)


def young(page: Orders, now: datetime) -> tuple[float, list[str]]:
    """In how many seconds a page's orders are no longer taken back, and those that may be yet."""
    ages = {order.id: (now - order.placed_at).total_seconds() for order in page.orders if order.state == "open"}
    found = {id_: age for id_, age in ages.items() if -AHEAD_S < age < SETTLES_S}
    return SETTLES_S - max(0.0, min(found.values(), default=SETTLES_S)), list(found)


def read(raws: Iterable[msgspec.Raw]) -> tuple[list[Order], dict[str, str]]:
    """The orders that can be understood, and by id why the others cannot."""
    return understood(raws, Order, seen)


def seen(order: Order) -> SeenOrder:
    """An order in the hub's words."""
    return SeenOrder(
        id=order.id,
        changed_at=order.updated_at,
        placed_at=order.created_at,
        lines=[_line(item, cancelled=order.status == "canceled") for item in order.items],
        state=_state(order),
        name=f"#{order.display_id}",
        currency=order.currency_code.upper(),
        shipping=order.shipping_subtotal,
        shipping_tax=order.shipping_tax_total,
        parcels=[_parcel(each) for each in order.fulfillments if left(each)],
        buyer=_buyer(order, order.shipping_address or Address()),
    )


def left(fulfillment: Fulfillment) -> bool:
    """Whether a fulfillment has left for the buyer."""
    return fulfillment.canceled_at is None and bool(fulfillment.shipped_at or fulfillment.delivered_at)


def _state(order: Order) -> State:
    if order.status == "canceled":
        return "cancelled"
    if order.status in ENDED or all(item.detail.shipped_quantity >= item.detail.quantity for item in order.items):
        return "closed"
    return "open"


def _line(item: Item, *, cancelled: bool) -> SeenLine:
    qty = int(item.detail.quantity)
    net = item.original_subtotal
    back = item.detail.return_received_quantity + item.detail.return_dismissed_quantity
    return SeenLine(
        id=item.id,
        sku=item.variant_sku or "",
        qty=int(item.detail.shipped_quantity) if cancelled else qty,
        price=item.unit_price if net is None or not qty else net / qty,
        discount=item.discount_subtotal,
        tax=item.tax_total,
        title=item.title,
        returned=int(back),
    )


def _parcel(fulfillment: Fulfillment) -> Parcel:
    lines: dict[str, Decimal] = {}
    for part in fulfillment.items:
        if part.line_item_id:
            # A kit's line is in a fulfillment once for each of its parts.
            lines[part.line_item_id] = max(lines.get(part.line_item_id, Decimal(0)), part.quantity)
    label = next((label for label in fulfillment.labels if label.tracking_number), None)
    return Parcel(
        id=fulfillment.id,
        lines={line: int(quantity) for line, quantity in lines.items()},
        shipped_at=fulfillment.shipped_at or fulfillment.delivered_at,
        place=fulfillment.location_id or "",
        carrier=fulfillment.provider_id or "",
        tracking=(label.tracking_number or "") if label else "",
        tracking_url=(label.tracking_url or "") if label else "",
    )


def _buyer(order: Order, address: Address) -> Buyer:
    return Buyer(
        id=order.customer_id or "",
        name=" ".join(name for name in (address.first_name, address.last_name) if name),
        email=order.email or "",
        phone=address.phone or "",
        company=address.company or "",
        street=", ".join(street for street in (address.address_1, address.address_2) if street),
        postcode=address.postal_code or "",
        city=address.city or "",
        region=address.province or "",
        country=(address.country_code or "").upper(),
    )


def _asked(sales_channel: str) -> Query:
    asked = [("fields", FIELDS), ("limit", str(PAGE))]
    return [*asked, ("sales_channel_id[]", sales_channel)] if sales_channel else asked
