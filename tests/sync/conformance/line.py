"""The line between a connector and a counterpart that really answers, and what can happen on it."""

import asyncio
from collections.abc import Callable

import httpx2

Undo = Callable[[], None]


class Line(httpx2.AsyncBaseTransport):
    """Passes calls on. `writes` says which of them write stock; `keep` remembers what the counterpart shows, and gives
    what makes it show that again."""

    def __init__(
        self, to: httpx2.AsyncBaseTransport, writes: Callable[[httpx2.Request], bool], keep: Callable[[], Undo]
    ) -> None:
        self._to = to
        self._writes = writes
        self._keep = keep
        self.is_down = False
        self.failing = 0
        self.forgetting = False
        self.delays_s: list[float] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.is_down:
            raise httpx2.ConnectError("nobody is there", request=request)
        if self.delays_s:
            await asyncio.sleep(self.delays_s.pop(0))
        if not self._writes(request):
            return await self._to.handle_async_request(request)
        if self.failing:
            self.failing -= 1
            return httpx2.Response(500, content=b"{}", request=request)
        forgetting, self.forgetting = self.forgetting, False
        undo = self._keep()
        answer = await self._to.handle_async_request(request)
        if forgetting:
            undo()
        return answer

    async def aclose(self) -> None:
        await self._to.aclose()


class OnALine:
    """Of a world: what can happen to any counterpart."""

    line: Line

    def fail(self, calls: int) -> None:
        self.line.failing = calls

    async def down(self) -> None:
        self.line.is_down = True

    async def up(self) -> None:
        self.line.is_down = False

    def forget(self) -> None:
        self.line.forgetting = True

    def slow(self, calls: int, seconds: float) -> None:
        self.line.delays_s = [seconds] * calls
