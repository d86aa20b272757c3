"""Serves a hub over HTTP until it is told to stop, with streams open or not."""

import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from starlette.routing import BaseRoute

from truestock.bootstrap import Hub
from truestock.catalog.keys import KeyRing
from truestock.core.problems import Problem
from truestock.entrypoints.api.app import application
from truestock.entrypoints.api.front.dispatch import Front
from truestock.entrypoints.api.front.gate import is_loopback

BACKLOG = 2048


class NeedsKeys(Problem):
    """A hub without keys does not listen where others could reach it."""

    type = "unauthorized"
    title = "API keys are needed"
    status = 401


def serve(hub: Hub, pages: Iterable[BaseRoute] = (), ready: Callable[[str], None] = lambda _: None) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is told the address once it answers.

    Raises NeedsKeys, and OSError when the address cannot be listened on."""
    settings = hub.settings
    front = application(hub, on_loopback=check_address(hub), pages=pages)
    with listening(settings.host, settings.port) as listener, _terminable():
        server = Server(front, settings.shutdown_grace_s, lambda: ready(_url(listener)))
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def check_address(hub: Hub) -> bool:
    """Whether the hub's address is a loopback one; any other raises NeedsKeys while there is no key."""
    host = hub.settings.host
    if is_loopback(host):
        return True
    if not KeyRing(hub.db).exist:
        raise NeedsKeys(
            f"without API keys truestock listens on loopback only, and {host} is not: "
            "make one with truestock keys create, or set TRUESTOCK_HOST to 127.0.0.1",
            "host",
        )
    return False


class Server(uvicorn.Server):
    """Ends the streams when it stops, instead of waiting until their clients leave."""

    def __init__(self, front: Front, grace_s: int, ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                front,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="on",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=grace_s,
            )
        )
        self._front = front
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as uvicorn does."""
        self._front.stopping.set()
        await super().shutdown(sockets)


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG) as listener:
        yield listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the same way as Ctrl-C: uvicorn raises the signal again at its end, which else kills us at once."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
