"""Runs the demo: a hub of its own, the API and the page on loopback, and the days that go by, until Ctrl-C."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from socket import socket

from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.core.problems import Conflict
from truestock.entrypoints.api.serve import listening, serve
from truestock.entrypoints.demo.seed import seed, send_off
from truestock.entrypoints.demo.show import Show
from truestock.entrypoints.web import Pages

Say = Callable[[str], None]
LOOPBACK = "127.0.0.1"


def run_demo(settings: Settings, say: Say = print) -> None:
    """Run until Ctrl-C or SIGTERM. Data lies in the folder `demo` of the data directory, or where a URL points.

    Raises Conflict when the port is taken, or the database holds something else than the demo."""
    settings = settings.model_copy(update={"data_dir": settings.data_dir / "demo", "host": LOOPBACK})
    with ExitStack() as stack:
        listener = _listen(stack, settings.port)
        hub = stack.enter_context(open_hub(settings, say))
        if seed(hub):
            say("A made-up company opens its doors.")
        else:
            say("The company goes on with the stock it has.")
            if waiting := send_off(hub):
                say(f"{waiting} parcels still waited from the last time; they have left.")
        show = Show(hub)
        pages = stack.enter_context(closing(Pages(hub, show)))

        def ready(address: str) -> None:
            for line in _greeting(hub, address):
                say(line)

        serve(hub, pages.routes, ready, ending=pages.live.close, beside=show.run, listener=listener)
        send_off(hub)
        say("The last parcels have left. Bye.")


def _listen(stack: ExitStack, port: int) -> socket:
    try:
        return stack.enter_context(listening(LOOPBACK, port))
    except OSError as error:
        raise Conflict(f"port {port} cannot be used ({error.strerror}); set TRUESTOCK_PORT to another") from None


def _greeting(hub: Hub, address: str) -> Iterator[str]:
    place = "the database of TRUESTOCK_DATABASE_URL" if hub.settings.database_url else hub.settings.data_dir
    yield ""
    yield f"  Watch it    {address}/"
    yield f"  The API     {address}/docs"
    yield f"  Data        {place}  (kept; the next start goes on with it)"
    yield "  Stop        Ctrl-C"
    yield ""
