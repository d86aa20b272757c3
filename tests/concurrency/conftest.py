"""A company on a database of its own, whose ledger still holds its laws when a race is over."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.bootstrap import open_hub
from truestock.config import Settings


@pytest.fixture
def unproven_shop(database_url: str) -> Iterator[Shop]:
    """For races that are meant to break the laws."""
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Shop(hub)


@pytest.fixture
def shop(unproven_shop: Shop) -> Iterator[Shop]:
    yield unproven_shop
    unproven_shop.proven()
