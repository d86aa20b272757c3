"""Tells a shop what has left and what will not; a parcel that was told is known again by the shipment's comment."""

import re
from collections.abc import Sequence
from typing import Final

from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.magento.orders.account import CANCELED, CLOSED, Account, NotUnderstood
from truestock.connectors.vendors.magento.orders.forms import Order, Shipment
from truestock.connectors.vendors.magento.orders.reading import OrderReader
from truestock.connectors.vendors.magento.settings import MagentoSettings
from truestock.connectors.vendors.magento.transport import RestApi

NUMBER: Final = re.compile(rb'"?([0-9]+)"?')
# The carriers that Magento comes with; any other is told by its name.
CARRIERS: Final = frozenset({"dhl", "fedex", "ups", "usps"})
CUSTOM: Final = "custom"
HOLDED: Final = "holded"


class Teller:
    """Of one shop."""

    def __init__(self, api: RestApi, reader: OrderReader, settings: MagentoSettings) -> None:
        self._api = api
        self._reader = reader
        self._source = settings.source
        self._notify = settings.notify_customer

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Make a shipment of the parcel, which takes the units off the source. Raises ChannelDown and InDoubt."""
        read = await self._read(order)
        if isinstance(read, Outcome):
            return read
        found, account = read
        if made := told_before(account.shipments, parcel):
            return Outcome("applied", ticket=str(made.entity_id))
        if lacking := misfit(found, account, parcel):
            return lacking
        body = shipment_of(parcel, parcel.place or self._source, notify=self._notify)
        try:
            answer = await self._api.write(f"/order/{found.entity_id}/ship", body)
        except Refused as no:
            return Outcome("rejected", str(no))
        number = NUMBER.fullmatch(answer.strip())
        if number is None:
            raise InDoubt("the shop did not say which shipment it made")
        return Outcome("applied", ticket=number[1].decode())

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Cancel the order. To take back a part, or what is paid for, is a refund: that is left to a person."""
        read = await self._read(order)
        if isinstance(read, Outcome):
            return read
        found, account = read
        if found.state in (CANCELED, CLOSED):
            return Outcome("applied")
        if found.state == HOLDED:
            return on_hold(found)
        if not cancelling.whole or account.left:
            return by_hand(found, account, cancelling)
        try:
            answer = await self._api.write(f"/orders/{found.entity_id}/cancel", {})
        except Refused as no:
            return Outcome("rejected", str(no))
        if answer.strip() == b"true":
            return Outcome("applied")
        return by_hand(found, account, cancelling)

    async def _read(self, order: str) -> tuple[Order, Account] | Outcome:
        try:
            read = await self._reader.one(order)
        except NotUnderstood as error:
            return Outcome("rejected", str(error))
        return read or Outcome("rejected", f"the shop has no order {order}")


def mark_of(parcel: Parcel) -> str:
    """By what a parcel is known again."""
    return f"Parcel {parcel.id}, told by truestock"


def told_before(shipments: Sequence[Shipment], parcel: Parcel) -> Shipment | None:
    """The shipment that an earlier try has made of this parcel."""
    mark = mark_of(parcel)
    for shipment in shipments:
        if any(comment.comment == mark for comment in shipment.comments or []):
            return shipment
    return None


def misfit(order: Order, account: Account, parcel: Parcel) -> Outcome | None:
    """Why a parcel cannot be told, None when it can."""
    if order.state in (CANCELED, CLOSED):
        return Outcome("rejected", f"order {order.name} is {order.state} in Magento; get the parcel back")
    if order.state == HOLDED:
        return on_hold(order)
    lacking = []
    for line, qty in sorted(parcel.lines.items()):
        of = account.moved.get(int(line)) if line.isdecimal() else None
        free = of.open if of else 0
        if qty > free:
            lacking.append(f"{qty - free} of line {line}")
    if not lacking:
        return None
    advice = "they were shipped, refunded or cancelled there; see the order in Magento"
    return Outcome("rejected", f"not open any more in Magento: {', '.join(lacking)}; {advice}")


def on_hold(order: Order) -> Outcome:
    """Magento does nothing with an order that is on hold."""
    return Outcome("rejected", f"order {order.name} is on hold in Magento: unhold it there")


def shipment_of(parcel: Parcel, source: str, *, notify: bool) -> dict[str, object]:
    """The body that makes the shipment, from the source where one is named."""
    items = [{"order_item_id": int(line), "qty": qty} for line, qty in sorted(parcel.lines.items())]
    made: dict[str, object] = {
        "items": items,
        "notify": notify,
        "appendComment": False,
        "comment": {"comment": mark_of(parcel), "is_visible_on_front": 0},
    }
    if parcel.tracking:
        code = parcel.carrier.lower() if parcel.carrier.lower() in CARRIERS else CUSTOM
        title = parcel.carrier or "Carrier"
        made["tracks"] = [{"track_number": parcel.tracking, "title": title, "carrier_code": code}]
    if source:
        made["arguments"] = {"extension_attributes": {"source_code": source}}
    return made


def by_hand(order: Order, account: Account, cancelling: Cancelling) -> Outcome:
    """What a person has to do, unless nothing of it is open any more."""
    todo = []
    for line, qty in sorted(cancelling.lines.items()):
        number = int(line) if line.isdecimal() else 0
        of = account.moved.get(number)
        if of is None:
            todo.append(f"{qty} of line {line}")
        elif of.open:
            todo.append(f"{min(qty, of.open)} x {account.lines[number].sku}")
    if not todo:
        return Outcome("applied")
    why = "Magento takes units off an order that is invoiced, or off a part of one, only by a credit memo"
    return Outcome("rejected", f"{why}: open {order.name} there and refund {', '.join(todo)}")
