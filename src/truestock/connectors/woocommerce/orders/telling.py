"""Tells a store what has left and what will not. The hub's parcels are kept with the order, so each is told once."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.woocommerce.mapping import NotAsAgreed, decoded, one_line
from truestock.connectors.woocommerce.orders import mapping
from truestock.connectors.woocommerce.orders.forms import PARCELS, KeptLine, KeptParcel, Note, Order
from truestock.connectors.woocommerce.orders.mapping import COMPLETED, GONE, Account, NotUnderstood
from truestock.connectors.woocommerce.orders.reading import OrderReader
from truestock.connectors.woocommerce.settings import WooCommerceSettings
from truestock.connectors.woocommerce.transport import Gone, StoreApi

CANCELLED: Final = "cancelled"
# What plugins that show a tracking number to buyers look at.
TRACKING: Final = "_tracking_number"
CARRIER: Final = "_tracking_provider"


class Teller:
    """Of one store."""

    def __init__(self, api: StoreApi, reader: OrderReader, settings: WooCommerceSettings) -> None:
        self._api = api
        self._reader = reader
        self._notify = settings.notify_customer

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Keep the parcel with the order, with a note of it; completed when nothing is left to send."""
        read = await self._reader.one(order)
        if read is None:
            return Outcome("rejected", f"the store has no order {order}")
        found, refunds = read
        try:
            account = mapping.account_of(found, refunds)
        except NotUnderstood as error:
            return Outcome("rejected", str(error))
        if any(kept.id == parcel.id for kept in account.kept):
            return Outcome("applied", ticket=parcel.id)
        if refused := _misfit(found, account, parcel):
            return refused
        try:
            await self._note(found, parcel)
            await self._write(found, _shipped(found, account, parcel, datetime.now(UTC)))
        except Gone as gone:
            return Outcome("rejected", f"the store has no order {order} any more ({gone})")
        return Outcome("applied", ticket=parcel.id)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Cancel the order. To take back a part of it is a refund, with money, so that is left to a person."""
        read = await self._reader.one(order)
        if read is None:
            return Outcome("rejected", f"the store has no order {order}")
        found, refunds = read
        if found.status in GONE:
            return Outcome("applied")
        try:
            account = mapping.account_of(found, refunds)
        except NotUnderstood as error:
            return Outcome("rejected", str(error))
        if not cancelling.whole:
            return _by_hand(found, account, cancelling)
        if any(of.left for of in account.moved.values()):
            advice = "what has left can only be refunded there"
            return Outcome("rejected", f"WooCommerce says that a part of order #{_name(found)} has left; {advice}")
        try:
            await self._write(found, {"status": CANCELLED})
        except Gone as gone:
            return Outcome("rejected", f"the store has no order {order} any more ({gone})")
        return Outcome("applied")

    async def _write(self, order: Order, change: dict[str, object]) -> None:
        """Raises ChannelDown, InDoubt and Gone."""
        body = await self._api.write(f"/orders/{order.id}", msgspec.json.encode(change))
        try:
            decoded(body, Note)
        except NotAsAgreed as error:
            raise InDoubt(f"the store's answer cannot be read: {error}") from error

    async def _note(self, order: Order, parcel: Parcel) -> None:
        """Leave a note of the parcel, unless it is there: a note is what a buyer without any plugin can see."""
        first = f"Parcel {parcel.id}: "
        path = f"/orders/{order.id}/notes"
        reply = await self._api.look(path, {"_fields": "note"})
        try:
            notes = decoded(reply.content, list[Note])
        except NotAsAgreed as error:
            raise ChannelDown(f"the order's notes cannot be read: {error}") from error
        if not any(note.note.startswith(first) for note in notes):
            text = one_line(first + _noted(order, parcel))
            await self._api.write(path, msgspec.json.encode({"note": text, "customer_note": self._notify}))


def _name(order: Order) -> str:
    return order.number or str(order.id)


def _misfit(order: Order, account: Account, parcel: Parcel) -> Outcome | None:
    """Why a parcel cannot be told, None when it can."""
    if order.status in GONE:
        return Outcome("rejected", f"order #{_name(order)} is {order.status} in WooCommerce; get the parcel back")
    lacking = []
    for line, qty in sorted(parcel.lines.items()):
        of = account.moved.get(line)
        free = of.open + account.rest.get(line, 0) if of else 0
        if qty > free:
            lacking.append(f"{qty - free} of line {line}")
    if not lacking:
        return None
    advice = "they were refunded or removed there; see the order in WooCommerce"
    return Outcome("rejected", f"not open any more in WooCommerce: {', '.join(lacking)}; {advice}")


def _shipped(order: Order, account: Account, parcel: Parcel, now: datetime) -> dict[str, object]:
    """The order's new custom fields, and its status when nothing is left to send."""
    lines = [KeptLine(line, qty) for line, qty in sorted(parcel.lines.items())]
    at = parcel.shipped_at or now.replace(microsecond=0)
    kept = KeptParcel(parcel.id, at, lines, parcel.place, parcel.carrier, parcel.tracking, parcel.tracking_url)
    value = msgspec.json.encode([*account.kept, kept]).decode()
    fields = {PARCELS: value}
    if parcel.tracking:
        fields |= {TRACKING: parcel.tracking, CARRIER: parcel.carrier}
    known = {meta.key: meta.id for meta in reversed(order.meta_data) if meta.id}
    change: dict[str, object] = {
        "meta_data": [
            {**({"id": known[key]} if key in known else {}), "key": key, "value": text} for key, text in fields.items()
        ]
    }
    left = sum(of.open for of in account.moved.values()) - sum(parcel.lines.values())
    if left <= 0 and order.status != COMPLETED:
        change["status"] = COMPLETED
    return change


def _noted(order: Order, parcel: Parcel) -> str:
    """How it is followed, and what is in it."""
    names = {str(line.id): line.name or line.sku or f"line {line.id}" for line in order.line_items}
    units = ", ".join(f"{qty} x {names.get(line, f'line {line}')}" for line, qty in sorted(parcel.lines.items()))
    tracking = " ".join(part for part in (parcel.carrier, parcel.tracking, parcel.tracking_url) if part)
    return f"{tracking}; {units}" if tracking else units


def _by_hand(order: Order, account: Account, cancelling: Cancelling) -> Outcome:
    """What a person has to do, unless nothing of it is open any more."""
    names = {str(line.id): line.name or f"line {line.id}" for line in order.line_items}
    todo = []
    for line, qty in sorted(cancelling.lines.items()):
        of = account.moved.get(line)
        if of is None:
            todo.append(f"{qty} of line {line}")
        elif of.open:
            todo.append(f"{min(qty, of.open)} x {names[line]}")
    if not todo:
        return Outcome("applied")
    why = "WooCommerce takes units off a part of an order only by a refund"
    return Outcome(
        "rejected", f"{why}: open #{_name(order)} there, refund {', '.join(todo)}, with Restock refunded items off"
    )
