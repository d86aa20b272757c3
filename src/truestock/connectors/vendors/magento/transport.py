"""One call to a shop's REST API, and which way it failed: without effect, or nobody knows."""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.reserving.http_calls import ShopServer, checked_url, decoded, given, one_line, refused
from truestock.connectors.vendors.batches import Refused
from truestock.connectors.vendors.magento.search import Search
from truestock.connectors.vendors.magento.settings import ACCESS_TOKEN, MagentoSettings

T = TypeVar("T")
NO_ROUTE: Final = "match any route"
PLACEHOLDER: Final = re.compile(r"%(\w+)")
ADVICE: Final = {
    401: "check the access token, that Stores > Configuration > Services > OAuth > Allow OAuth Access Tokens to be "
    "used as standalone Bearer tokens is Yes, and that the integration has the resources Sales and Inventory",
    403: "the integration lacks the resource named, or a firewall stands before the shop",
    404: "there is no Magento REST API at this URL and store view; give the shop's base URL, and see that the modules "
    "of Inventory Management (MSI) are on",
}


class Refusal(msgspec.Struct, frozen=True):
    """How a call is refused: `message` has placeholders, by number or by name, for `parameters`."""

    message: str = ""
    parameters: list[object] | dict[str, object] | None = None

    @property
    def text(self) -> str:
        """With the parameters in their places."""
        given_: dict[str, object] = {}
        match self.parameters:
            case dict(named):
                given_ = named
            case list(counted):
                given_ = {str(place): value for place, value in enumerate(counted, 1)}
        return one_line(PLACEHOLDER.sub(lambda hit: str(given_.get(hit[1], hit[0])), self.message))


class RestApi:
    """The REST API of one shop."""

    def __init__(self, client: httpx2.AsyncClient, settings: MagentoSettings, secrets: Mapping[str, str]) -> None:
        headers = {"authorization": f"Bearer {given(secrets, ACCESS_TOKEN)}"}
        base = f"{checked_url(settings.url)}/rest/{settings.store_view}/V1"
        self._server = ShopServer(client, base, headers, settings.timeout_s)

    async def find(self, path: str, search: Search, form: type[T]) -> T:
        """A page of what is searched. Raises ChannelDown."""
        return await self.read(f"{path}?{httpx2.QueryParams(search.query)}", form)

    async def read(self, path: str, form: type[T]) -> T:
        """Ask for what has to be there. Raises ChannelDown."""
        try:
            return await self.look(path, form)
        except Refused as no:
            raise ChannelDown(f"the shop refused to tell: {no}") from no

    async def look(self, path: str, form: type[T]) -> T:
        """Ask for what may not be there. Raises ChannelDown and Refused."""
        try:
            return decoded(await self._call("GET", path, None), form)
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def write(self, path: str, body: object) -> bytes:
        """Change something. Raises ChannelDown or Refused when it had no effect, InDoubt when it may have had one."""
        return (await self._call("POST", path, body)).content

    async def _call(self, method: str, path: str, body: object) -> httpx2.Response:
        response = await self._server.call(method, path, body)
        if 200 <= response.status_code < 300:
            return response
        told = _told(response)
        if response.status_code in {400, 404} and told and NO_ROUTE not in told:
            raise Refused(told)
        raise refused(response, told, ADVICE)


def _told(response: httpx2.Response) -> str:
    try:
        return decoded(response, Refusal).text
    except InDoubt:
        return ""
