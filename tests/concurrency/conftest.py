"""A company on a database of its own, whose ledger still holds its laws when a race is over; a server of real life."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from tests.postgres import binaries_under_test, temporary_home
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.store.embedded import EmbeddedServer


@pytest.fixture
def unproven_shop(database_url: str) -> Iterator[Shop]:
    """For races that are meant to break the laws."""
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Shop(hub)


@pytest.fixture
def shop(unproven_shop: Shop) -> Iterator[Shop]:
    yield unproven_shop
    unproven_shop.proven()


@pytest.fixture
def durable() -> Iterator[EmbeddedServer]:
    """A server with the settings of real life: it waits for the disk."""
    with temporary_home() as home, EmbeddedServer(home, binaries_under_test()) as server:
        yield server
