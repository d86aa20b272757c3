"""One call to the Selling Partner API, and which way it failed: without effect, refused for what it says, or nobody
knows."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from time import monotonic
from typing import Final
from urllib.parse import quote

import httpx2

from truestock.connectors.amazon.calls.operations import Operation
from truestock.connectors.amazon.calls.pace import Pace
from truestock.connectors.amazon.calls.tokens import OF_APPLICATION, OF_SELLER, Tokens
from truestock.connectors.amazon.mapping.reading import ANSWER_MAX_BYTES, NotAsAgreed, one_line, words
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle

# A wait up to this is slept; before a longer one the caller is told to come later.
PATIENCE_S: Final = 10.0
RETRY_AFTER_MAX_S: Final = 86_400.0
NOTHING_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
OF_CONTENT: Final = frozenset({400, 404, 409, 413, 415, 422})
NOT_LET_IN: Final = frozenset({401, 403})
TOO_MANY: Final = 429
NOT_FOUND: Final = 404
UNAVAILABLE: Final = 503
AGENT: Final = "truestock (Language=Python)"


class Refused(Exception):
    """Amazon will not have what a call says; it had no effect."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class TooLong(InDoubt):
    """An answer came that is longer than is read."""


class SellingPartnerApi:
    """The Selling Partner API of one region for one seller, each operation within its own rate."""

    def __init__(self, client: httpx2.AsyncClient, settings: AmazonSettings, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens
        self._base = f"https://{settings.host}"
        self._timeout_s = settings.timeout_s
        # Connecting ends well before the call's whole time is up, so whatever is late after that was perhaps sent.
        connect_s = settings.timeout_s / 4
        self._timeout = httpx2.Timeout(settings.timeout_s, connect=connect_s, pool=connect_s)
        self._paces: dict[Operation, Pace] = {}
        self._turns: defaultdict[Operation, asyncio.Lock] = defaultdict(asyncio.Lock)

    def wait(self, operation: Operation) -> float:
        """Seconds until the operation may be called."""
        return self._pace(operation).wait(monotonic())

    async def ask(self, operation: Operation, names: Mapping[str, str], query: Mapping[str, str]) -> bytes:
        """The answer to a question; having no effect, it is never in doubt. Raises ChannelDown and Refused."""
        try:
            return await self.tell(operation, names, query)
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def tell(
        self, operation: Operation, names: Mapping[str, str], query: Mapping[str, str], body: bytes = b""
    ) -> bytes:
        """The answer to a call that may change something. `names` fill the path.

        Raises ChannelDown and Refused when it had no effect, InDoubt when it may have had one."""
        token = await self._tokens.current(OF_APPLICATION if operation.grantless else OF_SELLER)
        await self._turn(operation)
        path = operation.path.format(**{name: quote(value, safe="") for name, value in names.items()})
        asked = "&".join(f"{name}={quote(value, safe=',')}" for name, value in query.items())
        headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": AGENT,
            "x-amz-access-token": token,
            **({"content-type": "application/json"} if body else {}),
        }
        url = f"{self._base}{path}?{asked}" if asked else self._base + path
        response, answer = await self._call(operation.method, url, headers, body)
        self._learned(operation, response)
        if not 200 <= response.status_code < 300:
            raise self._failed(operation, response, answer)
        return answer

    async def upload(self, url: str, kind: str, content: bytes) -> None:
        """Lay a document where Amazon has told to. Raises ChannelDown, for nothing reads it before it is named."""
        try:
            response, _ = await self._call("PUT", url, {"content-type": kind, "user-agent": AGENT}, content)
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt
        if response.status_code != 200:
            raise ChannelDown(f"the feed's document was not taken ({response.status_code})")

    async def download(self, url: str) -> bytes:
        """A document from where Amazon has told. Raises ChannelDown, and NotAsAgreed for one that is too long."""
        try:
            response, content = await self._call("GET", url, {"accept-encoding": "identity", "user-agent": AGENT}, b"")
        except TooLong as long:
            raise NotAsAgreed(str(long)) from long
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt
        if response.status_code != 200:
            raise ChannelDown(f"the document was not given ({response.status_code})")
        return content

    async def _turn(self, operation: Operation) -> None:
        """Wait until the operation may be called. Raises ChannelDown where that takes long."""
        pace = self._pace(operation)
        async with self._turns[operation]:
            wait_s = pace.wait(monotonic())
            if wait_s > PATIENCE_S:
                raise ChannelDown(f"{operation.name} may be called again in {wait_s:.0f} s", Throttle(wait_s))
            await asyncio.sleep(wait_s)
            pace.take(monotonic())

    async def _call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[httpx2.Response, bytes]:
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream(
                    method,
                    url,
                    content=body or None,
                    headers=dict(headers),
                    timeout=self._timeout,
                    follow_redirects=False,
                ) as response,
            ):
                answer = bytearray()
                async for chunk in response.aiter_raw():
                    answer += chunk
                    if len(answer) > ANSWER_MAX_BYTES:
                        raise TooLong(f"Amazon's answer is longer than {ANSWER_MAX_BYTES} bytes")
                return response, bytes(answer)
        except NOTHING_SENT as error:
            raise ChannelDown(f"Amazon was not reached ({type(error).__name__})") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise InDoubt(f"no whole answer within {self._timeout_s:g} s ({type(error).__name__})") from error

    def _failed(self, operation: Operation, response: httpx2.Response, answer: bytes) -> Exception:
        """What an answer that is no success means."""
        status, said = response.status_code, words(answer)
        text = one_line(f"{operation.name} answered {status} {said or response.reason_phrase}")
        if status == TOO_MANY:
            return ChannelDown(text, Throttle(self._pace(operation).refused(monotonic())))
        if status in OF_CONTENT:
            return Refused(status, text)
        if status in NOT_LET_IN:
            # Amazon answers 403 to a token that has ended as well as to a role that is missing.
            self._tokens.forget()
            advice = "see that the application has the role for it and that the seller has authorised it since then"
            return ChannelDown(f"{text}; {advice}")
        wait = response.headers.get("retry-after", "")
        if status == UNAVAILABLE and wait.isascii() and wait.isdigit():
            return ChannelDown(text, Throttle(min(float(wait), RETRY_AFTER_MAX_S)))
        return InDoubt(text) if status >= 500 else ChannelDown(text)

    def _learned(self, operation: Operation, response: httpx2.Response) -> None:
        told = response.headers.get("x-amzn-ratelimit-limit", "")
        if told.isascii() and told.replace(".", "", 1).isdigit() and float(told) > 0:
            self._pace(operation).told(float(told), monotonic())

    def _pace(self, operation: Operation) -> Pace:
        if operation not in self._paces:
            self._paces[operation] = Pace(operation.per_s, operation.burst, monotonic())
        return self._paces[operation]
