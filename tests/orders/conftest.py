"""One company for all tests of a module; when they are done, every law of the ledger still holds.

Every test runs twice: with the locks held before anything is decided, and by a lane that decides ahead of them."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from tests.conftest import TEMPLATE
from tests.factories import Shop
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.store.lane import flights


@pytest.fixture(scope="module", params=[False, True], ids=["locked", "ahead"])
def shop(request: pytest.FixtureRequest, clone: Callable[[str], str]) -> Iterator[Shop]:
    url = SecretStr(clone(TEMPLATE))
    with pytest.MonkeyPatch.context() as patch, open_hub(Settings(database_url=url)) as hub:
        # Tests change rules behind the lane's back all the time; it shall try again at once.
        patch.setattr(flights, "GROUNDED_FOR", 0)
        made = Shop(hub, by_lane=request.param)
        yield made
        made.proven()
