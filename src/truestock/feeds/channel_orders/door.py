"""Where channels' messages come in: verified as they came, written down, and answered; reading comes after."""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, NamedTuple

import httpx2

from truestock.connections.connecting import build
from truestock.connections.reached import Reached, connections
from truestock.connections.seal import Seal, SealBroken
from truestock.connectors.contract.abilities import Connector, TakesNotices
from truestock.connectors.contract.challenge import AnswersChallenge, FetchesKeys
from truestock.connectors.registry import UnknownKind
from truestock.core.problems import NotFound
from truestock.feeds.channel_orders.notices import Heard, add
from truestock.store.database import Database
from truestock.store.lane import Lane

LOOK_EVERY_S: Final = 2.0


class _Known(NamedTuple):
    """A channel's connector, as it was when last looked at."""

    reached: Reached
    connector: Connector | None
    version: tuple[object, ...]


class Door:
    """One a process. Messages that come together are written down in one transaction."""

    def __init__(self, db: Database, seal: Callable[[], Seal], lane: Lane) -> None:
        self._db = db
        self._seal = seal
        self._lane = lane
        self._known: dict[str, _Known] = {}
        self._looked_at = -LOOK_EVERY_S
        self._looking = asyncio.Lock()
        self._client: httpx2.AsyncClient | None = None

    async def hear(self, channel: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Keep a message; whether there is something to read because of it.

        Raises NotFound for a channel that sends none, NotGenuine, and StoreError when it could not be kept."""
        known = await self._find(channel)
        connector = known.connector if known is not None else None
        if known is None or not isinstance(connector, TakesNotices):
            raise NotFound("channel that sends messages", channel, "channel")
        if isinstance(connector, FetchesKeys):
            await connector.fetch_key(headers)
        notice = connector.notice(url, headers, body)
        if notice is None:
            return False
        (kept,) = self._lane.submit(add, [Heard(known.reached.id, notice, body)])
        await kept
        return True

    async def challenged(self, channel: str, url: str, query: Mapping[str, str]) -> Mapping[str, str]:
        """Prove to a channel that this address is ours. Raises NotFound for one that does not ask, and NotGenuine."""
        known = await self._find(channel)
        if known is None or not isinstance(known.connector, AnswersChallenge):
            raise NotFound("channel that asks whose an address is", channel, "channel")
        return known.connector.challenged(url, query)

    async def close(self) -> None:
        """Give the client back; here it fetches keys alone."""
        if self._client is not None:
            await self._client.aclose()

    async def _find(self, channel: str) -> _Known | None:
        if monotonic() - self._looked_at >= LOOK_EVERY_S:
            async with self._looking:
                if monotonic() - self._looked_at >= LOOK_EVERY_S:
                    await self._look()
        return self._known.get(channel)

    async def _look(self) -> None:
        found = await asyncio.to_thread(connections, self._db)
        self._known = {reached.connection.channel: self._made(reached) for reached in found if reached.hears}
        self._looked_at = monotonic()

    def _made(self, reached: Reached) -> _Known:
        before = self._known.get(reached.connection.channel)
        if before is not None and before.version == reached.version:
            return before
        if self._client is None:
            self._client = httpx2.AsyncClient()
        try:
            connector = build(self._client, self._seal(), reached)
        except (UnknownKind, SealBroken, ValueError, OSError):
            # The channel's own thread says what is wrong with it.
            connector = None
        return _Known(reached, connector, reached.version)
