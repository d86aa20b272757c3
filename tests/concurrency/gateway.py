"""A shop's gateway: every buyer's request goes to one server, over connections that are kept open and used in turns.

A connection carries one request at a time and takes the next buyer when it has its answer."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from tests.concurrency.crowd import Call


@dataclass(frozen=True, slots=True)
class Served:
    """One buyer's answer: who gave it, its HTTP status, and how long it took from the request to its last byte."""

    ref: str
    server: str
    status: int
    took_s: float


def serve_all(crowds: Mapping[str, Sequence[Call]], connections: int, allowed: frozenset[int]) -> list[Served]:
    """The orders for each server, by its address; `connections` to each, all of them opened before the first request.

    Any status that is not allowed ends it."""
    return uvloop.run(_serve_all(crowds, connections, allowed))


async def _serve_all(crowds: Mapping[str, Sequence[Call]], connections: int, allowed: frozenset[int]) -> list[Served]:
    served: list[Served] = []
    opened: list[_Connection] = []
    for url, crowd in crowds.items():
        buyers = iter([(str(call.body["ref"]), _request(url, call)) for call in crowd])
        opened += [await _open(_Connection(url, buyers, served, allowed)) for _ in range(connections)]
    for connection in opened:
        connection.ask()
    await asyncio.gather(*(connection.done for connection in opened))
    return served


async def _open(connection: "_Connection") -> "_Connection":
    server = urlsplit(connection.server)
    assert server.hostname
    await asyncio.get_running_loop().create_connection(lambda: connection, server.hostname, server.port or 80)
    return connection


def _request(url: str, order: Call) -> bytes:
    body = msgspec.json.encode(order.body)
    head = f"POST /v1/orders HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Type: application/json\r\n"
    return b"%sContent-Length: %d\r\n\r\n%s" % (head.encode(), len(body), body)


class _Connection(asyncio.Protocol):
    """No streams: fifty thousand requests on those would take a core from the servers for seconds."""

    def __init__(
        self, server: str, buyers: Iterator[tuple[str, bytes]], served: list[Served], allowed: frozenset[int]
    ) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.server, self._buyers, self._served, self._allowed = server, buyers, served, allowed
        self._ref, self._asked_at, self._got = "", 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self) -> None:
        """The next buyer's request; where none is left the connection closes."""
        self._ref, request = next(self._buyers, ("", b""))
        if not request:
            self._transport.close()
            return
        self._asked_at = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, mark, body = self._got.partition(b"\r\n\r\n")
        if not mark or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            return
        took_s, status = perf_counter() - self._asked_at, int(head[9:12])
        if status not in self._allowed:
            self._fail(f"{self._ref} was answered {status}: {body[:300]!r}")
            return
        self._served.append(Served(self._ref, self.server, status, took_s))
        self._got = b""
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ref:
            self._fail(f"{self._ref} was not answered: {exc or 'the server closed the connection'}")
        elif not self.done.done():
            self.done.set_result(None)

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(AssertionError(why))
