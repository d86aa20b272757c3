"""The access tokens that calls carry: good for two hours, fetched with a refresh token, and renewed early."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Final

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.contract.veil import hide
from truestock.connectors.reserving.http_calls import decoded, given, one_line
from truestock.connectors.vendors.ebay.settings import CLIENT_SECRET, REFRESH_TOKEN, EbaySettings

PATH: Final = "/identity/v1/oauth2/token"
EARLY_S: Final = 300.0
ADVICE: Final = {
    "invalid_grant": "let the seller consent to the application again and store the new refresh token",
    "invalid_client": "check client_id and client_secret, and that they are of the environment that is set",
}


class Granted(msgspec.Struct, frozen=True):
    """A token, and the seconds for which it is good."""

    access_token: str
    expires_in: float


class Denied(msgspec.Struct, frozen=True):
    """Why there is no token."""

    error: str = ""
    error_description: str = ""


class Tokens:
    """The tokens of one seller's consent."""

    def __init__(self, client: httpx2.AsyncClient, settings: EbaySettings, secrets: Mapping[str, str]) -> None:
        self._client = client
        self._url = settings.url + PATH
        self._timeout_s = settings.timeout_s
        self._auth = httpx2.BasicAuth(settings.client_id, given(secrets, CLIENT_SECRET))
        self._form = {"grant_type": "refresh_token", "refresh_token": given(secrets, REFRESH_TOKEN)}
        self._token = ""
        self._until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good now. Raises ChannelDown."""
        async with self._one_at_a_time:
            if monotonic() >= self._until:
                granted = await self._fetched()
                hide([granted.access_token])
                self._token, self._until = granted.access_token, monotonic() + granted.expires_in - EARLY_S
            return self._token

    def forget(self) -> None:
        """eBay does not take the token any more: fetch a new one."""
        self._until = 0.0

    async def _fetched(self) -> Granted:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(
                    self._url, data=self._form, auth=self._auth, timeout=self._timeout_s, follow_redirects=False
                )
        except (httpx2.HTTPError, TimeoutError) as error:
            raise ChannelDown(f"eBay gave no token ({type(error).__name__})") from error
        try:
            if response.status_code == 200:
                return decoded(response, Granted)
            denied = decoded(response, Denied)
        except InDoubt as doubt:
            raise ChannelDown(f"eBay gave no token ({response.status_code}): {doubt}") from doubt
        advice = ADVICE.get(denied.error, "check client_id, client_secret and refresh_token")
        raise ChannelDown(one_line(f"eBay gave no token ({response.status_code} {denied.error}): {advice}"))
