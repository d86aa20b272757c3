"""One call to the Admin API, and which way it failed: without effect, or nobody knows."""

from typing import TypeVar

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle
from truestock.connectors.shopify.documents import Answer
from truestock.connectors.shopify.mapping import REFUSED, THROTTLED, TOO_DEAR, reason_of, throttle_of, throttled_for
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.tokens import Tokens

T = TypeVar("T")
NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
# The shop may have begun before these; 503 says that it did not.
MAYBE_DONE = {500, 502, 504}
BUSY_S = 2.0
ADVICE = {
    401: "the access token is not valid; install the app again, or store its new token",
    402: "the shop is frozen until its bill is paid",
    403: "the app may not do this; check that it is installed and has the scopes it needs",
    404: "there is no such shop or API version; check both settings",
    423: "the shop is locked; Shopify's support can say why",
    429: "too many calls at once",
}


class TooDear(ChannelDown):
    """The call asks for more than the shop answers at once."""


class AdminApi:
    """The Admin GraphQL API of one shop."""

    def __init__(self, client: httpx2.AsyncClient, settings: ShopifySettings, tokens: Tokens) -> None:
        self._client = client
        self._url = f"https://{settings.shop}/admin/api/{settings.api_version}/graphql.json"
        self._timeout = settings.timeout_s
        self._tokens = tokens

    async def read(self, document: str, variables: dict[str, object], answer: type[Answer[T]]) -> tuple[T, Throttle]:
        """Ask something. Raises ChannelDown."""
        try:
            return await self.write(document, variables, answer)
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def write(self, document: str, variables: dict[str, object], answer: type[Answer[T]]) -> tuple[T, Throttle]:
        """Change something. Raises ChannelDown when it had no effect, InDoubt when it may have had one."""
        body = msgspec.json.encode({"query": document, "variables": variables})
        token = await self._tokens.current()
        headers = {b"content-type": b"application/json", b"x-shopify-access-token": token.encode()}
        try:
            response = await self._client.post(self._url, content=body, headers=headers, timeout=self._timeout)
        except NOTHING_SENT as error:
            raise ChannelDown(f"the shop was not reached: {error!r}") from error
        except httpx2.RequestError as error:
            raise InDoubt(f"the shop did not answer: {error!r}") from error
        if response.status_code == 401:
            self._tokens.forget()
        if response.status_code != 200:
            raise _refused(response)
        try:
            read = msgspec.json.decode(response.content, type=answer)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise InDoubt(f"the shop's answer was not understood: {error}") from error
        if read.errors or read.data is None:
            raise _failed(read)
        return read.data, throttle_of(read.extensions.cost)


def _refused(response: httpx2.Response) -> ChannelDown | InDoubt:
    """What an answer other than 200 means."""
    status = response.status_code
    if status in MAYBE_DONE:
        return InDoubt(f"the shop answered {status}")
    text = f"the shop answered {status}: {ADVICE.get(status, response.reason_phrase or 'no reason given')}"
    if status not in {429, 503}:
        return ChannelDown(text)
    wait = response.headers.get("retry-after", "")
    return ChannelDown(text, Throttle(float(wait) if wait.replace(".", "", 1).isdecimal() else BUSY_S))


def _failed(answer: Answer[T]) -> ChannelDown | InDoubt:
    """What a list of errors means; one code that is not known to come first leaves all in doubt."""
    codes = {fault.extensions.code for fault in answer.errors}
    reason = reason_of(answer.errors) or "the shop gave no data and no reason"
    if not codes or codes - REFUSED:
        return InDoubt(reason)
    cost = answer.extensions.cost
    if TOO_DEAR in codes:
        return TooDear(reason, throttle_of(cost))
    return ChannelDown(reason, throttled_for(cost) if THROTTLED in codes else throttle_of(cost))
