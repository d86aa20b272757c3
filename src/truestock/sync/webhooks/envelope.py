"""What is sent: the kinds of events with the shape of their data, the CloudEvents envelope, and the headers. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec

from truestock.connectors.generic.signing import key_of, signed
from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import NotFound
from truestock.store.events import EVENTS

SOURCE: Final = "/truestock"
MEDIA_TYPE: Final = "application/cloudevents+json"
AVAILABILITY: Final = "availability.changed"
TEST: Final = "webhook.test"
PREFIX: Final = "evt_"
ID_DIGITS: Final = 16


class NewAvailability(msgspec.Struct, frozen=True):
    """A listing's ATP, in its own units; of two of a listing the one with the higher `rev` holds."""

    channel: str
    sku: str
    atp: int
    rev: int


class AvailabilityChanged(msgspec.Struct, frozen=True):
    """Listings with a new ATP, each once. `lost`: some changes before these were not told; read the listings anew."""

    kind: ClassVar = AVAILABILITY
    changes: list[NewAvailability]
    lost: bool = False


class Tested(msgspec.Struct, frozen=True):
    """Somebody tries the webhook; nothing has happened."""

    kind: ClassVar = TEST
    message: str = "This is a test. Nothing has happened."


class KindOfEvent(msgspec.Struct, frozen=True):
    """A kind of event: what it means, and the JSON Schema of its data."""

    kind: str
    meaning: str
    data: dict[str, Any]


SHAPES: Final[dict[str, type[msgspec.Struct]]] = {shape.kind: shape for shape in (AvailabilityChanged, *EVENTS)}


def kinds() -> list[KindOfEvent]:
    """What webhooks can be told of."""
    return [
        KindOfEvent(kind, (shape.__doc__ or "").split("\n")[0], msgspec.json.schema(shape))
        for kind, shape in SHAPES.items()
    ]


def message_id(event: int) -> str:
    """An event's id as it is sent: the same on every try, and on a replay."""
    return f"{PREFIX}{event:0{ID_DIGITS}x}"


def event_id(message: str) -> int:
    """The id again. Raises NotFound."""
    digits = message.removeprefix(PREFIX)
    try:
        found = int(digits, 16) if message.startswith(PREFIX) and digits.isalnum() else -1
    except ValueError:
        found = -1
    if not 0 <= found <= BIGINT_MAX:
        raise NotFound("delivery", message, "delivery")
    return found


def enveloped(event: int, kind: str, subject: str, at: datetime, data: object) -> str:
    """A CloudEvents 1.0 event in its structured JSON form; without a subject where there is none."""
    envelope = {
        "specversion": "1.0",
        "id": message_id(event),
        "source": SOURCE,
        "type": kind,
        **({"subject": subject} if subject else {}),
        "time": at,
        "datacontenttype": "application/json",
        "data": data,
    }
    return msgspec.json.encode(envelope).decode()


def headers_of(event: int, body: bytes, secrets: Sequence[str], at_s: int) -> dict[str, str]:
    """The headers of a call, signed with each of the secrets. Raises ValueError for a secret that is none."""
    message = message_id(event)
    each = [signed(key_of(secret), message, at_s, body) for secret in secrets]
    signatures = " ".join(headers["webhook-signature"] for headers in each)
    return {"content-type": MEDIA_TYPE, **each[0], "webhook-signature": signatures}
