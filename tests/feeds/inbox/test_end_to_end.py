"""From a shop that answers over HTTP to reserved units: orders wait, rules make listings, a stop loses nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from tests import clocks
from tests.connectors.counterparts.generic import SECRET, Shop
from tests.entrypoints.shops import SEALED_WITH, answering
from tests.factories import Shop as Company
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.connections.reached import put_connection
from truestock.feeds.inbox.entries import list_inbox
from truestock.feeds.inbox.rule_book import change_rules
from truestock.feeds.inbox.rules import Rule


@pytest.fixture
def sealed(database_url: str) -> Settings:
    return Settings(database_url=SecretStr(database_url), secret_key=SecretStr(SEALED_WITH))


@contextmanager
def running(settings: Settings) -> Iterator[Hub]:
    """A hub whose channels are looked after, as by a server."""
    with open_hub(settings) as hub:
        hub.channels.start()
        try:
            yield hub
        finally:
            hub.channels.stop()


def until(found: Callable[[], Any], wanted: Any) -> None:
    """Wait until something is so."""
    clocks.until(found, lambda now: now == wanted)


def order(shop: Shop, ref: str, sku: str, qty: int) -> None:
    now = datetime.now(UTC).isoformat()
    line = {"id": "1", "sku": sku, "quantity": qty}
    shop.order({"id": ref, "changed_at": now, "placed_at": now, "lines": [line]})


def test_a_pack_that_nobody_knew_is_reserved_across_a_restart(sealed: Settings) -> None:
    with answering(Shop({})) as shop:
        with open_hub(sealed) as hub:
            company = Company(hub)
            item = company.item(dc=50)
            shop.stock[f"{item}-6PK"] = 0
            settings = {
                "base_url": shop.url,
                "decrements": "never",
                "orders": "read",
                "listings_path": "/listings",
                "poll_every_s": 5.0,
            }
            put_connection(hub.db, hub.seal(), "web", "generic", settings, {"signing_secret": SECRET})
        order(shop, "7001", f"{item}-6PK", 2)
        with running(sealed) as hub:
            until(lambda: [(e.kind, e.units, e.shown) for e in list_inbox(hub.db).rows], [("unmapped_sku", 2, 0)])
        with open_hub(sealed) as hub:
            change_rules(hub.db, "web", lambda _: [Rule(1, "suffix", "-{n}PK")], automatic=True)
        with running(sealed) as hub:
            company = Company(hub)
            until(lambda: list_inbox(hub.db).rows, ())
            until(lambda: company.shelf(item)["dc"], (50, 12))
            assert company.read("SELECT title FROM listing") == [(f"Our {item}-6PK",)]
            company.proven()
