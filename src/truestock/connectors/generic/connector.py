"""A channel that speaks our REST, over HTTP: signs, calls once, and says how it went. Trying again is for the sync."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import httpx2

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, spots
from truestock.connectors.contract.traits import Traits
from truestock.connectors.generic import mapping, refusals, signing
from truestock.connectors.generic.settings import GenericSettings, traits_of

ANSWER_MAX_BYTES: Final = 2**20

_NEVER_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
Answer = TypeVar("Answer")


class GenericChannel:
    """Pushes stock, reads it back, settles tickets, and can be checked."""

    def __init__(self, client: httpx2.AsyncClient, settings: GenericSettings, secrets: Mapping[str, str]) -> None:
        """Make no call. Raises ValueError for an address or a secret that cannot be meant."""
        self._client = client
        self._settings = settings
        self._traits = traits_of(settings)
        self._base = settings.base_url.rstrip("/")
        self._key = signing.key_of(secrets.get("signing_secret", ""))
        self._bearer = secrets.get("bearer_token", "")
        # Connecting ends well before the call's whole time is up, so whatever is late after that was perhaps sent.
        connect_s = settings.timeout_s / 4
        self._timeout = httpx2.Timeout(settings.timeout_s, connect=connect_s, pool=connect_s)
        if not (self._bearer.isascii() and self._bearer.isprintable()):
            raise ValueError("bearer_token: give it as it was issued, in printable ASCII")
        try:
            url = httpx2.URL(self._base)
        except httpx2.InvalidURL as error:
            raise ValueError(f"base_url: {error}") from error
        if not url.host or url.query or url.fragment or url.userinfo:
            raise ValueError("base_url: give scheme, host and path alone; a bearer token is a secret of its own")

    @property
    def traits(self) -> Traits:
        """What the channel is like, by its settings."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Write the lines in one call. Raises ChannelDown and InDoubt."""
        assert len(lines) <= self._settings.batch_max
        if not lines:
            return Pushed({})
        body = mapping.payload(lines)
        reply = await self._call("POST", self._settings.stock_path, mapping.call_key(body), body)
        now_s = time.time()
        refusals.raise_for(reply, now_s)
        if reply.status >= 400:
            refused = Outcome("rejected", refusals.words(reply))
            return Pushed({line.spot: refused for line in lines})
        try:
            answer = _whole(reply, mapping.Results)
        except mapping.NotAsAgreed as error:
            raise InDoubt(f"the answer cannot be read: {error}") from error
        return Pushed(spots(mapping.outcomes(lines, answer)), refusals.throttle(reply, now_s))

    async def read_back(self, asked: Sequence[Spot]) -> Shown:
        """What the other side shows, in as many calls as the length of an address asks for. Raises ChannelDown."""
        found: dict[str, int] = {}
        skus = [spot.sku for spot in asked]
        calls = 0
        for query in mapping.queries("sku", skus, self._settings.batch_max):
            answer = await self._get(f"{self._settings.stock_path}?{query}", mapping.AllShown)
            try:
                found |= mapping.shown(skus, answer)
                calls += 1
            except mapping.NotAsAgreed as error:
                raise ChannelDown(f"the answer cannot be read: {error}") from error
        return Shown(spots(found), points=max(0, calls - 1))

    async def settle(self, tickets: Mapping[Spot, str]) -> Mapping[Spot, Outcome]:
        """What became of lines that were accepted with a ticket. Raises ChannelDown."""
        found: dict[str, Outcome] = {}
        open_tickets = dict.fromkeys(ticket for ticket in tickets.values() if ticket)
        for query in mapping.queries("ticket", open_tickets, self._settings.batch_max):
            answer = await self._get(f"{self._settings.tickets_path}?{query}", mapping.Results)
            found |= mapping.settled({spot.sku: ticket for spot, ticket in tickets.items()}, answer)
        return spots(found)

    async def check(self) -> str:
        """The other side's name for itself. Raises ChannelDown."""
        health = await self._get(self._settings.health_path, mapping.Health)
        return refusals.one_line(health.name) or "it answers, and has no name"

    async def _get(self, path: str, form: type[Answer]) -> Answer:
        """The answer to a question. A question has no effect, so nothing about it is in doubt. Raises ChannelDown."""
        try:
            reply = await self._call("GET", path, mapping.call_key(path.encode()), b"")
            refusals.raise_for(reply, time.time())
            if reply.status < 400:
                return _whole(reply, form)
        except InDoubt as error:
            raise ChannelDown(str(error)) from error
        except mapping.NotAsAgreed as error:
            raise ChannelDown(f"the answer of {path.split('?')[0]} cannot be read: {error}") from error
        raise ChannelDown(f"{path.split('?')[0]} answers {refusals.words(reply)}: check the base URL and the paths")

    async def _call(self, method: str, path: str, key: str, body: bytes) -> refusals.Reply:
        """One call. Raises ChannelDown when nothing was sent, InDoubt when something may have been."""
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            **signing.signed(self._key, key, int(time.time()), body),
            **({"authorization": f"Bearer {self._bearer}"} if self._bearer else {}),
            **({"content-type": "application/json", "idempotency-key": key} if body else {}),
        }
        try:
            async with (
                asyncio.timeout(self._settings.timeout_s),
                self._client.stream(
                    method,
                    self._base + path,
                    content=body or None,
                    headers=headers,
                    timeout=self._timeout,
                    follow_redirects=False,
                ) as response,
            ):
                return await _read(response)
        except _NEVER_SENT as error:
            raise ChannelDown(f"not reached ({_named(error)}): check the base URL, and that it runs") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise InDoubt(f"no whole answer within {self._settings.timeout_s:g} s ({_named(error)})") from error


async def _read(response: httpx2.Response) -> refusals.Reply:
    """At most ANSWER_MAX_BYTES of the answer, as they came over the wire."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > ANSWER_MAX_BYTES:
            break
    return refusals.Reply(
        response.status_code,
        bytes(body[:ANSWER_MAX_BYTES]),
        cut=len(body) > ANSWER_MAX_BYTES,
        retry_after=response.headers.get("retry-after", ""),
        location=response.headers.get("location", ""),
    )


def _whole(reply: refusals.Reply, form: type[Answer]) -> Answer:
    if reply.cut:
        raise mapping.NotAsAgreed(f"it is longer than {ANSWER_MAX_BYTES} bytes")
    return mapping.decoded(reply.body, form)


def _named(error: Exception) -> str:
    return refusals.one_line(f"{type(error).__name__} {error}")
