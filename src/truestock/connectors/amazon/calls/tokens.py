"""The access tokens that calls carry: good for an hour, fetched with the refresh token, and renewed early."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Final

import httpx2
import msgspec

from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded, one_line
from truestock.connectors.amazon.settings import CLIENT_SECRET, REFRESH_TOKEN, AmazonSettings
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.veil import hide

URL: Final = "https://api.amazon.com/auth/o2/token"
EARLY_S: Final = 300.0
OF_SELLER: Final = ""
OF_APPLICATION: Final = "sellingpartnerapi::notifications"
ADVICE: Final = {
    "invalid_grant": "authorise the application again and store the new refresh token",
    "invalid_client": "check client_id and client_secret; a secret ends 180 days after it was made",
    "unauthorized_client": "the refresh token belongs to another application; check client_id",
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
    """The tokens of one application: for the seller who has authorised it, and for itself."""

    def __init__(self, client: httpx2.AsyncClient, settings: AmazonSettings, secrets: Mapping[str, str]) -> None:
        for name in (CLIENT_SECRET, REFRESH_TOKEN):
            value = secrets.get(name, "").strip()
            if not value:
                raise ValueError(f"the secret {name} is missing")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"{name}: give it as Amazon has shown it")
        self._client = client
        self._client_id = settings.client_id
        self._timeout_s = settings.timeout_s
        self._secret = secrets[CLIENT_SECRET].strip()
        self._refresh = secrets[REFRESH_TOKEN].strip()
        self._tokens: dict[str, tuple[str, float]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def current(self, whose: str = OF_SELLER) -> str:
        """A token that is good now. Raises ChannelDown."""
        async with self._one_at_a_time:
            token, until = self._tokens.get(whose, ("", 0.0))
            if monotonic() >= until:
                granted = await self._fetched(whose)
                token = granted.access_token
                hide([token])
                self._tokens[whose] = token, monotonic() + granted.expires_in - EARLY_S
            return token

    def forget(self) -> None:
        """Amazon does not take a token any more: fetch new ones."""
        self._tokens.clear()

    async def _fetched(self, whose: str) -> Granted:
        grant = (
            {"grant_type": "client_credentials", "scope": whose}
            if whose
            else {"grant_type": "refresh_token", "refresh_token": self._refresh}
        )
        form = {**grant, "client_id": self._client_id, "client_secret": self._secret}
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(URL, data=form, timeout=self._timeout_s, follow_redirects=False)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise ChannelDown(f"Login with Amazon gave no token ({type(error).__name__})") from error
        try:
            if response.status_code == 200:
                return decoded(response.content, Granted)
            denied = decoded(response.content, Denied)
        except NotAsAgreed as error:
            raise ChannelDown(f"Login with Amazon answered {response.status_code}, not as agreed: {error}") from error
        advice = ADVICE.get(denied.error, "check client_id, client_secret and refresh_token")
        raise ChannelDown(
            one_line(f"Login with Amazon gave no token ({response.status_code} {denied.error}): {advice}")
        )
