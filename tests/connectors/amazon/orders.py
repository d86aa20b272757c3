"""Orders as Amazon has them, for tests to begin with."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.connectors.counterparts.amazon import MARKETPLACE, stamp
from tests.connectors.counterparts.amazon_contract import Json

NOW = datetime.now(UTC).replace(microsecond=0)


def money(amount: str, currency: str = "USD") -> Json:
    return {"amount": amount, "currencyCode": currency}


def item(id_: str, sku: str, units: int, fulfilled: int = 0, left: int | None = None, **more: Any) -> Json:
    """A line; what is neither fulfilled nor left was cancelled."""
    still = units - fulfilled if left is None else left
    return {
        "orderItemId": id_,
        "quantityOrdered": units,
        "product": {"title": f"The {sku}", "sellerSku": sku, "price": {"unitPrice": money("10.00")}},
        "fulfillment": {"quantityFulfilled": fulfilled, "quantityUnfulfilled": still},
        **more,
    }


def order(
    id_: str, items: list[Json], status: str = "UNSHIPPED", *, by: str = "MERCHANT", minutes: float = 0, **more: Any
) -> Json:
    """An order that changed so many minutes ago."""
    return {
        "orderId": id_,
        "createdTime": stamp(NOW - timedelta(days=1)),
        "lastUpdatedTime": stamp(NOW - timedelta(minutes=minutes)),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": MARKETPLACE},
        "fulfillment": {"fulfillmentStatus": status, "fulfilledBy": by},
        "orderItems": items,
        **more,
    }


def changed_now(order: Json) -> Json:
    """The order as it changes at this instant, which may be minutes after the tests began."""
    return {**order, "lastUpdatedTime": stamp(datetime.now(UTC))}


def package(reference: str, units: Mapping[str, int], status: str = "SHIPPED", **more: Any) -> Json:
    """A package."""
    packed = [{"orderItemId": line, "quantity": number} for line, number in units.items()]
    return {
        "packageReferenceId": reference,
        "packageStatus": {"status": status},
        "carrier": "UPS",
        "shipTime": stamp(NOW - timedelta(hours=2)),
        "trackingNumber": "1Z999",
        "packageItems": packed,
        **more,
    }


def number(n: int) -> str:
    """An order's id."""
    return f"111-{n:07}-{n:07}"
