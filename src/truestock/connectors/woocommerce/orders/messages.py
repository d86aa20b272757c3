"""What a store says by itself: whether a message is genuine, which order it is about, and that it is sent at all."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.woocommerce.mapping import NotAsAgreed, decoded
from truestock.connectors.woocommerce.transport import Gone, StoreApi

SIGNATURE: Final = "x-wc-webhook-signature"
TOPIC: Final = "x-wc-webhook-topic"
# A webhook that was just made says so, without a signature.
PING: Final = re.compile(rb"webhook_id=[0-9]+")
OF_ORDERS: Final = "order."
TOPICS: Final = ("order.created", "order.updated", "order.deleted", "order.restored")
PAGES_MAX: Final = 50


class Message(msgspec.Struct, frozen=True):
    """What is needed of a message; of an order that was deleted there is its id alone."""

    id: int
    date_modified_gmt: str | None = None


class Webhook(msgspec.Struct, frozen=True):
    """What the store sends where."""

    id: int
    topic: str
    delivery_url: str
    status: str


class Change(msgspec.Struct, frozen=True):
    """A webhook as it shall be. `secret` is not shown by the store, so it is told every time."""

    status: Literal["active", "disabled"]
    secret: str | msgspec.UnsetType = msgspec.UNSET
    topic: str | msgspec.UnsetType = msgspec.UNSET
    delivery_url: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET


def notice(secret: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """The order that a message is about; None for a ping and for one that is about none. Raises NotGenuine."""
    if SIGNATURE not in headers and PING.fullmatch(body):
        return None
    expected = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))
    if not hmac.compare_digest(expected, headers.get(SIGNATURE, "").encode(errors="replace")):
        raise NotGenuine("the signature is not that of the webhook's secret over this body")
    topic = headers.get(TOPIC, "")
    if not topic.startswith(OF_ORDERS):
        return None
    try:
        message = decoded(body, Message)
    except NotAsAgreed:
        return None
    return Notice(topic, str(message.id), changed_at=message.date_modified_gmt or "")


def changes(found: list[Webhook], url: str, secret: str) -> list[tuple[str, Change]]:
    """What makes the webhooks those that are needed, as path and body."""
    todo: list[tuple[str, Change]] = []
    for topic in TOPICS:
        mine = sorted((one.id, one.status) for one in found if one.topic == topic and one.delivery_url == url)
        if mine:
            todo.append((f"/webhooks/{mine[0][0]}", Change("active", secret)))
        else:
            todo.append(("/webhooks", Change("active", secret, topic, url, f"truestock {topic}")))
        todo += [(f"/webhooks/{one}", Change("disabled")) for one, status in mine[1:] if status != "disabled"]
    return todo


async def subscribe(api: StoreApi, secret: str, url: str) -> None:
    """See to it that the store sends what is needed to `url`. Raises ChannelDown."""
    for path, change in changes(await _found(api), url, secret):
        try:
            await api.write(path, msgspec.json.encode(change))
        except (InDoubt, Gone) as error:
            raise ChannelDown(str(error)) from error


async def _found(api: StoreApi) -> list[Webhook]:
    found: list[Webhook] = []
    for page in range(1, PAGES_MAX + 1):
        query = {"per_page": "100", "page": str(page), "orderby": "id", "order": "asc"}
        reply = await api.read("/webhooks", {**query, "_fields": "id,topic,delivery_url,status"})
        try:
            found += decoded(reply.content, list[Webhook])
        except NotAsAgreed as error:
            raise ChannelDown(f"the store's webhooks cannot be read: {error}") from error
        pages = reply.headers.get("x-wp-totalpages", "1")
        if not pages.isdecimal() or page >= int(pages):
            break
    return found
