"""Runs the demo: a hub of its own, the API and the page on loopback, and the days that go by, until Ctrl-C."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import uvicorn

from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.core.problems import Conflict
from truestock.entrypoints.api.app import application
from truestock.entrypoints.demo.seed import seed
from truestock.entrypoints.demo.show import Show
from truestock.entrypoints.web import Pages

Say = Callable[[str], None]
LOOPBACK = "127.0.0.1"


def run_demo(settings: Settings, say: Say = print) -> None:
    """Run until Ctrl-C or SIGTERM. Data lies in the folder `demo` of the data directory, or where a URL points.

    Raises Conflict when the port is taken, or the database holds something else than the demo."""
    settings = settings.model_copy(update={"data_dir": settings.data_dir / "demo"})
    with closing(_listen(settings.port)) as listener, open_hub(settings, say) as hub:
        fresh = seed(hub)
        say("A made-up company opens its doors." if fresh else "The company goes on with the stock it has.")
        asyncio.run(_serve(hub, listener, say))
        say("The last parcels have left. Bye.")


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise Conflict(f"port {port} cannot be used ({error.strerror}); set TRUESTOCK_PORT to another") from None
    return listener


async def _serve(hub: Hub, listener: socket.socket, say: Say) -> None:
    show = Show(hub)
    pages = Pages(hub, show)
    config = uvicorn.Config(
        application(hub, pages=pages.routes),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=hub.settings.shutdown_grace_s,
    )
    streaming = asyncio.create_task(show.run())
    try:
        for line in _greeting(hub, listener.getsockname()[1]):
            say(line)
        await _Server(config, pages).serve([listener])
    finally:
        streaming.cancel()
        with suppress(asyncio.CancelledError):
            await streaming
        await show.close()
        pages.close()


def _greeting(hub: Hub, port: int) -> Iterator[str]:
    place = "the database of TRUESTOCK_DATABASE_URL" if hub.settings.database_url else hub.settings.data_dir
    yield ""
    yield f"  Watch it    http://{LOOPBACK}:{port}/"
    yield f"  The API     http://{LOOPBACK}:{port}/docs"
    yield f"  Data        {place}  (kept; the next start goes on with it)"
    yield "  Stop        Ctrl-C"
    yield ""


class _Server(uvicorn.Server):
    """Stops at the first signal, and closes the event streams so that nobody keeps it waiting."""

    def __init__(self, config: uvicorn.Config, pages: Pages) -> None:
        super().__init__(config)
        self._pages = pages

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The server's own way would raise the signal again, and end the process before the hub has closed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self._pages.live.close()
        self.should_exit = True
