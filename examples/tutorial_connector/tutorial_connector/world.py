"""The shop over HTTP, and the ways in which it can be made to misbehave: truestock conformance's side of it."""

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Literal

import httpx2

from truestock.entrypoints.conformance.worlds import Message
from tutorial_connector.connector import ShopConnector, ShopSettings
from tutorial_connector.shop import Shop

TOKEN = "let-me-in"  # noqa: S105  it opens nothing but this shop
Fault = Literal["throttle", "break", "fail", "hang", "forget"]


class ShopWorld:
    """All that the stories ask for, apart from access that ends: the shop's token never does."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.faults: list[Fault] = []
        self.delays_s: list[float] = []
        self.is_down = False
        self.released = threading.Event()
        self.connector: ShopConnector
        self._ids = count(1)

    def shown(self, sku: str) -> int | None:
        return self.shop.stock.get(sku)

    def sell(self, sku: str, units: int) -> None:
        self.shop.stock[sku] -= units

    def throttle(self, calls: int) -> None:
        self.faults += ["throttle"] * calls

    def hang_after_effect(self) -> None:
        self.faults.append("hang")

    def break_before_effect(self) -> None:
        self.faults.append("break")

    def fail(self, calls: int) -> None:
        self.faults += ["fail"] * calls

    def forget(self) -> None:
        self.faults.append("forget")

    def slow(self, calls: int, seconds: float) -> None:
        self.delays_s += [seconds] * calls

    async def down(self) -> None:
        self.is_down = True

    async def up(self) -> None:
        self.is_down = False

    def place(self, sku: str, units: int) -> str:
        order = f"T-{next(self._ids)}"
        self.shop.change(order, sku, units)
        return order

    def edit(self, order: str, units: int) -> None:
        self.shop.change(order, self.shop.orders[order]["sku"], units)

    def cancel(self, order: str) -> None:
        self.edit(order, 0)

    def send(self, order: str) -> None:
        found = self.shop.orders[order]
        self.shop.change(order, found["sku"], found["units"], sent=True)

    def messages(self) -> list[Message]:
        sent, self.shop.outbox = self.shop.outbox, []
        return [Message("", headers, body) for headers, body in sent]


@asynccontextmanager
async def open_world(skus: list[str]) -> AsyncIterator[ShopWorld]:
    """A shop with these products, and a connector to it."""
    world = ShopWorld(Shop(skus, TOKEN))
    with served(world) as url:
        async with httpx2.AsyncClient(trust_env=False) as client:
            world.connector = ShopConnector(client, ShopSettings(url, timeout_s=1.0), {"token": TOKEN})
            yield world


@contextmanager
def served(world: ShopWorld) -> Iterator[str]:
    """Where the shop answers, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do(b"", None)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._do(body, world.faults.pop(0) if world.faults and not world.is_down else None)

        def _do(self, body: bytes, fault: Fault | None) -> None:
            if world.delays_s:
                time.sleep(world.delays_s.pop(0))
            if world.is_down or fault in ("throttle", "break"):
                self._say(429 if fault == "throttle" else 503, "come back later")
                return
            before = dict(world.shop.stock)
            status, content = world.shop.answer(self.command, self.path, self.headers["x-token"], body)
            if fault == "forget":
                world.shop.stock = before
            if fault == "hang":
                world.released.wait(10)
                return
            self._say(500 if fault == "fail" else status, content)

        def _say(self, status: int, content: object) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            world.released.set()
            server.shutdown()
            thread.join()
