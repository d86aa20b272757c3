"""Numbers are waited for until they are as new as what was known, and no longer."""

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.clocks import PATIENCE_S
from tests.factories import Shop
from truestock.availability.publishing.caught_up import numbers_computed
from truestock.availability.publishing.publish import publish_once
from truestock.store.jobs.kinds import Work
from truestock.store.jobs.stages import Progress

Waiting = Callable[[], threading.Thread]


@pytest.fixture
def waiting(shop: Shop) -> Iterator[Waiting]:
    """Waits in a thread of its own, as a job does; nothing publishes but the test."""
    stop = threading.Event()
    begun: list[threading.Thread] = []

    def begin() -> threading.Thread:
        progress = Progress(shop.hub.db, Work(1, None, stop.is_set), 1, "numbers", set())
        thread = threading.Thread(target=lambda: numbers_computed(shop.hub.db)(progress))
        thread.start()
        begun.append(thread)
        return thread

    yield begin
    stop.set()
    for thread in begun:
        thread.join(PATIENCE_S)


def publish(shop: Shop, limit: int = 1_000) -> bool:
    """Look once; whether more waits."""
    return publish_once(shop.hub.db, shop.hub.rules, limit).more


def ends(thread: threading.Thread) -> bool:
    thread.join(PATIENCE_S)
    return not thread.is_alive()


def still_waits(thread: threading.Thread) -> bool:
    thread.join(0.5)
    return thread.is_alive()


def test_it_waits_for_every_movement_of_before(shop: Shop, waiting: Waiting) -> None:
    skus = [shop.item(dc=10) for _ in range(3)]
    for sku in skus:
        shop.listing("web", {sku: 1})
    while publish(shop):
        pass
    assert ends(waiting())
    for sku in skus:
        shop.stock(sku, dc=1)
    thread = waiting()
    assert still_waits(thread)
    publish(shop, limit=2)
    assert still_waits(thread)
    publish(shop)
    assert ends(thread)


def test_what_moves_later_is_not_waited_for(shop: Shop, waiting: Waiting) -> None:
    sku = shop.item(dc=10)
    shop.listing("web", {sku: 1})
    while publish(shop):
        pass
    shop.stock(sku, dc=1)
    thread = waiting()
    assert still_waits(thread)
    shop.stock(sku, dc=1)
    with shop.hub.db.transaction() as conn:
        conn.execute("DELETE FROM changed WHERE version < (SELECT max(version) FROM changed)")
    assert ends(thread)
    assert shop.read("SELECT count(*) FROM changed") == [(1,)]


def test_it_waits_for_all_listings_after_a_change_of_rules(shop: Shop, waiting: Waiting) -> None:
    sku = shop.item(dc=10)
    for units in (1, 2, 3):
        shop.listing("web", {sku: units})
    while publish(shop):
        pass
    shop.rule("buffer", 2, item=sku, channel="web")
    with shop.hub.db.transaction() as conn:
        conn.execute("DELETE FROM changed")
    thread = waiting()
    assert still_waits(thread)
    publish(shop, limit=1)
    assert still_waits(thread)
    while publish(shop, limit=1):
        pass
    assert ends(thread)


def test_it_says_when_nobody_computes(shop: Shop) -> None:
    shop.listing("web", {shop.item(dc=10): 1})
    progress = Progress(shop.hub.db, Work(1, None, lambda: False), 1, "numbers", set())
    with pytest.raises(TimeoutError, match="changes wait"):
        numbers_computed(shop.hub.db, within_s=0.1)(progress)
    assert shop.read("SELECT state FROM job_stage WHERE job = 1") == [("running",)]
