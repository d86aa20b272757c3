"""What a message of Square is about, if it is Square's: signed over the address it was sent to and its raw body."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from truestock.connectors.contract.notices import NotGenuine, Notice

SIGNATURE: Final = "x-square-hmacsha256-signature"
OF_ORDERS: Final = "order."


class Data(msgspec.Struct, frozen=True):
    """The thing that changed."""

    id: str = ""


class Message(msgspec.Struct, frozen=True):
    """What is needed of a message, whatever its type."""

    type: str = ""
    event_id: str = ""
    data: Data = Data()


def notice(key: str, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """The order that a message is about; None for one that is about none. Raises NotGenuine."""
    if not key:
        raise NotGenuine("without the subscription's signature key no message can be told from a forged one")
    expected = base64.b64encode(hmac.digest(key.encode(), url.encode() + body, hashlib.sha256))
    given = headers.get(SIGNATURE, "").encode(errors="replace")
    if not hmac.compare_digest(expected, given):
        raise NotGenuine(
            f"the signature is not that of the signature key over {url} and this body; the subscription has to name "
            "this very address"
        )
    try:
        message = msgspec.json.decode(body, type=Message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if not message.type.startswith(OF_ORDERS) or not message.data.id:
        return None
    # The same for every try of one message.
    return Notice(message.type, message.data.id, changed_at=message.event_id)
