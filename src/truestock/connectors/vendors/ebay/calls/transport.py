"""One call to eBay's API, and which way it failed: without effect, or nobody knows."""

from typing import Final, TypeVar

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.reserving.http_calls import ShopServer, decoded, one_line, refused
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.ebay.calls.tokens import Tokens
from truestock.connectors.vendors.ebay.settings import EbaySettings

T = TypeVar("T")
UNAUTHORIZED: Final = 401
ADVICE: Final = {
    401: "let the seller consent to the application again and store the new refresh token",
    403: "the seller's consent lacks a scope: it needs sell.inventory and sell.fulfillment",
    404: "eBay does not know what was asked for",
}
# Refusals of what the call is about, rather than of who calls or how often.
OF_THE_OBJECTS: Final = frozenset({400, 404, 409})


class EbayError(msgspec.Struct, frozen=True):
    """One reason of a refusal."""

    error_id: int = msgspec.field(name="errorId", default=0)
    message: str = ""
    long_message: str = msgspec.field(name="longMessage", default="")


class Refusal(msgspec.Struct, frozen=True):
    """How a call is refused."""

    errors: list[EbayError] = []

    @property
    def text(self) -> str:
        """In eBay's words."""
        return said(self.errors)


def said(errors: list[EbayError]) -> str:
    """Reasons in eBay's words."""
    return one_line("; ".join(f"{one.error_id} {one.long_message or one.message}" for one in errors))


class EbayApi:
    """The API, as one seller's application."""

    def __init__(self, client: httpx2.AsyncClient, settings: EbaySettings, tokens: Tokens) -> None:
        self._client = client
        self._url = settings.url
        self._timeout_s = settings.timeout_s
        self._tokens = tokens

    async def read(self, path: str, form: type[T]) -> T:
        """Ask for what has to be there. Raises ChannelDown."""
        try:
            return await self.look(path, form)
        except Refused as no:
            raise ChannelDown(f"eBay refused to tell: {no}") from no

    async def look(self, path: str, form: type[T]) -> T:
        """Ask for what may not be there. Raises ChannelDown and Refused."""
        try:
            return decoded(await self._call("GET", path, None), form)
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def write(self, path: str, body: object) -> httpx2.Response:
        """Change something. Raises ChannelDown or Refused when it had no effect, InDoubt when it may have had one."""
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: object) -> httpx2.Response:
        response = await self._sent(method, path, body)
        if response.status_code == UNAUTHORIZED:
            # A token may be called back before its time; a call that was not let in had no effect.
            self._tokens.forget()
            response = await self._sent(method, path, body)
        if 200 <= response.status_code < 300:
            return response
        told = _told(response)
        if response.status_code in OF_THE_OBJECTS:
            raise Refused(told or f"eBay answered {response.status_code} without a reason")
        raise refused(response, told, ADVICE)

    async def _sent(self, method: str, path: str, body: object) -> httpx2.Response:
        headers = {"authorization": f"Bearer {await self._tokens.current()}"}
        return await ShopServer(self._client, self._url, headers, self._timeout_s).call(method, path, body)


def _told(response: httpx2.Response) -> str:
    try:
        return decoded(response, Refusal).text
    except InDoubt:
        return ""
