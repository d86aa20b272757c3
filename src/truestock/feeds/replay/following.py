"""Follows a hub's change stream for the customers of a replay: in the hub's own process, or over its API."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx2
import msgspec

from truestock.availability.publishing.publish import Published
from truestock.availability.publishing.stream import Change, changes_since, latest
from truestock.feeds.replay.client import BUSY, PAUSES_S, Client
from truestock.feeds.replay.shown import Shown
from truestock.feeds.replay.target import ReplayError
from truestock.store.database import Database

STREAM = "/v1/changes/stream"
_change = msgspec.json.Decoder(Change)


class FollowInProcess:
    """What a publisher calls, in its thread, when listings have changed; what changed before now is not told."""

    def __init__(self, db: Database, shown: Shown) -> None:
        self._db = db
        self._shown = shown
        with db.transaction() as conn:
            self._cursor = latest(conn)

    def __call__(self, _: Published) -> None:
        """Tell all that is new."""
        with self._db.transaction() as conn:
            while (told := changes_since(conn, self._cursor)).changes:
                self._cursor = told.cursor
                for change in told.changes:
                    self._shown.hear(change.channel, change.sku, change.atp)


class FollowOverHttp:
    """Listens to the events from now on; broken off, it goes on where it was, and meanwhile customers see old numbers.

    `lost` is called when events were thrown out before they were heard."""

    def __init__(self, client: Client, shown: Shown, lost: Callable[[], Awaitable[None]]) -> None:
        self.listening = asyncio.Event()
        self._client = client
        self._shown = shown
        self._lost = lost
        self._last = ""

    async def run(self) -> None:
        """Until cancelled. Raises ReplayError when the hub lets nobody listen, or stays away for a minute."""
        tries = 0
        while tries < len(PAUSES_S):
            try:
                async with self._client.stream(STREAM, {"last-event-id": self._last} if self._last else {}) as response:
                    said = f"{response.status_code} {'' if response.is_success else (await response.aread()).decode()}"
                    if response.is_success:
                        tries = 0
                        await self._hear(response)
                    elif response.status_code not in BUSY:
                        break
            except httpx2.TransportError as error:
                said = f"{type(error).__name__} {error}"
            await asyncio.sleep(PAUSES_S[tries])
            tries += 1
        raise ReplayError(f"{STREAM}: {said[:300]}")

    async def _hear(self, response: httpx2.Response) -> None:
        if self.listening.is_set() and not self._last:
            await self._lost()
        self.listening.set()
        name = ""
        async for line in response.aiter_lines():
            field, _, text = line.partition(": ")
            if field == "id":
                self._last = text
            elif field == "event":
                name = text
            elif field == "data" and name == "atp":
                change = _change.decode(text)
                self._shown.hear(change.channel, change.sku, change.atp)
            elif field == "data" and name == "lost":
                await self._lost()
