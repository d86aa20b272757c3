"""One company for all interleavings: each takes items and feeds of its own."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.feeds.receiving.rules import ReceivingRuleDraft, put_receiving_rule
from truestock.store.database import Database


@pytest.fixture(scope="module")
def shop(module_db: Database) -> Iterator[Shop]:
    with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
        made = Shop(hub)
        for loc, lands in (("store", "receiving"), ("far", "inspection")):
            put_receiving_rule(hub.db, ReceivingRuleDraft(location=loc, lands=lands))
        yield made
