"""Tells a shop what has left and what will not: it reads before it writes, so that nothing is told twice."""

from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.shopify.documents import Answer
from truestock.connectors.shopify.mapping import said
from truestock.connectors.shopify.orders import tellings
from truestock.connectors.shopify.orders.mapping import LINE, ORDER, number_of
from truestock.connectors.shopify.orders.parcels import notes_of, planned, refused
from truestock.connectors.shopify.orders.tellings import FulfillmentOrder, Shippable, Standing
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.transport import AdminApi

PAGES_MAX: Final = 20
NOTE_MAX: Final = 255
ALREADY: Final = "already been cancel"
SENT: Final = "outstanding fulfillments"


class Teller:
    """Of one shop."""

    def __init__(self, api: AdminApi, settings: ShopifySettings) -> None:
        self._api = api
        self._notify = settings.notify_customer
        self._refund = settings.refund_cancelled

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Fulfil what the parcel holds, where the shop still waits for it; `ticket`: the fulfillments it became."""
        found = await self._shippable(ORDER + order)
        if found is None:
            return Outcome("rejected", f"the shop has no order {order}")
        if found.cancelled_at:
            return Outcome("rejected", f"order {found.name} is cancelled in Shopify; get the parcel back")
        notes = notes_of(found.metafield.value if found.metafield else None)
        plan = planned(parcel, notes, found.fulfillments, found.fulfillment_orders.nodes, notify=self._notify)
        if plan.refused:
            return plan.refused
        if plan.noted:
            return Outcome("applied", ticket=" ".join(plan.stand))
        made = list(plan.stand)
        for given in plan.inputs:
            try:
                payload = await self._fulfil(given)
            except ChannelDown as down:
                if len(made) == len(plan.stand):
                    raise
                return Outcome("later", f"a part of the parcel is told, the rest not yet: {down}")
            if payload.fulfillment is None:
                return refused(said(payload.user_errors) or "the shop gave no reason")
            made.append(number_of(payload.fulfillment.id))
        return await self._noted(order, {**notes, parcel.id: made}, made)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Cancel the order. To cancel a part of it changes what the buyer pays, so that is left to a person."""
        data, _ = await self._api.read(tellings.STANDS, {"id": ORDER + order}, Answer[tellings.StandsData])
        stands = data.order
        if stands is None:
            return Outcome("rejected", f"the shop has no order {order}")
        if stands.cancelled_at:
            return Outcome("applied")
        if not cancelling.whole:
            return _by_hand(stands, cancelling)
        given: dict[str, object] = {
            "order": ORDER + order,
            "refund": {"originalPaymentMethodsRefund": self._refund == "to_buyer"},
            "notify": self._notify,
            "note": cancelling.reason[:NOTE_MAX] or None,
        }
        answer, _ = await self._api.write(tellings.CANCEL, given, Answer[tellings.CancelData])
        if answer.order_cancel is None:
            raise InDoubt("the shop did not say what became of the cancellation")
        return _cancelled(answer.order_cancel, stands.name)

    async def _shippable(self, gid: str) -> Shippable | None:
        """What was sent and what is to be, over all of the shop's pages."""
        orders: list[FulfillmentOrder] = []
        given: dict[str, object] = {"id": gid, "after": None}
        for _ in range(PAGES_MAX):
            data, _throttle = await self._api.read(tellings.SHIPPABLE, given, Answer[tellings.ShippableData])
            if data.order is None:
                return None
            found = data.order
            orders += found.fulfillment_orders.nodes
            if not found.fulfillment_orders.page_info.has_next_page:
                all_of_it = msgspec.structs.replace(found.fulfillment_orders, nodes=orders)
                return msgspec.structs.replace(found, fulfillment_orders=all_of_it)
            given["after"] = found.fulfillment_orders.page_info.end_cursor
        raise ChannelDown(f"the order has over {len(orders)} fulfillment orders, more than are read")

    async def _noted(self, order: str, notes: dict[str, list[str]], made: list[str]) -> Outcome:
        """Keep with the order which fulfillments the parcel became; one that refuses to does no harm."""
        given = {
            "ownerId": ORDER + order,
            "namespace": tellings.NAMESPACE,
            "key": tellings.KEY,
            "type": "json",
            "value": msgspec.json.encode(notes).decode(),
        }
        try:
            await self._api.write(tellings.CLAIM, {"given": [given]}, Answer[tellings.ClaimData])
        except ChannelDown as down:
            return Outcome("later", f"the parcel is told, and not yet noted: {down}")
        return Outcome("applied", ticket=" ".join(made))

    async def _fulfil(self, given: dict[str, object]) -> tellings.Fulfilled:
        data, _ = await self._api.write(tellings.FULFIL, {"fulfillment": given}, Answer[tellings.FulfilData])
        if data.fulfillment_create is None:
            raise InDoubt("the shop did not say what became of the parcel")
        return data.fulfillment_create


def _by_hand(stands: Standing, cancelling: Cancelling) -> Outcome:
    """What a person has to do, unless nothing of it is open any more."""
    lines = {line.id: line for line in stands.line_items.nodes}
    todo = []
    for number, qty in sorted(cancelling.lines.items()):
        line = lines.get(LINE + number)
        if line is None:
            todo.append(f"{qty} of line {number}")
        elif line.unfulfilled_quantity > 0:
            todo.append(f"{min(qty, line.unfulfilled_quantity)} x {line.name}")
    if not todo:
        return Outcome("applied")
    why = "Shopify takes units off a part of an order only with a change of what the buyer pays"
    return Outcome(
        "rejected", f"{why}: open {stands.name} there, remove or refund {', '.join(todo)}, without restocking"
    )


def _cancelled(payload: tellings.Cancelled, name: str) -> Outcome:
    reason = said(payload.order_cancel_user_errors)
    if payload.job:
        return Outcome("applied") if payload.job.done else Outcome("accepted", ticket=number_of(payload.job.id))
    if ALREADY in reason:
        return Outcome("applied")
    if SENT in reason:
        return Outcome("rejected", f"{reason}: cancel the fulfillments of {name} in Shopify first, or tell a return")
    return Outcome("rejected", reason or "the shop gave no reason")
