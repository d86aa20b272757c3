"""Serves a hub over HTTP until it is told to stop, with streams open or not, and what runs beside it meanwhile."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
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
Ready = Callable[[str], None]
Beside = Callable[[], Coroutine[Any, Any, None]]


class NeedsKeys(Problem):
    """A hub without keys does not listen where others could reach it."""

    type = "unauthorized"
    title = "API keys are needed"
    status = 401


def serve(
    hub: Hub,
    pages: Iterable[BaseRoute] = (),
    ready: Ready = lambda _: None,
    *,
    ending: Callable[[], None] = lambda: None,
    beside: Beside | None = None,
    listener: socket.socket | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is told the address once it answers.

    `ending` is called when it begins to stop; `beside` runs in the server's loop, and is cancelled and waited for then.
    Raises NeedsKeys, OSError when the address cannot be listened on, and what `beside` raised, which ends it too."""
    settings = hub.settings
    front = application(hub, on_loopback=check_address(hub), pages=pages)
    with ExitStack() as stack:
        listener = listener or stack.enter_context(listening(settings.host, settings.port))
        stack.enter_context(_terminable())
        url = _url(listener)
        server = Server(front, settings.shutdown_grace_s, lambda: ready(url), ending, beside)
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

    def __init__(
        self,
        front: Front,
        grace_s: int,
        ready: Callable[[], None] = lambda: None,
        ending: Callable[[], None] = lambda: None,
        beside: Beside | None = None,
    ) -> None:
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
        self._ending = ending
        self._beside = beside
        self._running: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then say so."""
        await super().startup(sockets)
        if not self.started:
            return
        self._ready()
        if self._beside is not None:
            self._running = asyncio.create_task(self._beside())
            self._running.add_done_callback(self._stop)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams and what runs beside, then stop as uvicorn does."""
        self._front.stopping.set()
        self._ending()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await super().shutdown(sockets)
        if self._running is not None and not self._running.cancelled():
            self._running.result()

    def _stop(self, _: "asyncio.Task[None]") -> None:
        self.should_exit = True


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
