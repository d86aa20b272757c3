"""A company whose web shop sells by itself, and settles."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from tests.feeds.channel_orders.till import Till
from truestock.bootstrap import open_hub
from truestock.config import Settings


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Till(Shop(hub))
