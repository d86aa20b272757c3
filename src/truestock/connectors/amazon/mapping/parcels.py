"""Parcels as Amazon is told of them, and what the package of an order says of them."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from truestock.connectors.amazon.mapping.orders import Order, cancelled, packages_of
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel

REFERENCE_MAX: Final = 2**31 - 1
OTHER: Final = "Other"
# Amazon compares codes letter by letter; these are written so in most marketplaces' lists.
CODES: Final = {code.lower(): code for code in ("DHL", "DPD", "FedEx", "GLS", "Royal Mail", "UPS", "USPS")}
NO_CANCELLING: Final = (
    "Amazon has no call by which a seller cancels; in Seller Central open Orders > Manage Orders, choose the order, "
    "Cancel order, and give the reason"
)


class PackageItem(msgspec.Struct, frozen=True, rename="camel"):
    """Units of a line."""

    order_item_id: str
    quantity: int


class PackageDetail(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A package."""

    package_reference_id: str
    carrier_code: str
    tracking_number: str
    ship_date: str
    order_items: list[PackageItem]
    carrier_name: str = ""
    shipping_method: str = ""


class Confirmation(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a confirmation."""

    marketplace_id: str
    package_detail: PackageDetail


def reference(parcel: str) -> str:
    """The package's number within its order, the same for every try: the parcel's own id where it is such a number."""
    if parcel.isascii() and parcel.isdigit() and parcel[0] != "0" and int(parcel) <= REFERENCE_MAX:
        return parcel
    return str(int.from_bytes(hashlib.sha256(parcel.encode()).digest()[:8]) % REFERENCE_MAX + 1)


def confirmation(parcel: Parcel, marketplace: str, method: str, carriers: Mapping[str, str], now: datetime) -> bytes:
    """The body that tells of a parcel."""
    code = carriers.get(parcel.carrier.lower()) or CODES.get(parcel.carrier.lower(), OTHER)
    shipped_at = min(parcel.shipped_at or now, now).astimezone(UTC)
    detail = PackageDetail(
        package_reference_id=reference(parcel.id),
        carrier_code=code,
        carrier_name=(parcel.carrier or OTHER) if code == OTHER else "",
        tracking_number=parcel.tracking,
        shipping_method=method,
        ship_date=shipped_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        order_items=[PackageItem(line, units) for line, units in sorted(parcel.lines.items()) if units],
    )
    return msgspec.json.encode(Confirmation(marketplace, detail))


def refused(parcel: Parcel, order: Order | None, said: str) -> Outcome:
    """What it means that Amazon did not take a parcel: it may have it already."""
    if order and packages_of(order).get(reference(parcel.id)) == {k: v for k, v in parcel.lines.items() if v}:
        return Outcome("applied")
    return Outcome("rejected", said)


def cancelling(asked: Cancelling, order: Order | None) -> Outcome:
    """Whether what shall not be sent is cancelled at Amazon already; we cannot do it ourselves."""
    if order is None:
        return Outcome("rejected", "Amazon does not have this order")
    if order.fulfillment.fulfillment_status == "CANCELLED":
        return Outcome("applied")
    stands = cancelled(order)
    if asked.lines and all(stands.get(line, 0) >= units for line, units in asked.lines.items()):
        return Outcome("applied")
    return Outcome("rejected", NO_CANCELLING)
