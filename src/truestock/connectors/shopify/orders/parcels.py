"""Which calls tell a shop of a parcel, given what it knows already. Pure.

A fulfillment has no place for an id of ours. So the order keeps which fulfillments are which parcel; and one that was
made when there was no time to note it is known by its tracking number, or by the parcel's id where there is none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Parcel
from truestock.connectors.shopify.orders.mapping import LINE, by_line, number_of
from truestock.connectors.shopify.orders.tellings import FulfillmentOrder, OpenLine, Told

UNDONE: Final = frozenset({"CANCELLED", "ERROR", "FAILURE"})
READY: Final = frozenset({"OPEN", "IN_PROGRESS"})
WAITING: Final = frozenset({"ON_HOLD", "SCHEDULED"})
# The shop's words for units that were there when they were read.
MEANWHILE: Final = ("unfulfillable status", "Invalid fulfillment order line item quantity")


class Plan(msgspec.Struct, frozen=True):
    """The `inputs` of one call each, and the numbers of the fulfillments that `stand` already; or why there is none.

    `noted`: the order says so already, and there is nothing to do."""

    inputs: list[dict[str, object]] = []
    stand: list[str] = []
    noted: bool = False
    refused: Outcome | None = None


def reference(parcel: Parcel) -> str:
    """The tracking number under which the shop knows a parcel."""
    return parcel.tracking or parcel.id


def planned(
    parcel: Parcel,
    notes: Mapping[str, Sequence[str]],
    told: Sequence[Told],
    orders: Sequence[FulfillmentOrder],
    *,
    notify: bool,
) -> Plan:
    """What is still to be told of a parcel: one call for each location that the shop wants it sent from.

    `notes`: the fulfillments of each parcel that the order keeps."""
    if parcel.id in notes:
        return Plan(stand=list(notes[parcel.id]), noted=True)
    if any(part.lines.page_info.has_next_page for part in told) or any(
        order.line_items.page_info.has_next_page for order in orders
    ):
        return Plan(refused=Outcome("rejected", "the order has over 250 lines; tell this parcel in Shopify by hand"))
    of_others = {number for numbers in notes.values() for number in numbers}
    mine = [one for one in told if one.status not in UNDONE and number_of(one.id) not in of_others and _is(one, parcel)]
    units = Counter({LINE + line: qty for line, qty in parcel.lines.items()})
    need = units - sum((by_line(one.lines) for one in mine), Counter())
    ready = sorted(
        (order for order in orders if order.status in READY),
        key=lambda order: (_place(order) != number_of(parcel.place), int(number_of(order.id))),
    )
    taken: dict[str, dict[str, list[tuple[OpenLine, int]]]] = {}
    for order in ready:
        for line in order.line_items.nodes:
            qty = min(need[line.line_item.id], line.remaining_quantity)
            if qty > 0:
                need[line.line_item.id] -= qty
                taken.setdefault(_place(order), {}).setdefault(order.id, []).append((line, qty))
    lacking = +need
    if lacking:
        return Plan(refused=_lacking(lacking, orders))
    inputs = [_input(parcel, by_order, notify=notify) for by_order in taken.values()]
    return Plan(inputs, [number_of(one.id) for one in mine])


def notes_of(value: str | None) -> dict[str, list[str]]:
    """What an order keeps of parcels; nothing, where it is not as the hub wrote it."""
    try:
        return msgspec.json.decode(value or "{}", type=dict[str, list[str]])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}


def refused(message: str) -> Outcome:
    """What the shop's refusal of a parcel means: what it knew has changed since it was read, or it is its last word."""
    return Outcome("later" if any(words in message for words in MEANWHILE) else "rejected", message)


def _is(one: Told, parcel: Parcel) -> bool:
    return any(tracking.number == reference(parcel) for tracking in one.tracking_info)


def _place(order: FulfillmentOrder) -> str:
    location = order.assigned_location.location
    return number_of(location.id) if location else ""


def _input(
    parcel: Parcel, by_order: Mapping[str, Sequence[tuple[OpenLine, int]]], *, notify: bool
) -> dict[str, object]:
    tracking = {"company": parcel.carrier, "number": reference(parcel), "url": parcel.tracking_url}
    return {
        "lineItemsByFulfillmentOrder": [
            {
                "fulfillmentOrderId": order,
                "fulfillmentOrderLineItems": [{"id": line.id, "quantity": qty} for line, qty in lines],
            }
            for order, lines in by_order.items()
        ],
        "trackingInfo": {name: value for name, value in tracking.items() if value},
        "notifyCustomer": notify,
    }


def _lacking(lacking: Mapping[str, int], orders: Sequence[FulfillmentOrder]) -> Outcome:
    held: Counter[str] = Counter()
    for order in orders:
        if order.status in WAITING:
            for line in order.line_items.nodes:
                held[line.line_item.id] += line.remaining_quantity
    lines = ", ".join(f"{qty} of line {number_of(line)}" for line, qty in sorted(lacking.items()))
    if all(held[line] >= qty for line, qty in lacking.items()):
        return Outcome("later", f"Shopify holds back {lines}; release the hold there, or wait for its date")
    advice = "they were fulfilled, removed or cancelled there; see the order in Shopify"
    return Outcome("rejected", f"not open any more in Shopify: {lines}; {advice}")
