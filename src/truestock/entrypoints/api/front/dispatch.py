"""The outermost layer: gives every request an id and a caller, answers the hot endpoints, counts, and encodes problems.

What is not hot goes on to the framework behind it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truestock.entrypoints.api.front.call import Call
from truestock.entrypoints.api.front.gate import Gate
from truestock.entrypoints.api.front.wire import Disconnected
from truestock.entrypoints.api.operate.tally import Tally
from truestock.entrypoints.api.problems import encoded
from truestock.entrypoints.api.problems.surface import Malformed

Hot = Callable[[Call], Awaitable[tuple[int, bytes]]]
Headers = list[tuple[bytes, bytes]]
JSON_TYPE = (b"content-type", b"application/json")
REQUEST_ID_MAX = 128
log = structlog.get_logger("truestock.api")


class Front:
    """`hot` is by (method, path). Once `stopping` is set, streams end."""

    def __init__(
        self, inner: ASGIApp, hot: Mapping[tuple[str, str], Hot], gate: Gate, tally: Tally, stopping: asyncio.Event
    ) -> None:
        self.stopping = stopping
        self._inner = inner
        self._hot = hot
        self._below = [(method, path) for method, path in hot if path.endswith("/")]
        self._gate = gate
        self._tally = tally
        self._prefix = os.urandom(6).hex().encode()
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        begun = perf_counter()
        call = Call(scope, receive)
        if not 0 < len(call.id) <= REQUEST_ID_MAX or not call.id.isascii() or not call.id.decode().isprintable():
            call.id = b"%s-%x" % (self._prefix, next(self._numbers))
        method, path = scope["method"], scope["path"]
        hot = self._hot.get((method, path)) or self._hot_below(method, path)
        try:
            self._gate.admit(call)
            if hot is None:
                await self._pass_on(call, send, begun)
                return
            status, body = await hot(call)
            headers: Headers = [JSON_TYPE]
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001  whatever it is, the caller is answered with a problem
            status, body, headers = self._problem(call, error)
        headers += ((b"content-length", b"%d" % len(body)), (b"x-request-id", call.id))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self._tally.count(method, self._label(path) if hot else "(refused)", status, perf_counter() - begun)

    def _hot_below(self, method: str, path: str) -> Hot | None:
        """What answers for all paths below one."""
        for above in self._below:
            if method == above[0] and path.startswith(above[1]):
                return self._hot[above]
        return None

    def _label(self, path: str) -> str:
        """How a path is counted: whoever calls must not be able to make up new ones."""
        return next((f"{above}*" for _, above in self._below if path.startswith(above)), path)

    async def _pass_on(self, call: Call, send: Send, begun: float) -> None:
        """Hand on to the framework; its answer gets the request's id, and is counted by the route it took."""
        status = 0
        call.scope.setdefault("state", {})["call"] = call

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", call.id)]
            await send(message)

        if b"%00" in call.scope["query_string"] or "\0" in call.scope["path"]:
            raise Malformed("the address has a NUL character; take it out")
        try:
            await self._inner(call.scope, call.receive, sending)
        except Exception as error:
            if status:
                raise
            status, body, headers = self._problem(call, error)
            headers.append((b"content-length", b"%d" % len(body)))
            await sending({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        took_s = perf_counter() - begun
        route = getattr(call.scope.get("route"), "path", "(none)")
        self._tally.count(call.scope["method"], route, status, took_s)
        log.info(
            "request",
            request_id=call.id.decode(),
            method=call.scope["method"],
            route=route,
            status=status,
            ms=round(took_s * 1000, 1),
            key=call.caller.key,
            actor=call.caller.actor,
        )

    def _problem(self, call: Call, error: Exception) -> tuple[int, bytes, Headers]:
        status, body, headers = encoded(error, call.scope["path"])
        if status == 500:
            log.error("failed", request_id=call.id.decode(), path=call.scope["path"], exc_info=error)
        return status, body, headers
