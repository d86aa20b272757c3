"""The token that a call carries: the one that was given, or one fetched with the app's client secret until it ends."""

from collections.abc import Mapping
from time import monotonic
from typing import Final

import httpx2
import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.veil import hide
from truestock.connectors.shopify.settings import ShopifySettings

ACCESS_TOKEN: Final = "access_token"  # noqa: S105  the name of the secret, not the secret
CLIENT_SECRET: Final = "client_secret"  # noqa: S105  the name of the secret, not the secret
SECRETS: Final = {
    ACCESS_TOKEN: "A lasting Admin API access token of the app; left out where the client ID is set.",
    CLIENT_SECRET: "The app's client secret (API secret key): it verifies webhooks, and fetches tokens where the "
    "client ID is set; where an app with a lasting token has none, the shop is polled alone.",
}
EARLY_S = 300.0


class Granted(msgspec.Struct, frozen=True):
    """A token, and the seconds for which it is good."""

    access_token: str
    expires_in: float


class Tokens:
    """The tokens of one app in one shop."""

    def __init__(self, client: httpx2.AsyncClient, settings: ShopifySettings, secrets: Mapping[str, str]) -> None:
        needed = CLIENT_SECRET if settings.client_id else ACCESS_TOKEN
        if not secrets.get(needed, "").strip():
            raise ValueError(f"the secret {needed} is missing")
        self._client = client
        self._settings = settings
        self._secret = secrets[needed].strip()
        self._token = ""
        self._until = 0.0

    async def current(self) -> str:
        """A token that is good now. Raises ChannelDown."""
        if not self._settings.client_id:
            return self._secret
        if monotonic() >= self._until:
            granted = await self._fetched()
            hide([granted.access_token])
            self._token, self._until = granted.access_token, monotonic() + granted.expires_in - EARLY_S
        return self._token

    def forget(self) -> None:
        """The shop does not know the token any more: fetch another one next time."""
        self._until = 0.0

    async def _fetched(self) -> Granted:
        settings = self._settings
        form = {"grant_type": "client_credentials", "client_id": settings.client_id, "client_secret": self._secret}
        url = f"https://{settings.shop}/admin/oauth/access_token"
        try:
            response = await self._client.post(url, data=form, timeout=settings.timeout_s)
        except httpx2.RequestError as error:
            raise ChannelDown(f"the shop gave no token: {error!r}") from error
        if response.status_code != 200:
            advice = "check the client ID and secret, and that the app is installed in this shop"
            raise ChannelDown(f"the shop gave no token, but {response.status_code}; {advice}")
        try:
            return msgspec.json.decode(response.content, type=Granted)
        except msgspec.DecodeError as error:
            raise ChannelDown("the shop's answer to the request for a token was not understood") from error
