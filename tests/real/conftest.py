"""The shops, each started once for the whole run on the run's own PostgreSQL."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any, TypeVar
from urllib.parse import quote

import httpx2
import msgspec
import pytest

from tests.real.customers import RealShop
from tests.real.installed import installed
from tests.real.medusa.shop import MedusaShop
from tests.real.running import free_port, run, running
from tests.real.vendure.shop import VendureShop
from truestock.connectors.registry import kind_of
from truestock.store.embedded import EmbeddedServer
from truestock.store.embedded.cluster import USER

T = TypeVar("T")
EMAIL = "staff@shop.test"


@pytest.fixture(scope="session")
def vendure(server: EmbeddedServer) -> Iterator[VendureShop]:
    """A Vendure shop."""
    server.cluster.create_database("vendure")
    port, password = free_port(), secrets.token_urlsafe(12)
    given = {
        "VENDURE_DATABASE": "vendure",
        "VENDURE_DATABASE_HOST": str(server.cluster.socket_dir()),
        "VENDURE_DATABASE_USER": USER,
        "VENDURE_PASSWORD": password,
        "VENDURE_PORT": str(port),
    }
    url = f"http://127.0.0.1:{port}"
    with (
        running(installed("vendure"), ["server.js"], given, f"{url}/health"),
        closing(VendureShop(url, password)) as shop,
    ):
        yield shop


@pytest.fixture(scope="session")
def medusa(server: EmbeddedServer) -> Iterator[MedusaShop]:
    """A Medusa shop."""
    server.cluster.create_database("medusa")
    port, password = free_port(), secrets.token_urlsafe(12)
    host = str(server.cluster.socket_dir())
    given = {
        "MEDUSA_DATABASE_HOST": host,
        "MEDUSA_DATABASE_URL": f"postgresql://{USER}@localhost/medusa?host={quote(host, safe='')}",
        "MEDUSA_DISABLE_TELEMETRY": "1",
        "MEDUSA_EMAIL": EMAIL,
        "MEDUSA_PASSWORD": password,
        "MEDUSA_PORT": str(port),
        "MEDUSA_SECRET": secrets.token_urlsafe(12),
    }
    folder, url = installed("medusa"), f"http://127.0.0.1:{port}"
    run(folder, ["run.js", "migrate"], given)
    run(folder, ["run.js", "user"], given)
    with (
        running(folder, ["run.js", "start"], given, f"{url}/health"),
        closing(MedusaShop(url, EMAIL, password)) as shop,
    ):
        yield shop


@pytest.fixture(params=["vendure", "medusa"])
def shop(request: pytest.FixtureRequest) -> RealShop:
    """Each of the two in turn."""
    found: RealShop = request.getfixturevalue(request.param)
    return found


class Connected:
    """Calls a connector to a shop: `connected(lambda connector: connector.check(), location="")`."""

    def __init__(self, shop: RealShop) -> None:
        self._shop = shop
        self._kind = kind_of("vendure" if isinstance(shop, VendureShop) else "medusa")

    def __call__(self, call: Callable[[Any], Awaitable[T]], /, **given: Any) -> T:
        """The answer of one call; settings and the key may be given otherwise."""

        async def called() -> T:
            async with httpx2.AsyncClient(trust_env=False) as client:
                key = given.pop("api_key", self._shop.api_key)
                settings = {"url": self._shop.url, "location": self._shop.location, **given}
                connector = self._kind.build(client, msgspec.convert(settings, self._kind.settings), {"api_key": key})
                return await call(connector)

        return asyncio.run(called())


@pytest.fixture
def connected(shop: RealShop) -> Connected:
    """The connector of the shop."""
    return Connected(shop)


@pytest.fixture(scope="session")
def new_sku() -> Callable[[], str]:
    """SKUs that neither shop has."""
    return lambda: f"SKU-{secrets.token_hex(4)}"
