"""Stands before a shop over real HTTP: passes calls on, or answers, drops or delays them itself as it was told to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2


@dataclass(frozen=True)
class Call:
    """A call that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Said:
    """An answer instead of the shop's; or `drop` the connection, before the shop has heard of it."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


DROPPED = Said(drop=True)


def every(_call: Call) -> bool:
    """Any call."""
    return True


class Doorkeeper:
    """`upstream`: the shop's address; empty where there is none, and every call has to be answered from `says`."""

    def __init__(self, upstream: str = "") -> None:
        self.url = ""
        self.upstream = upstream
        self.calls: list[Call] = []
        self.says: list[Said] = []
        # Which calls `says` is for; others are passed on.
        self.of: Callable[[Call], bool] = every
        # The next such call is passed on, and its answer never comes back.
        self.hang = False
        # The same, and the connection breaks at once.
        self.lose = False
        self.released = threading.Event()

    def answer(self, call: Call) -> Said | None:
        """What is said to a call; None for nothing, until the caller has gone."""
        self.calls.append(call)
        concerned = self.of(call)
        if concerned and self.says:
            return self.says.pop(0)
        if not self.upstream:
            return Said(500, b"nobody has told what to say")
        said = self._passed_on(call)
        if concerned and self.hang:
            self.hang = False
            return None
        if concerned and self.lose:
            self.lose = False
            return DROPPED
        return said

    def _passed_on(self, call: Call) -> Said:
        headers = {name: value for name, value in call.headers.items() if name not in {"host", "accept-encoding"}}
        with httpx2.Client(timeout=60, trust_env=False) as client:
            answer = client.request(call.method, self.upstream + call.path, content=call.body, headers=headers)
        return Said(answer.status_code, answer.content, {"content-type": answer.headers.get("content-type", "")})


@contextmanager
def at_the_door(doorkeeper: Doorkeeper) -> Iterator[Doorkeeper]:
    """It answers at its `url` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = doorkeeper.answer(Call(self.command, self.path, headers, body))
            if said is None:
                doorkeeper.released.wait(10)
            if said is None or said.drop:
                self.close_connection = True
                return
            with suppress(OSError):  # the caller has gone
                self.send_response(said.status)
                for name, value in {"content-length": str(len(said.body)), **said.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said.body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        doorkeeper.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield doorkeeper
        finally:
            doorkeeper.released.set()
            server.shutdown()
            thread.join()
