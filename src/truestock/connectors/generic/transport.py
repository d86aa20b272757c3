"""One call to a channel that speaks our REST: signed, made once; and which way it failed. Others try again."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final, TypeVar

import httpx2

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.generic import mapping, refusals, signing
from truestock.connectors.generic.settings import GenericSettings

ANSWER_MAX_BYTES: Final = 2**20

_NEVER_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
Answer = TypeVar("Answer")


class SignedCalls:
    """To one channel."""

    def __init__(self, client: httpx2.AsyncClient, settings: GenericSettings, secrets: Mapping[str, str]) -> None:
        """Make no call. Raises ValueError for an address or a secret that cannot be meant."""
        self._client = client
        self._timeout_s = settings.timeout_s
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

    async def get(self, path: str, form: type[Answer]) -> Answer:
        """The answer to a question. A question has no effect, so nothing about it is in doubt. Raises ChannelDown."""
        try:
            reply = await self.call("GET", path, mapping.call_key(path.encode()), b"")
            refusals.raise_for(reply, time.time())
            if reply.status < 400:
                return whole(reply, form)
        except InDoubt as error:
            raise ChannelDown(str(error)) from error
        except mapping.NotAsAgreed as error:
            raise ChannelDown(f"the answer of {path.split('?')[0]} cannot be read: {error}") from error
        raise ChannelDown(f"{path.split('?')[0]} answers {refusals.words(reply)}: check the base URL and the paths")

    async def call(self, method: str, path: str, key: str, body: bytes) -> refusals.Reply:
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
                asyncio.timeout(self._timeout_s),
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
            raise InDoubt(f"no whole answer within {self._timeout_s:g} s ({_named(error)})") from error


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


def whole(reply: refusals.Reply, form: type[Answer]) -> Answer:
    """An answer in its agreed form. Raises NotAsAgreed."""
    if reply.cut:
        raise mapping.NotAsAgreed(f"it is longer than {ANSWER_MAX_BYTES} bytes")
    return mapping.decoded(reply.body, form)


def _named(error: Exception) -> str:
    return refusals.one_line(f"{type(error).__name__} {error}")
