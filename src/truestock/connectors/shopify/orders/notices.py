"""What a shop's message is about, if it is the shop's: signed over the raw body with the app's client secret."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from truestock.connectors.contract.notices import NotGenuine, Notice

SIGNATURE: Final = "x-shopify-hmac-sha256"
TOPIC: Final = "x-shopify-topic"
SHOP: Final = "x-shopify-shop-domain"
TRIGGERED: Final = "x-shopify-triggered-at"
OF_ORDERS: Final = "orders/"
# Of these the order is named beside the thing itself.
BESIDE: Final = frozenset({"refunds/create", "fulfillments/create", "fulfillments/update", "order_transactions/create"})


class Edit(msgspec.Struct, frozen=True):
    """The edit of an order."""

    order_id: int


class Message(msgspec.Struct, frozen=True):
    """What is needed of a message, whatever its topic."""

    id: int | None = None
    order_id: int | None = None
    order_edit: Edit | None = None
    updated_at: str | None = None
    created_at: str | None = None

    def order(self, topic: str) -> int | None:
        """The order that it is about."""
        if self.order_edit:
            return self.order_edit.order_id
        if topic in BESIDE:
            return self.order_id
        return self.id if topic.startswith(OF_ORDERS) else None


def notice(secret: str, shop: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """The order that a message of this shop is about; None for one that is about none. Raises NotGenuine."""
    if not secret:
        raise NotGenuine("without the app's client secret no message of the shop can be told from a forged one")
    expected = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))
    given = headers.get(SIGNATURE, "").encode(errors="replace")
    if not hmac.compare_digest(expected, given):
        raise NotGenuine("the signature is not that of the app's client secret over this body")
    if headers.get(SHOP, shop).lower() != shop:
        raise NotGenuine("it comes from another shop that has the app")
    topic = headers.get(TOPIC, "")
    try:
        message = msgspec.json.decode(body, type=Message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    order = message.order(topic)
    if order is None:
        return None
    # It is the same for every try of one message, and tells changes apart that share the second of the body's own time.
    changed_at = headers.get(TRIGGERED, "") or message.updated_at or message.created_at or ""
    return Notice(topic, str(order), changed_at=changed_at)
