"""What Amazon keeps in its fulfilment centres, in the hub's figures."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded
from truestock.connectors.contract.stock_read import Kept

Units = Annotated[int, Meta(ge=0)]


class Reserved(msgspec.Struct, frozen=True, rename="camel"):
    """Units that are not to be had now, and why."""

    total_reserved_quantity: Units = 0
    pending_customer_order_quantity: Units = 0


class Researching(msgspec.Struct, frozen=True, rename="camel"):
    """Units that are being looked for."""

    total_researching_quantity: Units = 0


class Unfulfillable(msgspec.Struct, frozen=True, rename="camel"):
    """Units that nobody will buy as they are."""

    total_unfulfillable_quantity: Units = 0


class Details(msgspec.Struct, frozen=True, rename="camel"):
    """The figures of one SKU."""

    fulfillable_quantity: Units
    inbound_shipped_quantity: Units = 0
    inbound_receiving_quantity: Units = 0
    reserved_quantity: Reserved = Reserved()
    researching_quantity: Researching = Researching()
    unfulfillable_quantity: Unfulfillable = Unfulfillable()


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """One SKU."""

    seller_sku: str
    inventory_details: Details
    last_updated_time: Annotated[datetime, Meta(tz=True)] | None = None


class Named(msgspec.Struct, frozen=True, rename="camel"):
    """As much of a summary as says whose it is."""

    seller_sku: str = ""


class Summaries(msgspec.Struct, frozen=True, rename="camel"):
    """A page, each summary still as it came."""

    inventory_summaries: list[msgspec.Raw]


class Next(msgspec.Struct, frozen=True, rename="camel"):
    """Where the reading goes on."""

    next_token: str = ""


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to one call."""

    payload: Summaries
    pagination: Next = Next()


def read(raws: Iterable[msgspec.Raw]) -> tuple[dict[str, Kept], dict[str, str]]:
    """The figures by SKU, and by SKU why some cannot be understood. Raises NotAsAgreed."""
    found: dict[str, Kept] = {}
    unread: dict[str, str] = {}
    for raw in raws:
        sku = decoded(bytes(raw), Named).seller_sku
        try:
            found[sku] = kept(decoded(bytes(raw), Summary))
        except NotAsAgreed as error:
            unread[sku] = str(error)
    return found, unread


def kept(summary: Summary) -> Kept:
    """Fulfillable units are available, those of customers' orders reserved, the other reserved ones and those being
    looked for are held. Inbound is what has been sent off; what is only announced is still with the seller."""
    details = summary.inventory_details
    of_orders = details.reserved_quantity.pending_customer_order_quantity
    elsewhere = max(0, details.reserved_quantity.total_reserved_quantity - of_orders)
    return Kept(
        sku=summary.seller_sku,
        available=details.fulfillable_quantity,
        reserved=of_orders,
        held=elsewhere + details.researching_quantity.total_researching_quantity,
        unsellable=details.unfulfillable_quantity.total_unfulfillable_quantity,
        inbound=details.inbound_shipped_quantity + details.inbound_receiving_quantity,
        changed_at=summary.last_updated_time,
    )
