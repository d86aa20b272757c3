"""One HTTP call to a shop's own server, and which way it failed: without effect, or nobody knows."""

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle

T = TypeVar("T")
File = tuple[str, bytes, str]  # its name, what is in it, and of which type that is
WORDS_MAX: Final = 300
NOTHING_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
RETRY_AFTER_MAX_S: Final = 86_400.0
BUSY_S: Final = 5.0
BUSY: Final = frozenset({408, 425, 429})
UNAVAILABLE: Final = 503


def one_line(text: str) -> str:
    """Another's words made fit to store and show: one line of printable characters, at most WORDS_MAX."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[:4000]).split())[:WORDS_MAX]


def checked_url(url: str, setting: str = "url") -> str:
    """A server's address without the slash at its end. Raises ValueError unless it is https, or on this machine."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise ValueError(f"{setting}: {error}") from error
    if not parsed.host or parsed.query or parsed.fragment or parsed.userinfo:
        raise ValueError(f"{setting}: give scheme, host and path alone; what is secret has a place of its own")
    if parsed.scheme == "http" and not _is_loopback(parsed.host):
        raise ValueError(f"{setting}: give https; what is sent and read would cross the network in the clear")
    return url.rstrip("/")


def given(secrets: Mapping[str, str], name: str) -> str:
    """A secret as it goes into a header. Raises ValueError when it is missing or cannot be one."""
    value = secrets.get(name, "").strip()
    if not value:
        raise ValueError(f"the secret {name} is missing")
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError(f"{name}: give it as the shop has shown it")
    return value


class ShopServer:
    """Calls of one server, each with the same headers and within the same time."""

    def __init__(self, client: httpx2.AsyncClient, url: str, headers: Mapping[str, str], timeout_s: float) -> None:
        self._client = client
        self._url = url
        self._headers = {"accept": "application/json", **headers}
        self._timeout_s = timeout_s
        # Connecting ends well before the call's whole time is up, so whatever is late after that was perhaps sent.
        connect_s = timeout_s / 4
        self._timeout = httpx2.Timeout(timeout_s, connect=connect_s, pool=connect_s)

    async def call(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """The answer, whatever its status. Raises ChannelDown when nothing was sent, InDoubt when no answer came."""
        if body is None:
            return await self._asked(method, path, self._headers)
        headers = {**self._headers, "content-type": "application/json"}
        return await self._asked(method, path, headers, content=msgspec.json.encode(body))

    async def upload(self, path: str, fields: Mapping[str, str], files: Mapping[str, File]) -> httpx2.Response:
        """The answer to a form with files, as of `call`."""
        return await self._asked("POST", path, self._headers, data=fields, files=files)

    async def _asked(self, method: str, path: str, headers: Mapping[str, str], **body: Any) -> httpx2.Response:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._client.request(
                    method, self._url + path, headers=headers, timeout=self._timeout, follow_redirects=False, **body
                )
        except NOTHING_SENT as error:
            raise ChannelDown(f"the shop was not reached ({_named(error)}): check the URL") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise InDoubt(f"no whole answer within {self._timeout_s:g} s ({_named(error)})") from error


def decoded(response: httpx2.Response, form: type[T]) -> T:
    """An answer in its published form; fields that are not needed are passed over. Raises InDoubt."""
    try:
        return msgspec.json.decode(response.content, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InDoubt(f"the shop's answer cannot be read: {one_line(str(error))}") from error


def refused(response: httpx2.Response, said: str, advice: Mapping[int, str]) -> ChannelDown | InDoubt:
    """What an answer that is no success means; `said` is the shop's own reason, `advice` what to do, by status."""
    status = response.status_code
    words = one_line(f"{status} {said or response.reason_phrase}")
    if status < 400:
        where = one_line(response.headers.get("location", "nowhere"))
        return ChannelDown(f"the shop points to {where} ({status}), which is not followed: set the URL to it")
    wait = response.headers.get("retry-after", "")
    # A server under maintenance says when to come back; any other 503 may come from before a shop that works on.
    if status in BUSY or (status == UNAVAILABLE and wait):
        wait_s = float(wait) if wait.isascii() and wait.isdigit() else BUSY_S
        return ChannelDown(f"the shop answered {words}", Throttle(retry_after_s=min(wait_s, RETRY_AFTER_MAX_S)))
    if status >= 500:
        return InDoubt(f"the shop answered {words}")
    return ChannelDown(f"the shop answered {words}: {advice.get(status, 'its log may say why')}")


def _named(error: Exception) -> str:
    return one_line(f"{type(error).__name__} {error}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
