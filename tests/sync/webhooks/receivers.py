"""Receivers of webhooks: real HTTP servers beside the test, which verify signatures and can be made to misbehave."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Seen:
    """A call that came in; `peer` is where from, `sni` the name asked for in TLS."""

    target: str
    headers: dict[str, str]
    body: bytes
    sni: str | None = None

    @property
    def event(self) -> dict[str, Any]:
        """The event in it."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verify(self, secret: str) -> None:
        """Judge the signature as the reference library does."""
        Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers what `answers` says by call, the last one for ever: a status, or hang, drip, break, or a whole answer."""

    answers: list[int | str | bytes] = field(default_factory=lambda: [204])
    seen: list[Seen] = field(default_factory=list)
    on_call: Callable[[Seen], None] = lambda _: None
    flying: int = 0
    most: int = 0
    slow_s: float = 0.0
    port: int = 0
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/in?q=1"

    @property
    def events(self) -> list[str]:
        """The kinds of the events that came in."""
        return [seen.event["type"] for seen in self.seen]

    @property
    def ids(self) -> list[str]:
        """Their ids, as the header says them."""
        return [seen.headers["webhook-id"] for seen in self.seen]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
                while await self._once(reader, writer):
                    pass
        finally:
            writer.transport.abort()

    async def _once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        tls = writer.get_extra_info("ssl_object")
        seen = Seen(first.split(" ")[1], headers, body, getattr(tls, "asked_for", None))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.seen.append(seen)
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            self.on_call(seen)
            await asyncio.sleep(self.slow_s)
            return await self._answer(answer, reader, writer)
        finally:
            self.flying -= 1

    async def _answer(
        self, answer: int | str | bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if answer == "hang":
            await reader.read()
            return False
        if answer == "break":
            return False
        if answer == "drip":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n")
            while not reader.at_eof():
                writer.write(b" ")
                await asyncio.sleep(0.02)
            return False
        if answer == "flood":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n")
            while not reader.at_eof():
                writer.write(b" " * 65_536)
                await writer.drain()
            return False
        if isinstance(answer, int):
            answer = b"HTTP/1.1 %d Said\r\ncontent-length: 0\r\n\r\n" % answer
        assert isinstance(answer, bytes)
        writer.write(answer)
        await writer.drain()
        return True


@contextmanager
def answering(*receivers: Receiver) -> Iterator[None]:
    """The receivers answer on loopback, from a thread of their own, until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    calls: list[asyncio.StreamWriter] = []

    def of(receiver: Receiver) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            calls.append(writer)
            served.add(loop.create_task(receiver.serve(reader, writer)))

        served: set[asyncio.Task[None]] = set()
        return called

    async def up() -> list[asyncio.Server]:
        servers = []
        for receiver in receivers:
            server = await asyncio.start_server(of(receiver), "127.0.0.1", receiver.port, ssl=receiver.tls)
            receiver.port = server.sockets[0].getsockname()[1]
            servers.append(server)
        return servers

    async def down(servers: list[asyncio.Server]) -> None:
        # Who has called and is not answered yet when a server closes would be forgotten, and never hung up on.
        for listener in chain.from_iterable(server.sockets for server in servers):
            loop.remove_reader(listener)
        for _ in range(3):
            await asyncio.sleep(0)
        for server in servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        # A task that is cancelled before its first step closes nothing itself.
        for writer in calls:
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)

    servers = asyncio.run_coroutine_threadsafe(up(), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(down(servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
