"""The access tokens that calls carry: one that does not end, or those of a seller's consent, which last 30 days and are
renewed every week."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated, Final, Protocol

import httpx2
import msgspec
from msgspec import Meta

from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.contract.veil import hide, veiled
from truestock.connectors.reserving.http_calls import ShopServer, decoded, given, one_line, refused
from truestock.connectors.vendors.square.settings import (
    ACCESS_TOKEN,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    VERSION,
    SquareSettings,
)

log = logging.getLogger(__name__)
PATH: Final = "/oauth2/token"
# Square's own advice, so that three more tries are left before the token ends.
RENEW_EVERY_S: Final = 7 * 86_400.0
# A token that lasts shorter is used for this part of its time.
PART: Final = 0.5
# Where there is no new one, the one that is still good is used, and after so long another is asked for.
AGAIN_S: Final = 3_600.0
ADVICE: Final = {
    400: "check client_id, and let the seller consent to the application again for a new refresh_token",
    401: "check client_id, client_secret and refresh_token, and that they are of the environment that is set",
    404: "check client_id, and the environment that is set",
}


class Tokens(Protocol):
    """Where a call's token comes from."""

    async def current(self) -> str:
        """A token that is good now. Raises ChannelDown."""
        ...

    def forget(self) -> bool:
        """Square does not take the token any more: whether there is another to be had."""
        ...


class Granted(msgspec.Struct, frozen=True):
    """A token, and until when it is good. The code flow's refresh token stays the same."""

    access_token: str
    expires_at: Annotated[datetime, Meta(tz=True)]


class Reason(msgspec.Struct, frozen=True):
    """One error."""

    code: str = ""
    detail: str = ""


class Denied(msgspec.Struct, frozen=True):
    """Why there is no token, in either of two forms."""

    errors: list[Reason] = []
    message: str = ""

    @property
    def text(self) -> str:
        """In Square's words."""
        return "; ".join(f"{one.code} {one.detail}".strip() for one in self.errors) or self.message


class OneToken:
    """A personal access token, which does not end."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def current(self) -> str:
        """The same always."""
        return self._token

    def forget(self) -> bool:
        """There is no other."""
        return False


class RenewedTokens:
    """The tokens of one seller's consent."""

    def __init__(self, client: httpx2.AsyncClient, settings: SquareSettings, secrets: Mapping[str, str]) -> None:
        self._server = ShopServer(client, settings.url, {"square-version": VERSION}, settings.timeout_s)
        self._body = {
            "client_id": settings.client_id,
            "client_secret": given(secrets, CLIENT_SECRET),
            "grant_type": "refresh_token",
            "refresh_token": given(secrets, REFRESH_TOKEN),
        }
        self._token = ""
        self._renew_at = self._ends_at = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good now. Raises ChannelDown."""
        async with self._one_at_a_time:
            if monotonic() >= self._renew_at:
                try:
                    await self._renew()
                except ChannelDown as fault:
                    left_s = self._ends_at - monotonic()
                    if left_s <= 0:
                        raise
                    log.warning("the old token is used for %.0f s at most: %s", left_s, veiled(str(fault)))
                    pause_s = max(AGAIN_S, fault.throttle.retry_after_s)
                    self._renew_at = monotonic() + min(pause_s, left_s * PART)
            return self._token

    def forget(self) -> bool:
        """Fetch a new one."""
        self._renew_at = self._ends_at = 0.0
        return True

    async def _renew(self) -> None:
        granted = await self._fetched()
        hide([granted.access_token])
        left_s = (granted.expires_at - datetime.now(UTC)).total_seconds()
        self._token = granted.access_token
        self._renew_at, self._ends_at = monotonic() + min(RENEW_EVERY_S, left_s * PART), monotonic() + left_s

    async def _fetched(self) -> Granted:
        try:
            response = await self._server.call("POST", PATH, self._body)
            if response.status_code == 200:
                return decoded(response, Granted)
            denied = refused(response, _told(response), ADVICE)
        except (ChannelDown, InDoubt) as fault:
            denied = fault
        throttle = denied.throttle if isinstance(denied, ChannelDown) else None
        raise ChannelDown(one_line(f"Square gave no token: {denied}"), throttle) from denied


def tokens_of(client: httpx2.AsyncClient, settings: SquareSettings, secrets: Mapping[str, str]) -> Tokens:
    """By what is given. Raises ValueError when a secret is missing."""
    if settings.client_id:
        return RenewedTokens(client, settings, secrets)
    if not secrets.get(ACCESS_TOKEN, "").strip():
        raise ValueError(
            f"the secret {ACCESS_TOKEN} is missing; or set client_id, and give {CLIENT_SECRET} and {REFRESH_TOKEN}"
        )
    return OneToken(given(secrets, ACCESS_TOKEN))


def _told(response: httpx2.Response) -> str:
    try:
        return decoded(response, Denied).text
    except InDoubt:
        return ""
