"""An open hub on a fresh database, and the same behind a real server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.entrypoints.api.app import application
from truestock.entrypoints.api.serve import Server, listening


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as opened:
        yield opened


@contextmanager
def served(hub: Hub, port: int = 0) -> Iterator[str]:
    """Its address, while it is served in a thread."""
    ready = threading.Event()
    with listening("127.0.0.1", port) as listener:
        server = Server(application(hub), hub.settings.shutdown_grace_s, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert ready.wait(20)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
