"""What to tell a shop of a parcel or a cancellation, given what it was told before; it calls nobody."""

from collections.abc import Sequence
from typing import Final

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.medusa.answers import Change, Fulfillment, Order
from truestock.connectors.medusa.transport import Refused

PARCEL: Final = "truestock_parcel"
PASSING: Final = ("active order change", "Not enough stock available")
ACTIVE: Final = frozenset({"pending", "requested"})


def told_before(order: Order, parcel: Parcel) -> Fulfillment | None:
    """The fulfillment that an earlier try has made of this parcel."""
    for fulfillment in order.fulfillments:
        if fulfillment.canceled_at is None and (fulfillment.metadata or {}).get(PARCEL) == parcel.id:
            return fulfillment
    return None


def fulfillment_of(parcel: Parcel, location: str) -> dict[str, object]:
    """The body that makes a fulfillment at the parcel's location, or else at `location`."""
    where = parcel.place or location
    made: dict[str, object] = {"items": _items(parcel), "metadata": {PARCEL: parcel.id}}
    return {**made, "location_id": where} if where else made


def shipment_of(parcel: Parcel) -> dict[str, object]:
    """The body that marks it as shipped."""
    label = {"tracking_number": parcel.tracking, "tracking_url": parcel.tracking_url, "label_url": ""}
    return {"items": _items(parcel), "labels": [label] if parcel.tracking else []}


def note_of(cancelling: Cancelling) -> str:
    """By what a cancellation is known again."""
    return f"{cancelling.reason or 'Cancelled'}, ref. {cancelling.key}"


def edit_of(changes: Sequence[Change], cancelling: Cancelling) -> Change | None:
    """The edit that an earlier try has made of this cancellation."""
    ending = f"ref. {cancelling.key}"
    for change in changes:
        if change.status in {*ACTIVE, "confirmed"} and (change.internal_note or "").endswith(ending):
            return change
    return None


def quantities(order: Order, cancelling: Cancelling) -> dict[str, int]:
    """What is left of each line that loses units; empty when one of them is not the order's."""
    by_id = {item.id: int(item.detail.quantity) for item in order.items}
    if not by_id.keys() >= cancelling.lines.keys():
        return {}
    return {line: max(0, by_id[line] - units) for line, units in cancelling.lines.items()}


def given_back(order: Order, cancelling: Cancelling) -> dict[str, int]:
    """The units that a cancellation gives back, by SKU."""
    units: dict[str, int] = {}
    for item in order.items:
        open_ = int(item.detail.quantity - item.detail.fulfilled_quantity)
        back = open_ if cancelling.whole else cancelling.lines.get(item.id, 0)
        if item.variant_sku and back:
            units[item.variant_sku] = units.get(item.variant_sku, 0) + back
    return units


def outcome_of(no: Refused) -> Outcome:
    """What a refusal makes of it: an edit that somebody else is at passes, as a lock does, and as it does that Medusa
    has less free than a parcel with a part of a line takes."""
    passing = no.status == 409 or any(words in str(no) for words in PASSING)
    return Outcome("later" if passing else "rejected", str(no))


def _items(parcel: Parcel) -> list[dict[str, object]]:
    return [{"id": line, "quantity": quantity} for line, quantity in parcel.lines.items()]
