"""A company whose web shop is kept in step."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from tests.sync.stage import Stage
from truestock.bootstrap import open_hub
from truestock.config import Settings


@pytest.fixture
def stage(database_url: str) -> Iterator[Stage]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Stage(Shop(hub))
