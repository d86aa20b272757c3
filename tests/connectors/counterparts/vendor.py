"""Serves a vendor's counterpart over HTTP on loopback: checks each call and answer by its contract, and misbehaves when
told to."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx2

from tests.connectors.counterparts.openapi import Contract, Json


class Asked(NamedTuple):
    """A call as the contract names it. `form`: fields of a form, where it is one."""

    name: str
    names: dict[str, str]
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    form: dict[str, str]


class Said(NamedTuple):
    """An answer; no body at all with None."""

    status: int
    body: object = None
    headers: Mapping[str, str] = {}


class Faults:
    """What goes wrong with the next call whose operation's name has `of` in it, each once (`throttle_next`: so often),
    after `spare` more of them went well."""

    def __init__(self) -> None:
        self.of = ""
        self.spare = 0
        self.drop_before_effect = False
        self.hang_after_effect = False
        self.throttle_next = 0
        self.said: Said | None = None
        self.raw: bytes | None = None


class Vendor(Protocol):
    """A counterpart: its contract, its faults, and what it answers. Its `url` is set while it is served."""

    contract: Contract
    faults: Faults
    calls: list[str]
    url: str

    def answer(self, asked: Asked) -> Said:
        """To a call that is as agreed."""
        ...


V = TypeVar("V", bound=Vendor)


class Redirected(httpx2.AsyncHTTPTransport):
    """Sends what is meant for a vendor's hosts to the port where its counterpart answers."""

    def __init__(self, port: int, *hosts: str) -> None:
        super().__init__()
        self._port = port
        self._hosts = hosts

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """As for any request, only to loopback."""
        assert request.url.scheme == "https"
        assert request.url.host in self._hosts
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


class _Server(ThreadingHTTPServer):
    vendor: Vendor
    lock: threading.Lock
    released: threading.Event


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PUT(self) -> None:
        self._do()

    def _do(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", "0")))
        with self.server.lock:
            said, raw, hang = self._said(content)
        if hang:
            self.server.released.wait(10)
        if hang or said is None:
            self.close_connection = True
            return
        body = raw if raw is not None else b"" if said.body is None else json.dumps(said.body).encode()
        with suppress(OSError):  # the caller has gone
            self.send_response_only(said.status)
            for name, value in {"content-length": str(len(body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def _said(self, content: bytes) -> tuple[Said | None, bytes | None, bool]:
        """The answer, None to break the connection; other bytes instead of it; and whether it never comes."""
        vendor = self.server.vendor
        url = urlsplit(self.path)
        found = vendor.contract.operation(self.command, url.path)
        if found is None:
            return Said(404), None, False
        operation, names = found
        vendor.calls.append(operation.name)
        faults = vendor.faults if vendor.faults.of in operation.name else Faults()
        if faults.spare:
            faults.spare -= 1
            faults = Faults()
        if faults.drop_before_effect:
            faults.drop_before_effect = False
            return None, None, False
        if faults.throttle_next:
            faults.throttle_next -= 1
            return Said(429, headers={"retry-after": "0"}), b"", False
        if faults.said is not None:
            said, faults.said = faults.said, None
            return said, None, False
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        form = dict(parse_qsl(content.decode())) if is_form else {}
        body: Json | None = form or (json.loads(content) if content else None)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        vendor.contract.asked(operation, query, headers, body)
        said = vendor.answer(Asked(operation.name, names, query, headers, body, form))
        vendor.contract.answered(operation, said.status, said.body)
        raw, faults.raw = faults.raw, None
        hang, faults.hang_after_effect = faults.hang_after_effect, False
        return said, raw, hang

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def served(vendor: V) -> Iterator[V]:
    """The counterpart while it answers."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.vendor, server.lock, server.released = vendor, threading.Lock(), threading.Event()
        vendor.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield vendor
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
