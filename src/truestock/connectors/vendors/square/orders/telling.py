"""Tells Square what has left and what will not.

Square completes a fulfillment as a whole; a parcel with a part of one is kept in the fulfillment's metadata, and the
last one completes it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.square.forms import Fulfillment, OneOrder, Order
from truestock.connectors.vendors.square.orders.account import (
    CANCELED,
    DONE,
    ENTRIES_MAX,
    KEY_MAX,
    OPEN,
    TOLD,
    VALUE_MAX,
    Account,
    NotUnderstood,
)
from truestock.connectors.vendors.square.orders.mapping import SHIPMENT
from truestock.connectors.vendors.square.orders.reading import OrderReader
from truestock.connectors.vendors.square.transport import SquareApi

# Somebody else has changed the order since it was read.
CHANGED: Final = frozenset({"CONFLICT", "VERSION_MISMATCH"})
KEY_OF_A_CALL_MAX: Final = 192


class Teller:
    """Of one seller."""

    def __init__(self, api: SquareApi, reader: OrderReader) -> None:
        self._api = api
        self._reader = reader

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Complete the fulfillments whose last units the parcel has. Raises ChannelDown and InDoubt."""
        read = await self._read(order)
        if isinstance(read, Outcome):
            return read
        found, account = read
        if told_before(found, parcel):
            return Outcome("applied", ticket=parcel.id)
        if lacking := misfit(found, account, parcel):
            return lacking
        changed = shipped(found, account, parcel)
        if isinstance(changed, Outcome):
            return changed
        return await self._update(found, changed, f"ship {parcel.id}", parcel.id)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Cancel what is open of the order. Money is given back by a person, and so is a part of an order."""
        read = await self._read(order)
        if isinstance(read, Outcome):
            return read
        found, account = read
        if found.state != OPEN or not account.open:
            return Outcome("applied")
        if not cancelling.whole or account.left:
            todo = [
                f"{min(qty, account.moved[uid].open)} x {account.lines[uid].name or uid}"
                for uid, qty in sorted(cancelling.lines.items())
                if uid in account.moved and account.moved[uid].open
            ]
            if not todo:
                return Outcome("applied")
            words = f"Square takes units off an order only by a refund: refund {', '.join(todo)} there"
            return Outcome("rejected", words)
        changed: list[dict[str, object]] = [{"uid": uid, "state": CANCELED} for uid in account.waiting]
        return await self._update(found, changed, f"cancel {cancelling.key}", "")

    async def _update(self, order: Order, fulfillments: list[dict[str, object]], why: str, ticket: str) -> Outcome:
        body = {
            "idempotency_key": f"{order.id} {order.version} {why}"[:KEY_OF_A_CALL_MAX],
            "order": {"location_id": order.location_id, "version": order.version, "fulfillments": fulfillments},
        }
        try:
            answer = await self._api.write("PUT", f"/v2/orders/{order.id}", body, OneOrder)
        except Refused as no:
            return Outcome("later" if CHANGED & set(str(no).split()) else "rejected", str(no))
        if answer.order.id != order.id:
            raise InDoubt("Square's answer is of another order")
        return Outcome("applied", ticket=ticket)

    async def _read(self, order: str) -> tuple[Order, Account] | Outcome:
        try:
            read = await self._reader.one(order)
        except NotUnderstood as error:
            return Outcome("rejected", str(error))
        return read or Outcome("rejected", f"Square has no order {order}")


def key_of(parcel: Parcel) -> str:
    """The name of a parcel in a fulfillment's metadata."""
    return f"{TOLD}{parcel.id}"[:KEY_MAX]


def told_before(order: Order, parcel: Parcel) -> bool:
    """Whether the parcel is with the order already."""
    return any(key_of(parcel) in one.metadata for one in order.fulfillments)


def misfit(order: Order, account: Account, parcel: Parcel) -> Outcome | None:
    """Why a parcel cannot be told, None when it can."""
    if order.state == CANCELED:
        return Outcome("rejected", f"order {order.id} is cancelled in Square; get the parcel back")
    lacking = []
    for uid, qty in sorted(parcel.lines.items()):
        free = sum(units.get(uid, 0) for units in account.waiting.values())
        if qty > free:
            lacking.append(f"{qty - free} of line {uid}")
    if not lacking:
        return None
    return Outcome(
        "rejected", f"not open any more in Square: {', '.join(lacking)}; they have left, or were called off there"
    )


def shipped(order: Order, account: Account, parcel: Parcel) -> list[dict[str, object]] | Outcome:
    """The fulfillments with the parcel in them; a reason where one can hold no more."""
    left = dict(parcel.lines)
    changed: list[dict[str, object]] = []
    for one in order.fulfillments:
        waits = account.waiting.get(one.uid, {})
        taken = {uid: min(qty, left.get(uid, 0)) for uid, qty in waits.items() if left.get(uid)}
        if not taken:
            continue
        left = {uid: qty - taken.get(uid, 0) for uid, qty in left.items()}
        metadata = {**one.metadata, key_of(parcel): msgspec.json.encode(taken).decode()}
        if len(metadata) > ENTRIES_MAX or len(metadata[key_of(parcel)]) > VALUE_MAX:
            words = "Square keeps at most ten parcels of a few lines with a fulfillment: complete it there"
            return Outcome("rejected", words)
        changed.append(_changed(one, parcel, metadata, last=taken == waits))
    return changed


def _changed(one: Fulfillment, parcel: Parcel, metadata: Mapping[str, str], *, last: bool) -> dict[str, object]:
    change: dict[str, object] = {"uid": one.uid, "metadata": dict(metadata)}
    if last:
        change["state"] = DONE
    tracked = {"carrier": parcel.carrier, "tracking_number": parcel.tracking, "tracking_url": parcel.tracking_url}
    given = {name: text for name, text in tracked.items() if text}
    if one.type == SHIPMENT and given:
        change["shipment_details"] = given
    return change
