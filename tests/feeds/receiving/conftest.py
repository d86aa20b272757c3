"""One company for all tests of a module, and a clerk who receives; every law of the ledger holds when they are done."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from tests.feeds.receiving.clerk import Clerk
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.store.database import Database


@pytest.fixture(scope="module")
def clerk(module_db: Database) -> Iterator[Clerk]:
    with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
        made = Clerk(Shop(hub))
        yield made
        made.shop.proven()
