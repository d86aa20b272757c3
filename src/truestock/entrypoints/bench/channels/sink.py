"""An outside channel that takes every number at once: a small HTTP server of the generic connector's kind.

It notes when each number came, and has no limits, so that what is measured is the hub's own time."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

Heard = Callable[[str, str, int, float], None]  # channel, SKU, quantity, when


class Sink:
    """Listens in a thread of its own; the first part of a path is the channel."""

    def __init__(self, heard: Heard) -> None:
        self.port = 0
        self.calls = 0
        self._heard = heard
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)
        self._calls: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        self._up.wait()

    def stop(self) -> None:
        """Answer nobody any more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._called, "127.0.0.1", 0, limit=2**24))
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._hang_up(server))
        self._loop.close()

    def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._calls[self._loop.create_task(self._serve(reader, writer))] = writer

    async def _hang_up(self, server: asyncio.Server) -> None:
        # Who has called and is not answered yet when a server closes would be forgotten, and never hung up on.
        for listener in server.sockets:
            self._loop.remove_reader(listener)
        for _ in range(3):
            await asyncio.sleep(0)
        server.close()
        for task, writer in self._calls.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                _, _, rest = head.lower().partition(b"content-length:")
                body = await reader.readexactly(int(rest.split(b"\r\n", 1)[0])) if rest else b""
                answer = json.dumps(self._answer(head.split(b" ", 2)[1].decode(), body)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
                )
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, path: str, body: bytes) -> dict[str, Any]:
        now = perf_counter()
        self.calls += 1
        if not body:
            return {"name": "sink", "results": [], "orders": [], "cursor": "", "more": False}
        lines = json.loads(body)["lines"]
        channel = path.split("/", 2)[1]
        for line in lines:
            self._heard(channel, line["sku"], line["quantity"], now)
        return {"results": [{"sku": li["sku"], "status": "applied", "quantity": li["quantity"]} for li in lines]}


@contextmanager
def sink_of(heard: Heard) -> Iterator[Sink]:
    """A sink that listens; stopped at the end."""
    sink = Sink(heard)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()
