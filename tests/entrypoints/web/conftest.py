"""The live page of a hub, served as it is, and a browser that may load nothing from elsewhere."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from pydantic import SecretStr
from starlette.applications import Starlette

from tests.core.replay.worlds import flash_sale
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.entrypoints.web import Beside, Pages
from truestock.feeds.replay.prepare import prepare
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
expect.set_options(timeout=30_000)  # a busy machine is slow, and only a test that fails waits so long


@dataclass
class Site:
    """A served hub."""

    url: str
    hub: Hub
    pages: Pages

    def buy(self, channel: str, ref: str, qty: int, sku: str = "MUG") -> None:
        self.hub.run(reserve, [Reserve(NewOrder(channel=channel, ref=ref, lines=[OrderLine(sku, qty)]))])


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as opened:
        prepare(opened.db, opened.run, flash_sale())
        yield opened


@pytest.fixture
def site(hub: Hub) -> Iterator[Site]:
    with served(hub) as site:
        yield site


@contextmanager
def served(hub: Hub, beside: Callable[[], Beside] | None = None) -> Iterator[Site]:
    """A server of the pages in a thread of its own."""
    ready = threading.Event()
    made: dict[str, object] = {}

    async def run() -> None:
        pages = Pages(hub, beside() if beside else None)
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=pages.routes), port=0, log_level="error"))
        server.config.load()
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        made.update(pages=pages, port=server.servers[0].sockets[0].getsockname()[1], server=server)
        made["loop"] = asyncio.get_running_loop()
        ready.set()
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(60)
    pages, server, loop = made["pages"], made["server"], made["loop"]
    assert isinstance(pages, Pages)
    assert isinstance(server, uvicorn.Server)
    assert isinstance(loop, asyncio.AbstractEventLoop)
    try:
        yield Site(f"http://127.0.0.1:{made['port']}", hub, pages)
    finally:
        loop.call_soon_threadsafe(pages.live.close)
        server.should_exit = True
        thread.join()
        pages.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A module's, not the run's: while it is open its event loop is this thread's, and no other test could have one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """The live page, opened; whatever the browser complains of fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(site.url)
    opened.locator("#live[data-state=live]").wait_for()
    yield opened
    context.close()
    assert complaints == []


def is_left_of(left: Locator, right: Locator) -> bool:
    """Whether one ends where the other begins, or before, and both are seen."""
    boxes = left.bounding_box(), right.bounding_box()
    assert boxes[0] is not None
    assert boxes[1] is not None
    return boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
