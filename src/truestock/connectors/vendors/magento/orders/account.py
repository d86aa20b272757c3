"""What became of an order's units: shipped, refunded before or after they left, cancelled, still to leave. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from truestock.connectors.vendors.magento.orders.forms import ZERO, CreditMemo, Item, Order, Part, Shipment

BUNDLE: Final = "bundle"
COMPLETE: Final = "complete"
CLOSED: Final = "closed"
CANCELED: Final = "canceled"
# Nothing more leaves of an order in one of these.
ENDED: Final = frozenset({COMPLETE, CLOSED, CANCELED})
# What happens in the same second happens in this order.
REFUNDED, SENT = 0, 1


class NotUnderstood(Exception):
    """An order cannot be told in the hub's words; the text says why and what to do."""


class Moved(msgspec.Struct):
    """Units of one line: `units` ordered and not cancelled; `left`; refunded `before` they did."""

    units: int
    left: int = 0
    before: int = 0

    @property
    def open(self) -> int:
        """Units that are still to leave, unless the order has ended."""
        return max(0, self.units - self.left - self.before)


class Account(msgspec.Struct, frozen=True):
    """By line; `rest` is what left in no shipment."""

    lines: dict[int, Item]
    moved: dict[int, Moved]
    rest: dict[int, int]
    shipments: list[Shipment]

    @property
    def open(self) -> int:
        """Units of the whole order that are still to leave."""
        return sum(of.open for of in self.moved.values())

    @property
    def left(self) -> int:
        """Units of the whole order that have left."""
        return sum(of.left for of in self.moved.values())


def sold_lines(order: Order) -> dict[int, Item]:
    """The lines that stand for units: a bundle's parts instead of the bundle, a configurable product itself."""
    by_id = {item.item_id: item for item in order.items}
    with_parts = {item.parent_item_id for item in order.items}
    found: dict[int, Item] = {}
    for item in sorted(order.items, key=lambda item: item.item_id):
        parent = by_id.get(item.parent_item_id) if item.parent_item_id else None
        is_part = parent is not None and parent.product_type == BUNDLE
        if (parent is None and not (item.product_type == BUNDLE and item.item_id in with_parts)) or is_part:
            found[item.item_id] = item
    return found


def account_of(order: Order, shipments: Sequence[Shipment], memos: Sequence[CreditMemo]) -> Account:
    """What became of the units, in the order in which it happened. Raises NotUnderstood.

    A refund of the very second in which something left is taken for one of what had not. What Magento counts as shipped
    without a shipment, and all that is open when an order is complete, has left too."""
    lines = sold_lines(order)
    moved = {
        number: Moved(whole(item, item.qty_ordered) - whole(item, item.qty_canceled or ZERO))
        for number, item in lines.items()
    }
    events = [(memo.created_at, REFUNDED, memo.entity_id, memo.items) for memo in memos]
    events += [(shipment.created_at, SENT, shipment.entity_id, shipment.items) for shipment in shipments]
    for _, kind, _, parts in sorted(events, key=lambda event: event[:3]):
        for number, qty in units_of(parts, lines).items():
            of = moved[number]
            if kind == SENT:
                of.left += qty
            else:
                of.before += min(qty, of.open)
    rest: dict[int, int] = {}
    for number, of in moved.items():
        untold = whole(lines[number], lines[number].qty_shipped or ZERO) - of.left
        missing = of.open if order.state == COMPLETE else min(of.open, untold)
        if missing > 0:
            rest[number] = missing
            of.left += missing
    return Account(lines, moved, rest, sorted(shipments, key=lambda one: (one.created_at, one.entity_id)))


def units_of(parts: Sequence[Part], lines: Mapping[int, Item]) -> dict[int, int]:
    """Units by line, of the lines that stand for units. Raises NotUnderstood."""
    found: dict[int, int] = {}
    for part in parts:
        if part.order_item_id in lines and part.qty:
            qty = whole(lines[part.order_item_id], part.qty)
            found[part.order_item_id] = found.get(part.order_item_id, 0) + qty
    return dict(sorted(found.items()))


def whole(item: Item, qty: Decimal) -> int:
    """As units. Raises NotUnderstood for a part of one."""
    if qty != int(qty):
        raise NotUnderstood(f"line {item.item_id} is of {qty} units, and the hub counts whole ones")
    return int(qty)
