"""Tells eBay what has left, a package a call; what will not leave is called off by a person."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.ebay.calls.transport import EbayApi
from truestock.connectors.vendors.ebay.orders.forms import Fulfillment
from truestock.connectors.vendors.ebay.orders.mapping import Account
from truestock.connectors.vendors.ebay.orders.reading import FULFILLMENT, OrderReader
from truestock.connectors.vendors.ebay.orders.windows import written
from truestock.connectors.vendors.ebay.settings import EbaySettings

OTHER: Final = "Other"


class Teller:
    """Of one seller."""

    def __init__(self, api: EbayApi, reader: OrderReader, settings: EbaySettings) -> None:
        self._api = api
        self._reader = reader
        self._codes = settings.codes

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Make a package of the parcel. Raises ChannelDown and InDoubt."""
        read = await self._reader.one(order)
        if read is None:
            return Outcome("rejected", f"eBay has no order {order}")
        _found, account, sent = read
        if made := told_before(sent, parcel):
            return Outcome("applied", ticket=made.fulfillment_id)
        if lacking := misfit(order, account, parcel):
            return lacking
        path = f"{FULFILLMENT}/order/{quote(order, safe='')}/shipping_fulfillment"
        try:
            answer = await self._api.write(path, package_of(parcel, self._codes, datetime.now(UTC)))
        except Refused as no:
            return Outcome("rejected", str(no))
        return Outcome("applied", ticket=answer.headers.get("location", "").rsplit("/", 1)[-1])

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:  # noqa: ARG002  of the contract
        """The calls that cancel want the seller's own session, so it is left to a person. Raises ChannelDown."""
        read = await self._reader.one(order)
        if read is None:
            return Outcome("rejected", f"eBay has no order {order}")
        if not read[1].open:
            return Outcome("applied")
        return Outcome("rejected", f"cancel it in Seller Hub: Orders > {order} > Cancel order, or refund a part of it")


def tracking_of(parcel: Parcel) -> str:
    """The tracking number as eBay takes it: letters and digits alone."""
    return "".join(char for char in parcel.tracking if char.isascii() and char.isalnum())


def told_before(sent: Sequence[Fulfillment], parcel: Parcel) -> Fulfillment | None:
    """The package that an earlier try has made: known by its tracking number, or by when it left, and by its units."""
    left_at = written(parcel.shipped_at) if parcel.shipped_at else ""
    for one in sent:
        if {line.line_item_id: line.quantity for line in one.line_items} != parcel.lines:
            continue
        if tracking_of(parcel):
            if one.shipment_tracking_number == tracking_of(parcel):
                return one
        elif left_at and one.shipped_date and written(one.shipped_date) == left_at:
            return one
    return None


def misfit(order: str, account: Account, parcel: Parcel) -> Outcome | None:
    """Why a parcel cannot be told, None when it can."""
    if account.off:
        return Outcome("rejected", f"order {order} is cancelled in eBay; get the parcel back")
    lacking = []
    for line, qty in sorted(parcel.lines.items()):
        free = account.moved[line].open if line in account.moved else 0
        if qty > free:
            lacking.append(f"{qty - free} of line {line}")
    if not lacking:
        return None
    return Outcome("rejected", f"not open any more in eBay: {', '.join(lacking)}; see the order in Seller Hub")


def package_of(parcel: Parcel, codes: Mapping[str, str], now: datetime) -> dict[str, object]:
    """The body that makes the package. Carrier and tracking number are told together, or neither."""
    made: dict[str, object] = {
        "lineItems": [{"lineItemId": line, "quantity": qty} for line, qty in sorted(parcel.lines.items())],
        "shippedDate": written(min(parcel.shipped_at or now, now)),
    }
    if tracking := tracking_of(parcel):
        made["trackingNumber"] = tracking
        made["shippingCarrierCode"] = codes.get(parcel.carrier) or parcel.carrier or OTHER
    return made
