"""Makes one call: looks the name up, has its addresses judged, and posts to one of them, whatever the name says next.

No proxy of the environment, no redirect and no cookie is followed or kept. Nothing here waits for another webhook."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ssl import SSLContext, create_default_context
from typing import Final

import httpx2

from truestock.connections.outside.guard import Address, checked_url
from truestock.connections.outside.pinned import Lookup, NotAllowed, judged, looked_up, pinned, port_of
from truestock.connectors.contract.veil import veiled
from truestock.connectors.generic.refusals import Reply, one_line
from truestock.core.problems import Invalid
from truestock.sync.webhooks.answers import Answer, answer_of

TIMEOUT_S: Final = 15.0
CONNECT_S: Final = 5.0
ADDRESSES_MAX: Final = 3
WORDS_TIMEOUT_S: Final = 1.0
ANSWER_MAX_BYTES: Final = 4_096
IDLE_S: Final = 60.0
WEBHOOKS_MAX: Final = 100


class _Target:
    """One webhook's connections, which no other shares, and the look-up under way."""

    def __init__(self, tls: SSLContext) -> None:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=2, keepalive_expiry=10.0)
        self.transport = httpx2.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)
        self.lookup: asyncio.Future[list[str]] | None = None
        self.calls = 0
        self.used_at = time.monotonic()


class Sender:
    """`to_lan` opens the user's own network. Close it when done."""

    def __init__(
        self, *, to_lan: bool, tls: SSLContext | None = None, lookup: Lookup = looked_up, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._to_lan = to_lan
        self._tls = tls or create_default_context()
        self._look_up = lookup
        self._timeout_s = timeout_s
        self._timeout = httpx2.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S)).as_dict()
        self._targets: dict[int, _Target] = {}
        # A thread for each webhook: a name server that does not answer one of them holds up no other.
        self._threads = ThreadPoolExecutor(WEBHOOKS_MAX, thread_name_prefix="webhook-name")

    async def send(self, webhook: int, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post once, within the time for a call; never raises for what the other side does, and repeats no secret."""
        answer = await self._sent(webhook, url, headers, body)
        return answer._replace(error=veiled(answer.error))

    async def _sent(self, webhook: int, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        target = self._targets.get(webhook) or self._targets.setdefault(webhook, _Target(self._tls))
        target.calls += 1
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(target, url, headers, body)
        except NotAllowed as error:
            return Answer("down", None, str(error))
        except TimeoutError:
            return Answer("down", None, f"no answer within {self._timeout_s:g} s")
        except (httpx2.HTTPError, OSError) as error:
            return Answer("down", None, f"not reached: {one_line(f'{type(error).__name__} {error}')}")
        finally:
            target.calls -= 1
            target.used_at = time.monotonic()

    async def tidy(self) -> None:
        """Close the connections of webhooks that have not been called for a while."""
        before = time.monotonic() - IDLE_S
        for webhook, target in list(self._targets.items()):
            if not target.calls and target.used_at < before:
                del self._targets[webhook]
                await target.transport.aclose()

    async def close(self) -> None:
        """Close all connections; a look-up that hangs is left behind."""
        for target in self._targets.values():
            await target.transport.aclose()
        self._targets.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _post(self, target: _Target, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            parsed = checked_url(url, to_lan=self._to_lan)
        except Invalid as problem:
            raise NotAllowed(problem.detail) from None
        *others, last = (await self._allowed(target, parsed))[:ADDRESSES_MAX]
        for address in others:
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):  # nothing was sent yet
                return await self._posted(target, parsed, address, headers, body)
        return await self._posted(target, parsed, last, headers, body)

    async def _posted(
        self, target: _Target, url: httpx2.URL, address: Address, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        request = pinned("POST", url, address, headers, self._timeout, body)
        response = await target.transport.handle_async_request(request)
        try:
            return answer_of(await _reply(response), time.time())
        finally:
            await response.aclose()

    async def _allowed(self, target: _Target, url: httpx2.URL) -> list[Address]:
        """The addresses that may be called, one at least. Raises NotAllowed."""
        if target.lookup is None or target.lookup.done():
            loop = asyncio.get_running_loop()
            target.lookup = loop.run_in_executor(
                self._threads, self._look_up, url.raw_host.decode("ascii"), port_of(url)
            )
            target.lookup.add_done_callback(_seen)
        try:
            # One that hangs stays with its webhook, which waits for it instead of asking once more.
            found = await asyncio.shield(target.lookup)
            return judged(url, found, to_lan=self._to_lan)
        except (OSError, UnicodeError, ValueError) as error:
            raise NotAllowed(f"the name {url.host} leads nowhere: {one_line(str(error))}") from None


def _seen(lookup: asyncio.Future[list[str]]) -> None:
    """Nobody may be there any more for what a look-up raises."""
    if not lookup.cancelled():
        lookup.exception()


async def _reply(response: httpx2.Response) -> Reply:
    """The status, and as much of the body as comes soon: what was taken is taken, whatever is said about it."""
    body = bytearray()
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(WORDS_TIMEOUT_S):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > ANSWER_MAX_BYTES:
                    break
    return Reply(
        response.status_code,
        bytes(body[:ANSWER_MAX_BYTES]),
        retry_after=response.headers.get("retry-after", ""),
        location=response.headers.get("location", ""),
    )
