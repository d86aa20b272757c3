"""Notifications as they lie in the queue."""

from typing import Final

import msgspec

from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded
from truestock.connectors.contract.notices import Notice

ORDER_CHANGE: Final = "ORDER_CHANGE"
PAYLOAD_VERSION: Final = "1.0"
FULFILMENT: Final = {"MFN": "merchant", "AFN": "amazon"}


class Pascal(msgspec.Struct, frozen=True, rename="pascal"):
    """What is named as Amazon names it."""


class Summary(Pascal, frozen=True):
    """What the order is like."""

    marketplace_id: str = ""
    fulfillment_type: str = ""


class Trigger(Pascal, frozen=True):
    """When and why it changed."""

    time_of_order_change: str = ""


class Change(Pascal, frozen=True):
    """The change of an order."""

    seller_id: str
    amazon_order_id: str
    order_change_type: str = ""
    order_change_trigger: Trigger = Trigger()
    summary: Summary = Summary()


class Payload(Pascal, frozen=True):
    """The change, wrapped."""

    order_change_notification: Change


class Message(Pascal, frozen=True):
    """A notification."""

    notification_type: str
    event_time: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"{}")


def notice(body: str, seller_id: str, marketplace: str, fulfilled_by: str) -> Notice | None:
    """What a message is about; None where it asks for nothing of this channel, or cannot be understood: polling finds
    what it may have meant."""
    try:
        message = decoded(body.encode(), Message)
        if message.notification_type != ORDER_CHANGE:
            return None
        change = decoded(bytes(message.payload), Payload).order_change_notification
    except NotAsAgreed:
        return None
    told = change.summary
    of_other_place = told.marketplace_id not in ("", marketplace)
    of_other_hands = FULFILMENT.get(told.fulfillment_type, fulfilled_by) != fulfilled_by
    if change.seller_id != seller_id or of_other_place or of_other_hands:
        return None
    topic = f"{ORDER_CHANGE} {change.order_change_type}".strip()
    changed_at = change.order_change_trigger.time_of_order_change or message.event_time
    return Notice(topic, change.amazon_order_id, changed_at=changed_at)
