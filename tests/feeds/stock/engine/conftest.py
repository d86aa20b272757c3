"""A company and its feeds: each test has items and feeds of its own; at the end every law of the ledger still holds."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr

from tests.factories import Shop, ago
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.core.feed import Meaning
from truestock.feeds.stock.engine.engine import FeedEngine
from truestock.feeds.stock.engine.feeds import put_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.settings import FeedSettings, NewFeed
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.store.database import Database

NUMBERS = count(1)


class Feeds:
    """Feeds over a shop; `send` has a file of lines taken in."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.engine = FeedEngine(shop.hub.db, shop.hub.rules)
        self._numbers = count(1)

    def add(self, meaning: Meaning, *, posture: Any = "book", due: int | None = None, **settings: Any) -> str:
        """A feed; returns its code."""
        code = f"{meaning}-{next(self._numbers)}"
        self.put(code, meaning, posture=posture, due=due, **settings)
        return code

    def put(
        self, code: str, meaning: Meaning, *, posture: Any = "book", due: int | None = None, **settings: Any
    ) -> None:
        """A feed of this code."""
        draft = NewFeed(meaning, posture, FeedSettings(**settings), due)
        put_feed(self.shop.hub.db, self.shop.hub.seal(), code, draft, on_lan=True)

    def send(self, code: str, text: str, as_of: datetime | None = None, **how: Any) -> Run:
        """A file, its cells divided by spaces and its lines by bars, as "sku location qty | S1 dc 4"."""
        lines = "\n".join(",".join(line.split()) for line in text.split("|"))
        file = FeedFile(f"{code}.csv", BytesIO(lines.encode()), as_of or ago(seconds=0), how.pop("booked_until", None))
        return self.engine.take(code, file, "test", **how)


def document() -> str:
    """A number that no other document of supply has."""
    return f"PO-{next(NUMBERS)}"


@pytest.fixture
def mending(feeds: Feeds) -> Mending:
    """Mends what runs of the feeds did."""
    return Mending(feeds.shop.hub.db, feeds.shop.hub.rules)


@pytest.fixture(scope="module")
def feeds(module_db: Database) -> Iterator[Feeds]:
    with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
        made = Feeds(Shop(hub))
        yield made
        made.shop.proven()
