"""One company for all tests of a module, and readers of what it may promise."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.availability.read import Reader
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.store.database import Database


@pytest.fixture(scope="module")
def shop(module_db: Database) -> Iterator[Shop]:
    with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
        made = Shop(hub)
        yield made
        made.proven()


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Iterator[Reader]:
    with shop.hub.db.connect() as conn:
        yield Reader(conn, shop.hub.rules)
