"""One file at a URL: fetched from an address that was judged, asked for only where it changed, never sent on elsewhere.

No proxy of the environment, no redirect and no cookie is followed or kept."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ssl import SSLContext, create_default_context
from typing import BinaryIO, Final

import httpx2

from truestock.connections.outside.guard import Address, checked_url
from truestock.connections.outside.pinned import Lookup, NotAllowed, judged, looked_up, pinned, port_of
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.veil import hide
from truestock.connectors.files.folders.folder import Entry
from truestock.connectors.files.sheets.reading import NoSheet
from truestock.core.problems import Invalid
from truestock.feeds.file_sources.doors.door import Fetched, Rest, Tags, told_as_of
from truestock.feeds.file_sources.settings import ERRAND, AtUrl, SourceSettings

MB: Final = 2**20
WHOLE_S: Final = 900.0
ADDRESSES_MAX: Final = 3
TAG_MAX: Final = 500
_NOT_LET_IN: Final = (401, 403, 407)
_GONE: Final = (404, 410)


class UrlDoor:
    """`on_lan` opens the user's own network, also by http."""

    def __init__(
        self,
        where: AtUrl,
        settings: SourceSettings,
        secrets: Mapping[str, str],
        *,
        on_lan: bool,
        tls: SSLContext | None = None,
        lookup: Lookup = looked_up,
    ) -> None:
        self._where = where
        self._headers = _headers(settings.user, secrets)
        self._on_lan = on_lan
        self._most = settings.file_max_mb * MB
        self._timeout_s = settings.timeout_s
        self._tls = tls
        self._look_up = lookup

    async def waiting(self, _is_read: Callable[[Entry], bool], _rest: Rest | None) -> list[Entry]:
        """The one file, of which nothing is known before it is asked for."""
        return [Entry(self._where.name, -1, datetime.fromtimestamp(0, UTC))]

    async def fetch(self, _: Entry, tags: Tags, out: BinaryIO) -> Fetched | None:
        """The file, as of when its server says that it was changed, or of now. Raises NoSheet and ChannelDown."""
        begun = datetime.now(UTC)
        try:
            async with asyncio.timeout(WHOLE_S):
                found = await self._fetched(tags, out)
        except Invalid as problem:
            raise ChannelDown(problem.detail) from None
        except (NotAllowed, TimeoutError, httpx2.HTTPError, OSError, UnicodeError, ValueError) as error:
            raise ChannelDown(f"{self._where.shown} is not reached: {str(error) or type(error).__name__}") from error
        if found is None:
            return None
        as_of, stated = told_as_of(_changed_at(found.last_modified), begun)
        return Fetched(Entry(self._where.name, out.tell(), as_of), as_of, stated, found)

    async def put_away(self, entry: Entry, *, good: bool) -> None:
        """It stays where it is."""

    async def about(self) -> str:
        """The URL."""
        return self._where.shown

    async def close(self) -> None:
        """Nothing is held."""

    async def _fetched(self, tags: Tags, out: BinaryIO) -> Tags | None:
        url = checked_url(self._where.url, to_lan=self._on_lan, errand=ERRAND)
        found = await asyncio.to_thread(self._look_up, url.raw_host.decode("ascii"), port_of(url))
        *others, last = judged(url, found, to_lan=self._on_lan, errand=ERRAND)[:ADDRESSES_MAX]
        tls = self._tls or create_default_context()
        async with httpx2.AsyncHTTPTransport(verify=tls, trust_env=False) as transport:
            for address in others:
                try:
                    return await self._asked(transport, url, address, tags, out)
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    continue
            return await self._asked(transport, url, last, tags, out)

    async def _asked(
        self, transport: httpx2.AsyncHTTPTransport, url: httpx2.URL, address: Address, tags: Tags, out: BinaryIO
    ) -> Tags | None:
        headers = dict(self._headers)
        if tags.etag:
            headers["if-none-match"] = tags.etag
        if tags.last_modified:
            headers["if-modified-since"] = tags.last_modified
        timeout = httpx2.Timeout(self._timeout_s).as_dict()
        response = await transport.handle_async_request(pinned("GET", url, address, headers, timeout))
        found = Tags(response.headers.get("etag", "")[:TAG_MAX], response.headers.get("last-modified", "")[:TAG_MAX])
        try:
            unchanged = response.status_code == 304 and tags != Tags()
            if not unchanged:
                await self._read(response, out)
        finally:
            await response.aclose()
        if not unchanged:
            return found
        if found.last_modified in ("", tags.last_modified):
            return None
        # The same content was written anew: what it says is true as of then.
        return await self._asked(transport, url, address, Tags(), out)

    async def _read(self, response: httpx2.Response, out: BinaryIO) -> None:
        self._check(response)
        async for piece in response.aiter_raw():
            out.write(piece)
            if out.tell() > self._most:
                raise self._too_big()

    def _check(self, response: httpx2.Response) -> None:
        """Raises ChannelDown for an answer that is no file, NoSheet for one that is too big."""
        status = response.status_code
        if 300 <= status < 400:
            to = response.headers.get("location", "")[:200]
            raise ChannelDown(f"{self._where.shown} sends on to {to or 'nowhere'}: give that address, if it is right")
        if status in _NOT_LET_IN:
            raise ChannelDown(f"{self._where.shown} does not let us in ({status}): check user, password and header")
        if status in _GONE:
            raise ChannelDown(f"there is no file at {self._where.shown} ({status}): check the address")
        if status != 200:
            raise ChannelDown(f"{self._where.shown} answers {status} instead of a file")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise NoSheet(1, "the server packs the file though it was asked not to; ask its operator to send it plain")
        length = response.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._most:
            raise self._too_big()

    def _too_big(self) -> NoSheet:
        return NoSheet(1, f"the file has over {self._most // MB} MB; split it")


def _headers(user: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """What lets us in. Raises ValueError, which shows no secret."""
    found: dict[str, str] = {}
    if "header" in secrets:
        name, colon, value = secrets["header"].partition(":")
        if not (colon and name.strip() and value.strip() and secrets["header"].isascii()):
            raise ValueError("header: write it as Name: value, in ASCII characters")
        if not (name.strip().replace("-", "").isalnum() and value.strip().isprintable()):
            raise ValueError("header: write it as Name: value, on one line")
        found[name.strip().lower()] = value.strip()
        hide([value.strip(), value.split()[-1]])
    if user or "password" in secrets:
        if not user or ":" in user:
            raise ValueError("user: give the account that the password is of, without a colon in it")
        known = f"{user}:{secrets.get('password', '')}"
        found["authorization"] = f"Basic {b64encode(known.encode()).decode()}"
        hide([known])
    return found


def _changed_at(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
