"""POST /v1/hooks/{channel}: what channels send by themselves, signed by them, kept as it came, answered at once."""

from typing import Final

import msgspec

from truestock.bootstrap import Hub
from truestock.connectors.contract.notices import NotGenuine
from truestock.entrypoints.api.front.call import Call
from truestock.entrypoints.api.front.wire import read_body
from truestock.entrypoints.api.problems.surface import Unauthorized

HOOKS: Final = "/v1/hooks/"
# Anybody may send here, and the largest order of any channel is far smaller.
BODY_MAX: Final = 4 * 2**20
_encode = msgspec.json.Encoder().encode


class Kept(msgspec.Struct, frozen=True):
    """The message was kept; `reading`: an order is read because of it."""

    reading: bool


class Hear:
    """Takes messages of connected channels; the order that one names is read from the channel afterwards."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._body_max = min(BODY_MAX, hub.settings.body_max_bytes)

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        """Verify, keep, answer. Raises Unauthorized, and what the door raises."""
        path: str = call.scope["path"]
        channel = path.removeprefix(HOOKS)
        body = await read_body(call.receive, self._body_max)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.scope["headers"]}
        try:
            reading = await self._hub.door.hear(channel, self._url(call), headers, body)
        except NotGenuine as error:
            raise Unauthorized(f"the message is not taken: {error}") from None
        if reading:
            self._hub.channels.heard(channel)
        return 200, _encode(Kept(reading))

    def _url(self, call: Call) -> str:
        """The address as the sender wrote it, which some sign with the body."""
        base = self._hub.settings.public_url.rstrip("/") or f"{call.scope['scheme']}://{call.host.decode('latin-1')}"
        query = call.scope["query_string"].decode("latin-1")
        path: str = call.scope["path"]
        return f"{base}{path}?{query}" if query else base + path
