"""What eBay says by itself, and how an address of ours is proved to be ours."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from truestock.connectors.contract.notices import NotGenuine, Notice

CHALLENGE: Final = re.compile(r"[!-~]{1,200}")


class Metadata(msgspec.Struct, frozen=True):
    """What kind of message it is."""

    topic: str = ""


class Data(msgspec.Struct, frozen=True):
    """What it is about."""

    order_id: str = msgspec.field(name="orderId", default="")


class Notification(msgspec.Struct, frozen=True):
    """One message; its id is the same for every try."""

    id: str = msgspec.field(name="notificationId", default="")
    data: Data = Data()


class Message(msgspec.Struct, frozen=True):
    """What is needed of a message, whatever its topic."""

    metadata: Metadata = Metadata()
    notification: Notification = Notification()


def notice_of(body: bytes) -> Notice | None:
    """The order that a genuine message is about; None for one that is about none."""
    try:
        message = msgspec.json.decode(body, type=Message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    order = message.notification.data.order_id
    return Notice(message.metadata.topic, order, changed_at=message.notification.id) if order else None


def challenge_answer(token: str, url: str, query: Mapping[str, str]) -> dict[str, str]:
    """The digest of eBay's code, our token and the address. Raises NotGenuine."""
    code = query.get("challenge_code", "")
    if not token:
        raise NotGenuine("store the verification token first")
    if not CHALLENGE.fullmatch(code):
        raise NotGenuine("it has no challenge_code")
    return {"challengeResponse": hashlib.sha256(f"{code}{token}{url}".encode()).hexdigest()}
