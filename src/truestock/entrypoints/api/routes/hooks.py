"""Where channels send what has happened there: signed by them, kept as it came, answered at once."""

import msgspec
from fastapi import Request

from truestock.connectors.contract.notices import NotGenuine
from truestock.entrypoints.api.framework.route import Router, TheHub
from truestock.entrypoints.api.front.wire import read_body
from truestock.entrypoints.api.problems.surface import Unauthorized

router = Router("channel orders")
# Anybody may send here, and the largest order of any channel is far smaller.
BODY_MAX = 4 * 2**20


class Kept(msgspec.Struct, frozen=True):
    """The message was kept; `reading`: an order is read because of it."""

    reading: bool


@router.post(
    "/v1/hooks/{channel:path}",
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string"}}}}},
)
async def hear(channel: str, request: Request, hub: TheHub) -> Kept:
    """A connected channel's own message (webhook), which needs no API key: its signature says who sent it.

    Nothing of its content is believed: the order that it names is read from the channel."""
    body = await read_body(request.receive, min(BODY_MAX, hub.settings.body_max_bytes))
    headers = {name.lower(): value for name, value in request.headers.items()}
    base = hub.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    try:
        reading = await hub.door.hear(channel, f"{base}{request.url.path}{query}", headers, body)
    except NotGenuine as error:
        raise Unauthorized(f"the message is not taken: {error}") from None
    if reading:
        hub.channels.wake()
    return Kept(reading)
