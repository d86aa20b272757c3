"""What to tell a shop of a parcel or a cancellation, given what it was told before; it calls nobody."""

from collections.abc import Mapping
from typing import Final, Literal

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendure.answers import Fulfillment, Result, ToldOrder

MARK: Final = "ref. "
# The parcel may be told again when these have passed: stock is being set, or somebody edits the order.
PASSING: Final = frozenset({"INSUFFICIENT_STOCK_ON_HAND_ERROR", "ORDER_STATE_TRANSITION_ERROR"})


def method_of(parcel: Parcel) -> str:
    """The fulfillment's method: the carrier, and by what the parcel is known again."""
    return f"{parcel.carrier or 'Parcel'}, {MARK}{parcel.id}"


def told_before(order: ToldOrder, parcel: Parcel) -> Fulfillment | None:
    """The fulfillment that an earlier try has made of this parcel."""
    ending = f"{MARK}{parcel.id}"
    for fulfillment in order.fulfillments or []:
        if fulfillment.state != "Cancelled" and fulfillment.method.endswith(ending):
            return fulfillment
    return None


def fulfillment_of(parcel: Parcel, handler: str) -> dict[str, object]:
    """The input that makes a fulfillment."""
    given = {"method": method_of(parcel), "trackingCode": parcel.tracking}
    return {
        "lines": _lines(parcel.lines),
        "handler": {"code": handler, "arguments": [{"name": name, "value": value} for name, value in given.items()]},
    }


def cancelled_before(order: ToldOrder, cancelling: Cancelling) -> bool:
    """Whether an earlier try has cancelled this, or the whole order is cancelled."""
    ending = f"{MARK}{cancelling.key}"
    noted = (entry.data.reason or "" for entry in order.history.items)
    return order.state == "Cancelled" or any(reason.endswith(ending) for reason in noted)


def cancellation_of(order: ToldOrder, cancelling: Cancelling) -> dict[str, object]:
    """The input that cancels units; a whole order with its shipping charges."""
    reason = f"{cancelling.reason or 'Cancelled'}, {MARK}{cancelling.key}"
    lines = _lines(_cancelled(order, cancelling))
    return {"orderId": order.id, "lines": lines, "cancelShipping": cancelling.whole, "reason": reason}


def given_back(order: ToldOrder, cancelling: Cancelling) -> dict[str, int]:
    """The units that a cancellation gives back, by SKU."""
    skus = {line.id: line.product_variant.sku for line in order.lines}
    units: dict[str, int] = {}
    for line, quantity in _cancelled(order, cancelling).items():
        if line in skus:
            units[skus[line]] = units.get(skus[line], 0) + quantity
    return units


def _cancelled(order: ToldOrder, cancelling: Cancelling) -> Mapping[str, int]:
    whole = {line.id: line.quantity for line in order.lines if line.quantity}
    return whole if cancelling.whole else cancelling.lines


def outcome_of(result: Result) -> Outcome:
    """What became of it."""
    if not result.error_code:
        return Outcome("applied")
    kind: Literal["later", "rejected"] = "later" if result.error_code in PASSING else "rejected"
    return Outcome(kind, one_line(result.reason))


def _lines(quantities: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"orderLineId": line, "quantity": quantity} for line, quantity in quantities.items()]
