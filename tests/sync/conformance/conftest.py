"""One company for all stories of a file: each has a channel of its own."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from tests.conftest import TEMPLATE
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.entrypoints.conformance.company import Company


@pytest.fixture(scope="module")
def company(clone: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """On a hub of its own."""
    settings = Settings(database_url=SecretStr(clone(TEMPLATE)), data_dir=tmp_path_factory.mktemp("hub"))
    with open_hub(settings) as hub:
        yield Company(hub)
