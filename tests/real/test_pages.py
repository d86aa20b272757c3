"""What the hub says of a product a real Vendure shows: texts, price and images, behind its stock."""

import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.factories import accept
from tests.real.company import Company, company_of, until
from tests.real.vendure.shop import VendureShop
from truestock.catalog.listings.content import ContentDraft, Image, put_content
from truestock.sync import manage
from truestock.sync.telling.pages.manage import PagesStatus, status, switch

pytestmark = pytest.mark.real


def png(grey: int) -> bytes:
    """An image of one point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes([0, grey]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@contextmanager
def images() -> Iterator[str]:
    """The address of a server that has any image of one point, and none called `none`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = not self.path.startswith("/none")
            body = png(len(self.path)) if found else b""
            self.send_response(200 if found else 404)
            self.send_header("content-type", "image/png")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def gallery() -> Iterator[str]:
    with images() as server:
        yield server


@pytest.fixture
def company(database_url: str, vendure: VendureShop, gallery: str) -> Iterator[Company]:
    with company_of(database_url, {"vendure": vendure}) as found:
        hub = found.hub
        given = {"url": vendure.url, "location": vendure.location, "calls_per_s": 100.0, "images_from": gallery}
        manage.connect(hub.db, hub.seal(), "vendure", "vendure", given, {"api_key": vendure.api_key})
        switch(hub.db, hub.seal(), "vendure", on=True)
        yield found


def names(shop: VendureShop, sku: str) -> list[str]:
    return [asset["name"] for asset in shop.page(sku)["product"]["assets"]]


def test_what_is_said_here_is_shown_there_and_images_follow(
    company: Company, vendure: VendureShop, gallery: str, new_sku: Callable[[], str]
) -> None:
    db = company.hub.db
    sku = company.offer(new_sku(), 7)
    untouched = vendure.page(sku)["product"]["slug"]

    def told() -> PagesStatus:
        return status(db, company.hub.seal(), "vendure")

    def say(*pictures: str, **said: Any) -> None:
        found = tuple(Image(f"{gallery}/{name}.png") for name in pictures)
        accept(put_content(db, [ContentDraft(sku, images=found, **said)]))

    say("front", "back", title="Lamp", description="<p>Bright.</p>", price=Decimal("19.9"), currency="USD")
    with company.at_work():
        until(lambda: told().pushed == 1)
        assert vendure.shown(sku) == 7
        page = vendure.page(sku)
        assert (page["name"], page["prices"]) == ("Lamp", [{"currencyCode": "USD", "price": 1990}])
        product = page["product"]
        assert (product["name"], product["description"], product["slug"]) == ("Lamp", "<p>Bright.</p>", untouched)
        assert (names(vendure, sku), product["featuredAsset"]["name"]) == (["front.png", "back.png"], "front.png")

        kept, mine = (asset["id"] for asset in product["assets"])
        say("side", "back", title="Lantern")
        until(lambda: vendure.page(sku)["product"]["name"] == "Lantern" and names(vendure, sku)[0] == "side.png")
        assert [asset["id"] for asset in vendure.page(sku)["product"]["assets"]][1] == mine

        vendure.show(sku, [kept, *(asset["id"] for asset in vendure.page(sku)["product"]["assets"])])
        say("none", "top")
        until(lambda: told().in_trouble == 1)
        # One of ours goes when the one in its place is there.
        assert names(vendure, sku) == ["front.png", "top.png", "side.png", "back.png"]
        (trouble,) = told().troubles
        assert trouble.reason == f"{gallery}/none.png was not fetched: it answers 404"
        assert vendure.page(sku)["product"]["featuredAsset"]["name"] == "front.png"
