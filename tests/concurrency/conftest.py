"""One company for all tests of a module, and whole processes that hand commands to hubs of their own."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.store.database import Database


@pytest.fixture(scope="module")
def shop(module_db: Database) -> Iterator[Shop]:
    with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
        made = Shop(hub)
        yield made
        made.proven()


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    """A hub on a database of its own, for tests that spoil it."""
    with open_hub(Settings(database_url=SecretStr(database_url))) as opened:
        yield opened
