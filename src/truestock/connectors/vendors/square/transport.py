"""One call to Square's API, and which way it failed: without effect, or nobody knows."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.reserving.http_calls import ShopServer, decoded, one_line, refused
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.square.forms import Page
from truestock.connectors.vendors.square.settings import VERSION, SquareSettings
from truestock.connectors.vendors.square.tokens import Tokens

T = TypeVar("T")
P = TypeVar("P", bound=Page)
PAGES_MAX: Final = 50
UNAUTHORIZED: Final = 401
ADVICE: Final = {
    401: "check the access token, and that it is of the environment that is set",
    403: "the access token lacks a permission: it needs INVENTORY_READ, INVENTORY_WRITE, ITEMS_READ, ORDERS_READ, "
    "ORDERS_WRITE and MERCHANT_PROFILE_READ",
    404: "Square does not know what was asked for; is the location's ID of this seller?",
}
# Refusals of what the call is about, rather than of who calls or how often.
OF_THE_OBJECTS: Final = frozenset({400, 404, 409, 422})


class SquareError(msgspec.Struct, frozen=True):
    """One reason of a refusal."""

    code: str = ""
    detail: str = ""
    field: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """How a call is refused."""

    errors: list[SquareError] = []

    @property
    def text(self) -> str:
        """In Square's words."""
        said = [" ".join(part for part in (one.code, one.detail, one.field) if part) for one in self.errors]
        return one_line("; ".join(said))


class SquareApi:
    """The API, as one seller's application."""

    def __init__(self, client: httpx2.AsyncClient, settings: SquareSettings, tokens: Tokens) -> None:
        self._client = client
        self._url = settings.url
        self._timeout_s = settings.timeout_s
        self._tokens = tokens

    async def read(self, method: str, path: str, body: object, form: type[T]) -> T:
        """Ask something. Raises ChannelDown."""
        found, _at = await self.read_at(method, path, body, form)
        return found

    async def read_at(self, method: str, path: str, body: object, form: type[T]) -> tuple[T, datetime]:
        """The same, and an instant by Square's clock, not after the one at which it was so. Raises ChannelDown."""
        begun_s = monotonic()
        try:
            response = await self._call(method, path, body)
            return decoded(response, form), _not_after(response, monotonic() - begun_s)
        except Refused as no:
            raise ChannelDown(f"Square refused to tell: {no}") from no
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def pages(self, path: str, body: Mapping[str, Any], form: type[P]) -> AsyncIterator[tuple[P, datetime]]:
        """All pages of an answer. Raises ChannelDown."""
        asked = dict(body)
        for _ in range(PAGES_MAX):
            page, at = await self.read_at("POST", path, asked, form)
            yield page, at
            if not page.cursor:
                return
            asked["cursor"] = page.cursor
        raise ChannelDown(f"Square's answer to {path} has over {PAGES_MAX} pages")

    async def write(self, method: str, path: str, body: object, form: type[T]) -> T:
        """Change something. Raises ChannelDown or Refused when it had no effect, InDoubt when it may have had one."""
        return decoded(await self._call(method, path, body), form)

    async def _call(self, method: str, path: str, body: object) -> httpx2.Response:
        response = await self._sent(method, path, body)
        # A token may be called back before its time; a call that was not let in had no effect.
        if response.status_code == UNAUTHORIZED and self._tokens.forget():
            response = await self._sent(method, path, body)
        if 200 <= response.status_code < 300:
            return response
        told = _told(response)
        if response.status_code in OF_THE_OBJECTS and told:
            raise Refused(told)
        raise refused(response, told, ADVICE)

    async def _sent(self, method: str, path: str, body: object) -> httpx2.Response:
        headers = {"authorization": f"Bearer {await self._tokens.current()}", "square-version": VERSION}
        return await ShopServer(self._client, self._url, headers, self._timeout_s).call(method, path, body)


def _told(response: httpx2.Response) -> str:
    try:
        return decoded(response, Refusal).text
    except InDoubt:
        return ""


def _not_after(response: httpx2.Response, took_s: float) -> datetime:
    """When Square was asked, by the second in which it answered; by our own clock, where it does not say."""
    try:
        answered = parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        answered = datetime.now(UTC)
    return answered - timedelta(seconds=took_s)
