"""An open hub on a fresh database."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as opened:
        yield opened
