"""A served hub and a shop outside: orders lower what the shop shows; a pause loses nothing; a reset sends all."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.clocks import until
from tests.connectors.counterparts.generic import Shop
from tests.entrypoints.api.conftest import Live
from tests.entrypoints.api.test_connections import connect, do
from tests.entrypoints.shops import BEARER, answering
from tests.sync.stage import at_work
from truestock.catalog.items import Component
from truestock.catalog.listings import ListingDraft, put_listings

SKUS = ("A", "B", "C")
QUIET_S = 1.0


@pytest.fixture
def shop() -> Iterator[Shop]:
    with answering(Shop(dict.fromkeys(SKUS, 99), bearer=BEARER)) as shop:
        yield shop


@pytest.fixture
def connected(live: Live, shop: Shop) -> Live:
    """Channel web sells A (10), B (3) and C (none) in the shop, which shows just that."""
    put_listings(live.hub.db, [ListingDraft("web", sku, (Component(sku, 1),)) for sku in SKUS])
    assert connect(live, shop.url).is_success
    until(lambda: shop.stock == {"A": 10, "B": 3, "C": 0} and waiting(live) == 0)
    return live


def waiting(live: Live) -> int:
    return int(live.http.get("/v1/connections/web").json()["backlog"]["waiting"])


def figure(live: Live, name: str) -> float:
    """A metric of the channel web."""
    found = re.search(
        rf'^truestock_channel_{name}{{channel="web"}} (\S+)$', live.http.get("/metrics").text, re.MULTILINE
    )
    assert found, name
    return float(found[1])


def test_an_order_lowers_what_the_shop_shows_within_seconds(connected: Live, shop: Shop) -> None:
    assert connected.order("1", ("A", 4)).status_code == 201
    until(lambda: shop.stock["A"] == 6)
    assert shop.stock == {"A": 6, "B": 3, "C": 0}


def test_a_pause_holds_everything_back_and_resuming_sends_what_changed(connected: Live, shop: Shop) -> None:
    assert do(connected, "pause").is_success
    until(lambda: at_work(connected.hub.db) == 0)
    before = len(shop.writes)
    connected.order("1", ("A", 4))
    connected.order("2", ("A", 1))
    until(lambda: waiting(connected) == 1)
    time.sleep(QUIET_S)
    assert shop.stock["A"] == 10
    assert do(connected, "resume").is_success
    until(lambda: shop.stock["A"] == 5)
    assert len(shop.writes) == before + 1


def test_a_reset_sends_every_listing_anew(connected: Live, shop: Shop) -> None:
    shop.stock = dict.fromkeys(SKUS, 77)
    assert do(connected, "reset").json() == {"channel": "web", "listings": 3}
    until(lambda: shop.stock == {"A": 10, "B": 3, "C": 0})


def test_metrics_tell_how_a_channel_stands(connected: Live, shop: Shop) -> None:
    names = ("waiting", "in_flight", "in_trouble", "oldest_waiting_seconds", "paused", "answers")
    assert [figure(connected, name) for name in names] == [0, 0, 0, 0, 0, 1]
    shop.faults.reject = {"A"}
    connected.order("1", ("A", 4))
    until(lambda: figure(connected, "in_trouble") == 1)
    assert figure(connected, "waiting") == 1
    assert figure(connected, "oldest_waiting_seconds") > 0
    (trouble,) = connected.http.get("/v1/connections/web").json()["troubles"]
    assert (trouble["sku"], trouble["desired"], trouble["reason"]) == ("A", 6, "we do not carry A")
    do(connected, "pause")
    assert figure(connected, "paused") == 1


def test_an_outage_loses_nothing_and_is_seen(connected: Live, shop: Shop) -> None:
    shop.faults.throttle_next, shop.faults.throttle_status, shop.faults.retry_after = 1_000, 401, ""
    connected.order("1", ("A", 4))
    until(lambda: figure(connected, "answers") == 0)
    assert "not let in" in connected.http.get("/v1/connections/web").json()["connection"]["trouble"]
    assert shop.stock["A"] == 10
    shop.faults.throttle_next = 0
    until(lambda: shop.stock["A"] == 6)
    until(lambda: figure(connected, "answers") == 1)


def test_a_hub_without_connected_channels_has_no_figures_of_them(live: Live) -> None:
    assert "truestock_channel_waiting{" not in live.http.get("/metrics").text
