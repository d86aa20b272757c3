"""The shop over HTTP on loopback, with the faults of a network, and a way to reach it under its own name."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import httpx2

from tests.connectors.counterparts.shopify import DOMAIN, TOKEN, Shop

PATH = "/admin/api/2026-10/graphql.json"
GRANT_PATH = "/admin/oauth/access_token"
GRANT = {"grant_type": ["client_credentials"], "client_id": ["app-1"], "client_secret": ["shpss_test"]}


class ServedShop:
    """A shop, its port, and what goes wrong next; each fault happens once."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.port = 0
        self.calls = 0
        self.token = TOKEN
        self.grants = 0
        self.grant_s = 86399
        self.drop_before_effect = False
        self.hang_after_effect = False
        self.status: int | None = None
        self.retry_after: str | None = None
        self.body: bytes | None = None
        self._later: tuple[int, str, object] | None = None
        self.lock = threading.Lock()
        self.released = threading.Event()

    def drop_after(self, calls: int) -> None:
        """The call after so many breaks off before it has an effect."""
        self._later = (calls, "drop_before_effect", True)

    def hang_after(self, calls: int) -> None:
        """The call after so many has its effect and no answer."""
        self._later = (calls, "hang_after_effect", True)

    def refuse_after(self, calls: int, status: int) -> None:
        """The call after so many is refused."""
        self._later = (calls, "status", status)

    def count(self) -> None:
        """One more call."""
        self.calls += 1
        if self._later:
            calls, fault, value = self._later
            self._later = (calls - 1, fault, value) if calls else None
            if not calls:
                setattr(self, fault, value)


class Redirected(httpx2.AsyncHTTPTransport):
    """Sends what is meant for the shop's own domain to the port it is served at."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """As for any request, only to loopback."""
        assert (request.url.scheme, request.url.host) == ("https", DOMAIN)
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


@contextmanager
def served(shop: Shop) -> Iterator[ServedShop]:
    """The shop while it answers."""
    world = ServedShop(shop)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["content-length"])).decode()
            with world.lock:
                world.count()
                drop, world.drop_before_effect = world.drop_before_effect, False
                if drop:
                    self.close_connection = True
                    return
                status, body = self._answer(asked)
                hang, world.hang_after_effect = world.hang_after_effect, False
            if hang:
                world.released.wait(10)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            if world.retry_after is not None:
                self.send_header("retry-after", world.retry_after)
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, body: str) -> tuple[int, bytes]:
            if (self.headers["host"], self.path) == (DOMAIN, GRANT_PATH):
                return self._grant(parse_qs(body))
            asked = json.loads(body)
            if self.headers["host"] != DOMAIN or self.path != PATH:
                return 404, b'{"errors":"Not Found"}'
            if self.headers["x-shopify-access-token"] != world.token:
                return 401, b'{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}'
            status, world.status = world.status, None
            if status is not None:
                return status, b'{"errors":"refused"}'
            done = json.dumps(world.shop.answer(asked["query"], asked["variables"])).encode()
            instead, world.body = world.body, None
            return 200, instead or done

        def _grant(self, form: dict[str, list[str]]) -> tuple[int, bytes]:
            if form != GRANT:
                return 400, b'{"error":"invalid_client"}'
            world.grants += 1
            world.token = f"shpat_{world.grants}"
            scope = ",".join(sorted(world.shop.scopes))
            granted = {"access_token": world.token, "scope": scope, "expires_in": world.grant_s}
            return 200, json.dumps(granted).encode()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        world.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield world
        finally:
            world.released.set()
            server.shutdown()
            thread.join()
