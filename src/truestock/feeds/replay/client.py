"""A client of a hub's API: asks again while the hub is busy or away, and tells refusals from faults."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
import msgspec

from truestock.feeds.replay.target import ReplayError

BUSY = frozenset({429, 503})
REFUSED = 409
PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, *(1.0 for _ in range(60)))
READ_TIMEOUT_S = 30.0  # the change stream gives a sign of life every 15 seconds


class _Problem(msgspec.Struct, frozen=True):
    detail: str


class _Line(msgspec.Struct, frozen=True):
    problem: _Problem | None = None


class _Answers(msgspec.Struct, frozen=True):
    refused: int
    lines: list[_Line]


class Client:
    """One for a replay; its connections are closed with it."""

    def __init__(self, url: str, key: str | None, connections: int) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {key}"} if key else {},
            limits=httpx2.Limits(max_connections=connections + 1),
            timeout=httpx2.Timeout(READ_TIMEOUT_S, pool=None),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def post(self, path: str, content: Any, key: str | None = None) -> tuple[int, bytes]:
        """The status, below 300 or that of a refusal, and the body. Sent again it must be the same, so give a key."""
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        return await self._ask("POST", path, headers, msgspec.json.encode(content))

    async def put_lines(self, path: str, lines: Sequence[Any], key: str | None = None) -> None:
        """Send lines of which none may be refused. Raises ReplayError."""
        _, body = await self.post(path, {"lines": lines}, key)
        told = msgspec.json.decode(body, type=_Answers)
        for line in told.lines:
            if line.problem is not None:
                why = line.problem.detail
                raise ReplayError(f"{path}: {told.refused} of {len(lines)} lines were refused, the first: {why}")

    async def get(self, path: str) -> bytes:
        """The body."""
        _, body = await self._ask("GET", path, {}, None)
        return body

    def stream(self, path: str, headers: dict[str, str]) -> AbstractAsyncContextManager[httpx2.Response]:
        """A response that is read as it comes, with nothing asked again."""
        return self._http.stream("GET", path, headers=headers)

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes]:
        """Busy and away are asked again for about a minute; what is left ends the replay."""
        for pause_s in PAUSES_S:
            try:
                found = await self._http.request(method, path, content=body, headers=headers)
            except httpx2.TransportError as error:
                said = f"{type(error).__name__} {error}"
            else:
                if found.status_code < 300 or found.status_code == REFUSED:
                    return found.status_code, found.content
                said = f"{found.status_code} {found.text[:300]}"
                if found.status_code not in BUSY:
                    break
            await asyncio.sleep(pause_s)
        raise ReplayError(f"{path}: {said}")
