"""POST /v1/feed-hooks/{feed}: rows that a source sends by itself, signed by it, taken in at once."""

import asyncio
from typing import Final

import msgspec

from truestock.bootstrap import Hub
from truestock.connectors.contract.notices import NotGenuine
from truestock.entrypoints.api.front.call import Call
from truestock.entrypoints.api.front.wire import read_body
from truestock.entrypoints.api.hot.hooks import BODY_MAX
from truestock.entrypoints.api.problems.surface import Unauthorized

FEED_HOOKS: Final = "/v1/feed-hooks/"
_encode = msgspec.json.Encoder().encode


class HearFeed:
    """Takes signed messages of feeds that have the secret `signing`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._body_max = min(BODY_MAX, hub.settings.body_max_bytes)

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        """Verify, take in, answer. Raises Unauthorized, and what the feed raises."""
        path: str = call.scope["path"]
        body = await read_body(call.receive, self._body_max)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.scope["headers"]}
        try:
            run = await asyncio.to_thread(self._hub.feeds.hear, path.removeprefix(FEED_HOOKS), headers, body)
        except NotGenuine as error:
            raise Unauthorized(f"the message is not taken: {error}") from None
        return 200, _encode(run)
