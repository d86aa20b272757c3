"""Secrets that are planted to be looked for, and an outside system that repeats whatever it is told."""

import secrets
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import quote, quote_plus

import msgspec


class Canaries:
    """Secrets by name, and a search for them in every form in which somebody could find them."""

    def __init__(self) -> None:
        self._planted: dict[str, str] = {}

    def plant(self, name: str, value: str | None = None) -> str:
        """A secret of this name: the value that the hub has made, or one made up here."""
        self._planted[name] = value or f"canary{secrets.token_hex(16)}"
        return self._planted[name]

    def found_in(self, text: str) -> list[str]:
        """The names of those that are in a text."""
        return [name for name, value in self._planted.items() if any(form in text for form in _forms(value))]


def _forms(value: str) -> set[str]:
    raw = [value.encode()]
    if value.startswith("whsec_"):
        raw.append(b64decode(value.removeprefix("whsec_") + "==="))
    forms = {value, quote(value), quote_plus(value), value[:24]}
    for one in raw:
        forms |= {one.hex(), b64encode(one).decode().rstrip("="), repr(one)[2:-1]}
    return forms


class _Parrot(BaseHTTPRequestHandler):
    """Answers every call with what it was told, each time with another status."""

    protocol_version = "HTTP/1.1"
    statuses = (401, 500, 400, 302, 429, 200, 409, 403)
    calls = count()

    def _answer(self) -> None:
        told = self.rfile.read(int(self.headers.get("content-length") or 0)).decode(errors="replace")
        status = self.statuses[next(self.calls) % len(self.statuses)]
        said = f"no, not with {' '.join(self.headers.values())} {self.path} {told}"
        body = msgspec.json.encode({"code": "no", "message": said, "detail": said, "error": said, "title": said})
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if status == 302:
            self.send_header("location", f"/elsewhere?{quote(self.headers.get('authorization') or '')}")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  the library's names

    def log_message(self, *_: object) -> None:
        """Its own log is not looked at."""


@contextmanager
def parrot() -> Iterator[str]:
    """The address of a system that repeats whatever it is told."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Parrot) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
