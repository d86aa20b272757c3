"""One company for all tests of a module; when they are done, every law of the ledger still holds."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.store.database import Database


@pytest.fixture(scope="module")
def shop(module_db: Database) -> Iterator[Shop]:
    with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
        made = Shop(hub)
        yield made
        made.proven()
