"""One call to a Medusa server's Admin API, and which way it failed: without effect, or nobody knows."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import httpx2

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.medusa.answers import Refusal
from truestock.connectors.medusa.settings import API_KEY, MedusaSettings
from truestock.connectors.reserving.http_calls import ShopServer, checked_url, decoded, given, one_line, refused

T = TypeVar("T")
Query = Sequence[tuple[str, str]]
PREFIX: Final = "/admin"
ADVICE: Final = {
    401: "check the secret API key; it may have been revoked",
    403: "check the secret API key, and that a firewall before the server lets the hub pass",
    404: "there is no Medusa Admin API at this URL; give the server's address without /admin or /app",
}


class Refused(Exception):
    """The shop will not do it, for a reason of the objects concerned; nothing was changed. `status` is HTTP's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class AdminApi:
    """The Admin API of one server."""

    def __init__(self, client: httpx2.AsyncClient, settings: MedusaSettings, secrets: Mapping[str, str]) -> None:
        key = given(secrets, API_KEY)
        if ":" in key:
            raise ValueError(f"{API_KEY}: give it as Medusa has shown it, beginning with sk_")
        auth = httpx2.BasicAuth(key, "")
        headers = dict(next(auth.auth_flow(httpx2.Request("GET", settings.url))).headers)
        self._server = ShopServer(
            client, checked_url(settings.url), {"authorization": headers["authorization"]}, settings.timeout_s
        )

    async def read(self, path: str, query: Query, form: type[T]) -> T:
        """Ask something. Raises ChannelDown."""
        try:
            return await self._call("GET", f"{path}?{httpx2.QueryParams(list(query))}", None, form)
        except Refused as no:
            raise ChannelDown(f"the shop refused to tell: {no}") from no
        except InDoubt as doubt:
            raise ChannelDown(str(doubt)) from doubt

    async def write(self, path: str, body: Mapping[str, object], form: type[T]) -> T:
        """Change something. Raises ChannelDown or Refused when it had no effect, InDoubt when it may have had one."""
        return await self._call("POST", path, body, form)

    async def delete(self, path: str) -> None:
        """Take something away. Raises as `write` does."""
        await self._call("DELETE", path, None, dict[str, object])

    async def _call(self, method: str, path: str, body: object, form: type[T]) -> T:
        response = await self._server.call(method, PREFIX + path, body)
        if 200 <= response.status_code < 300:
            return decoded(response, form)
        told = _told(response)
        # 409 is of a lock that somebody else holds; the rest of these name an object, and the API itself is there.
        if response.status_code in {400, 404, 409, 422} and told.type:
            raise Refused(response.status_code, one_line(told.message or told.type))
        raise refused(response, told.message, ADVICE)


def _told(response: httpx2.Response) -> Refusal:
    try:
        return decoded(response, Refusal)
    except InDoubt:
        return Refusal()
