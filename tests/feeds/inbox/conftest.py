"""A company whose web shop sells under SKUs of its own."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from tests.feeds.channel_orders.till import Till
from truestock.bootstrap import open_hub
from truestock.config import Settings


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=SecretStr(database_url))


@pytest.fixture
def till(settings: Settings) -> Iterator[Till]:
    with open_hub(settings) as hub:
        yield Till(Shop(hub))
