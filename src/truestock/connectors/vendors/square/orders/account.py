"""What became of an order's units: gone over the counter, sent in fulfillments, called off, still to leave. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from truestock.connectors.contract.orders import Parcel
from truestock.connectors.vendors.square.forms import Fulfillment, LineItem, Order

# What is sold without stock.
WITHOUT_STOCK: Final = frozenset({"CUSTOM_AMOUNT", "GIFT_CARD"})
DONE: Final = "COMPLETED"
CANCELED: Final = "CANCELED"
CALLED_OFF: Final = frozenset({CANCELED, "FAILED"})
OPEN: Final = "OPEN"
# The parcel of what was handed over in no fulfillment, as at a till.
SALE: Final = "sale"
# The metadata of a fulfillment hold ten entries of so many characters at most.
TOLD: Final = "truestock_"
ENTRIES_MAX: Final = 10
VALUE_MAX: Final = 255
KEY_MAX: Final = 60


class NotUnderstood(Exception):
    """An order cannot be told in the hub's words; the text says why and what to do."""


class Moved(msgspec.Struct):
    """Units of one line: sold, `left`, and called off before they did."""

    units: int
    left: int = 0
    off: int = 0

    @property
    def open(self) -> int:
        """Units that are still to leave, unless the order has ended."""
        return max(0, self.units - self.left - self.off)


class Account(msgspec.Struct, frozen=True):
    """By line; `waiting` are units by the fulfillment that they wait in."""

    lines: dict[str, LineItem]
    moved: dict[str, Moved]
    parcels: list[Parcel]
    waiting: dict[str, dict[str, int]]

    @property
    def open(self) -> int:
        """Units of the whole order that are still to leave."""
        return sum(of.open for of in self.moved.values())

    @property
    def left(self) -> int:
        """Units of the whole order that have left."""
        return sum(of.left for of in self.moved.values())


def account_of(order: Order) -> Account:
    """What became of the units. Raises NotUnderstood."""
    lines = {item.uid: item for item in order.line_items if item.item_type not in WITHOUT_STOCK}
    moved = {uid: Moved(whole(uid, item.quantity)) for uid, item in lines.items()}
    parcels: list[Parcel] = []
    waiting: dict[str, dict[str, int]] = {}
    for one in order.fulfillments:
        units = _units(one, moved)
        for parcel in told_parcels(one, order.location_id):
            parcels.append(parcel)
            _leave(parcel.lines, moved, units)
        if one.state == DONE and units:
            parcels.append(_parcel(one.uid, units, one, order.location_id))
            _leave(units, moved, units)
        elif one.state in CALLED_OFF:
            for uid, qty in units.items():
                moved[uid].off += qty
        elif units:
            waiting[one.uid] = units
    if order.state == DONE:
        rest = {uid: of.open for uid, of in moved.items() if of.open}
        if rest:
            parcels.append(Parcel(SALE, rest, order.closed_at or order.updated_at, order.location_id))
            _leave(rest, moved, {})
    return Account(lines, moved, parcels, {} if order.state == DONE else waiting)


def told_parcels(one: Fulfillment, location: str) -> list[Parcel]:
    """Parcels with a part of a fulfillment, as the hub keeps them with it. Raises NotUnderstood."""
    parcels = []
    for key, value in sorted(one.metadata.items()):
        if key.startswith(TOLD):
            try:
                lines = msgspec.json.decode(value, type=dict[str, int])
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                raise NotUnderstood(f"the metadata {key} was edited: {error}; take it off the order") from error
            at = one.details.left_at if one.state == DONE else None
            parcels.append(Parcel(key.removeprefix(TOLD), lines, at, location))
    return parcels


def whole(uid: str, quantity: Decimal) -> int:
    """As units. Raises NotUnderstood for a part of one."""
    if quantity != int(quantity):
        raise NotUnderstood(f"line {uid} is of {quantity} units, and the hub counts whole ones")
    return int(quantity)


def _units(one: Fulfillment, moved: Mapping[str, Moved]) -> dict[str, int]:
    """Units by line; all that no other fulfillment has taken, where it has no entries of its own."""
    if not one.entries:
        return {uid: of.open for uid, of in moved.items() if of.open}
    units: dict[str, int] = {}
    for entry in one.entries:
        if entry.line_item_uid in moved:
            qty = whole(entry.line_item_uid, entry.quantity)
            units[entry.line_item_uid] = units.get(entry.line_item_uid, 0) + qty
    return units


def _leave(lines: Mapping[str, int], moved: Mapping[str, Moved], units: dict[str, int]) -> None:
    """Units have left, and wait no longer."""
    for uid, qty in dict(lines).items():
        if uid in moved:
            moved[uid].left += qty
        if uid in units:
            units[uid] -= qty
    for uid in [uid for uid, qty in units.items() if qty <= 0]:
        del units[uid]


def _parcel(uid: str, units: Mapping[str, int], one: Fulfillment, location: str) -> Parcel:
    how = one.details
    return Parcel(uid, dict(units), how.left_at, location, how.carrier, how.tracking_number, how.tracking_url)
