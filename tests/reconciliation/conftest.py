"""A small company on a fresh database, for every test of the room."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.bootstrap import open_hub
from truestock.config import Settings


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """Locations and channels; items are made by the tests."""
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Shop(hub)
