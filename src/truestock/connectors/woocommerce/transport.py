"""One call to a store's REST API, and which way it failed: without effect, or nobody knows."""

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle
from truestock.connectors.woocommerce.mapping import NotAsAgreed, Refusal, one_line, refusal_of
from truestock.connectors.woocommerce.settings import CONSUMER_KEY, CONSUMER_SECRET, WooCommerceSettings

PREFIX: Final = "/wp-json/wc/v3"
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
ADVICE: Final = {
    401: "check the consumer key and secret, that the key has Read/Write permission, and that the web server passes "
    "the Authorization header on to WordPress",
    403: "the key's user may not do this, or a firewall stands before the site; the user must be a shop manager or an "
    "administrator, and the firewall must let the hub pass",
    404: "there is no WooCommerce REST API v3 at this site URL; see that WooCommerce is active, and that Settings > "
    "Permalinks is not set to Plain",
    413: "the store takes fewer lines at once; lower batch_max",
}


class Gone(Exception):
    """The store does not know the product or order that the address names; the call had no effect."""


class StoreApi:
    """The REST API of one store."""

    def __init__(self, client: httpx2.AsyncClient, settings: WooCommerceSettings, secrets: Mapping[str, str]) -> None:
        key, secret = (_given(secrets, name) for name in (CONSUMER_KEY, CONSUMER_SECRET))
        self._client = client
        self._auth = httpx2.BasicAuth(key, secret)
        self._base = settings.site_url.rstrip("/") + PREFIX
        self._timeout_s = settings.timeout_s
        # Connecting ends well before the call's whole time is up, so whatever is late after that was perhaps sent.
        connect_s = settings.timeout_s / 4
        self._timeout = httpx2.Timeout(settings.timeout_s, connect=connect_s, pool=connect_s)

    async def read(self, path: str, query: Mapping[str, str]) -> httpx2.Response:
        """Ask something. Raises ChannelDown."""
        try:
            return await self.look(path, query)
        except Gone as gone:
            raise ChannelDown(f"the store answered {gone}") from gone

    async def look(self, path: str, query: Mapping[str, str]) -> httpx2.Response:
        """Ask for what may not be there. Raises ChannelDown, and Gone when it is not."""
        try:
            return await self._call("GET", f"{path}?{httpx2.QueryParams(query)}", b"")
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def write(self, path: str, body: bytes) -> bytes:
        """Change something. Raises ChannelDown or Gone when it had no effect, InDoubt when it may have had one."""
        return (await self._call("POST", path, body)).content

    async def _call(self, method: str, path: str, body: bytes) -> httpx2.Response:
        headers = {"accept": "application/json", **({"content-type": "application/json"} if body else {})}
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.request(
                    method,
                    self._base + path,
                    content=body or None,
                    headers=headers,
                    auth=self._auth,
                    timeout=self._timeout,
                    follow_redirects=False,
                )
        except NOTHING_SENT as error:
            raise ChannelDown(f"the store was not reached ({_named(error)}): check the site URL") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise InDoubt(f"no whole answer within {self._timeout_s:g} s ({_named(error)})") from error
        if not 200 <= response.status_code < 300:
            raise _refused(response)
        return response


def _given(secrets: Mapping[str, str], name: str) -> str:
    value = secrets.get(name, "").strip()
    if not value:
        raise ValueError(f"the secret {name} is missing")
    if not (value.isascii() and value.isprintable()) or ":" in value:
        raise ValueError(f"{name}: give it as WooCommerce has shown it")
    return value


def _refused(response: httpx2.Response) -> ChannelDown | InDoubt | Gone:
    """What an answer that is no success means."""
    status = response.status_code
    try:
        told = refusal_of(response.content)
    except NotAsAgreed:
        told = Refusal()
    said = one_line(f"{status} {told.message or response.reason_phrase}")
    if status < 400:
        where = one_line(response.headers.get("location", "nowhere"))
        return ChannelDown(f"the store points to {where} ({status}), which is not followed: set the site URL to it")
    wait = response.headers.get("retry-after", "")
    # WordPress under maintenance says when to come back; any other 503 may come from before a store that works on.
    if status in BUSY or (status == UNAVAILABLE and wait):
        wait_s = float(wait) if wait.isascii() and wait.isdigit() else BUSY_S
        return ChannelDown(f"the store answered {said}", Throttle(retry_after_s=min(wait_s, RETRY_AFTER_MAX_S)))
    if status >= 500:
        return InDoubt(f"the store answered {said}")
    if status == 404 and told.is_of_a_thing:
        return Gone(said)
    advice = ADVICE.get(status, "the store's own log may say why")
    return ChannelDown(f"the store answered {said}: {advice}")


def _named(error: Exception) -> str:
    return one_line(f"{type(error).__name__} {error}")
