"""Fetches images to upload them to a shop, which fetches none itself; from servers alone that the settings name."""

import asyncio
import re
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Final

import httpx2

from truestock.connectors.reserving.http_calls import File, one_line

SIZE_MAX: Final = 20 * 1024 * 1024  # what Vendure takes at most unless it was told otherwise
STEM_MAX: Final = 80
ENDINGS: Final = {
    "image/avif": ".avif",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}


class NotFetched(Exception):
    """There is no such image to upload; it says why."""


class Pictures:
    """Images at servers, of which each is named by scheme, host and port."""

    def __init__(self, client: httpx2.AsyncClient, servers: Collection[str], timeout_s: float) -> None:
        self._client = client
        self._servers = {_server(httpx2.URL(server)) for server in servers}
        self._timeout_s = timeout_s

    def __bool__(self) -> bool:
        """Whether any may be fetched at all."""
        return bool(self._servers)

    async def fetch(self, url: str) -> File:
        """An image as a file to upload. Raises NotFetched."""
        try:
            parsed = httpx2.URL(url)
            if parsed.userinfo or _server(parsed) not in self._servers:
                raise NotFetched(f"{url} is at none of the servers in images_from; add its server there")
            async with asyncio.timeout(self._timeout_s):
                return await self._fetched(parsed)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TimeoutError) as error:
            raise NotFetched(f"{url} was not fetched: {one_line(f'{type(error).__name__} {error}')}") from error

    async def _fetched(self, url: httpx2.URL) -> File:
        headers = {"accept": ", ".join(ENDINGS), "accept-encoding": "identity"}
        async with self._client.stream("GET", url, headers=headers, follow_redirects=False) as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code != 200:
                raise NotFetched(f"{url} was not fetched: it answers {response.status_code}")
            if kind not in ENDINGS:
                raise NotFetched(f"{url} is {one_line(kind) or 'of no type'}; give one of {', '.join(ENDINGS)}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > SIZE_MAX:
                    raise NotFetched(f"{url} has over {SIZE_MAX // 1024 // 1024} MB; give a smaller image")
        return name_of(url, kind), bytes(body), kind


def name_of(url: httpx2.URL, kind: str) -> str:
    """What the file is called there: as here, as far as that is plain."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", PurePosixPath(url.path).stem).strip("-")[:STEM_MAX]
    return (stem or "image") + ENDINGS[kind]


def _server(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
