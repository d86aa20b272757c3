"""A hub served over HTTP on a free port of loopback, with a small shop in it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from tests.entrypoints.shops import SEALED_WITH
from truestock.bootstrap import Hub, open_hub
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.config import Settings
from truestock.entrypoints.api.app import application
from truestock.entrypoints.api.serve import Server, listening
from truestock.ledger.post import post
from truestock.ledger.values import Post, Receive
from truestock.store.database import Database


@dataclass
class Live:
    """A served hub, and a client of it."""

    hub: Hub
    server: Server
    http: httpx2.Client

    def order(self, ref: str, *lines: tuple[str, int], **more: Any) -> httpx2.Response:
        """Send an order of the channel web."""
        told = [{"sku": sku, "qty": qty} for sku, qty in lines]
        return self.http.post("/v1/orders", json={"channel": "web", "ref": ref, "lines": told, **more})

    def atp(self, sku: str, channel: str = "web") -> int:
        """What the channel may promise."""
        return int(self.http.get("/v1/atp", params={"channel": channel, "sku": sku}).json()["atp"])


Serve = Callable[..., Live]


def stock_a_shop(hub: Hub) -> None:
    """Items A (10 units at dc), B (3) and C (none); web and retail draw on dc, retail on the store too."""
    put_items(hub.db, [ItemDraft(sku) for sku in "ABC"])
    put_locations(hub.db, [LocationDraft("dc", kind="dc"), LocationDraft("store", kind="store")])
    put_channels(hub.db, [ChannelDraft("web", locations=("dc",)), ChannelDraft("retail", locations=("store", "dc"))])
    hub.run(post, [Post(Receive(sku=sku, location="dc", qty=qty)) for sku, qty in (("A", 10), ("B", 3))])


@contextmanager
def served(hub: Hub, **options: Any) -> Iterator[Live]:
    """The hub behind a real server in a thread."""
    ready = threading.Event()
    with listening("127.0.0.1", 0) as listener:
        server = Server(application(hub, **options), hub.settings.shutdown_grace_s, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert ready.wait(20)
        host, port = listener.getsockname()
        with httpx2.Client(base_url=f"http://{host}:{port}", timeout=20, verify=False) as http:
            try:
                yield Live(hub, server, http)
            finally:
                server.should_exit = True
                thread.join(20)


@pytest.fixture
def serve(database_url: str) -> Iterator[Serve]:
    """Opens and serves a hub with the settings that a test wants."""
    with ExitStack() as stack:

        def open_and_serve(*, on_loopback: bool = True, **settings: Any) -> Live:
            told = {"database_url": database_url, "secret_key": SEALED_WITH, **settings}
            hub = stack.enter_context(open_hub(Settings(**told)))
            stock_a_shop(hub)
            return stack.enter_context(served(hub, on_loopback=on_loopback))

        yield open_and_serve


@pytest.fixture
def live(serve: Serve) -> Live:
    """A served hub as it comes."""
    return serve()


@pytest.fixture(scope="module")
def shared(module_db: Database) -> Iterator[Live]:
    """One served hub for the tests of a module that leave it as it is."""
    with open_hub(Settings(database_url=SecretStr(module_db.url), secret_key=SecretStr(SEALED_WITH))) as hub:
        stock_a_shop(hub)
        with served(hub) as live:
            yield live


def problem(response: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem document of a response, which is well-formed and of this type."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["type"] == f"/problems/{kind}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    return found
