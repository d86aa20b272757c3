"""Books that are read before anybody asks for them."""

import asyncio
import time
from collections.abc import Iterator
from threading import Event

import pytest

from tests.clocks import PATIENCE_S, until
from tests.factories import Shop
from truestock.core.network import ItemRules
from truestock.ledger.desk import Desk
from truestock.ledger.values import Adjust
from truestock.ledger.work.books import WarmBooks
from truestock.ledger.work.warming import Warming, most_moved, next_size
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine, OrderResult


@pytest.fixture
def desk(shop: Shop) -> Iterator[Desk]:
    shop.hub.rules.refresh()
    conn = shop.hub.db.connect()
    yield Desk(conn, shop.hub.rules)
    conn.close()


def rules_of(desk: Desk, *skus: str) -> list[ItemRules]:
    ids = desk.snapshot.item_ids(skus)
    items = desk.with_rules(lambda snapshot: snapshot.items(ids.values()))
    return [items[ids[sku]] for sku in skus]


def warm(desk: Desk, warming: Warming) -> None:
    while warming(desk):
        pass


def test_those_that_move_most_are_read_first(shop: Shop, desk: Desk) -> None:
    busy, quiet = shop.item(dc=5), shop.item(dc=5)
    for _ in range(3):
        shop.book(Adjust(sku=busy, location="dc", qty=1, reason="found"))
    found = most_moved(shop.hub.db)
    busiest, other = rules_of(desk, busy, quiet)
    assert found.index(busiest.item) < found.index(other.item)


def test_a_book_read_ahead_is_the_one_that_would_be_read_when_asked_for(shop: Shop, desk: Desk) -> None:
    skus = [shop.item(dc=5, store=2), shop.item(dc=1)]
    warm(desk, Warming(most_moved(shop.hub.db)))
    rules = rules_of(desk, *skus)
    assert all(desk.warm.has(r) for r in rules)
    warmed = desk.guess(rules)
    cold = Desk(desk.conn, shop.hub.rules)
    cold.clock = desk.clock
    asked = cold.guess(rules)
    assert warmed is not None
    assert asked is not None
    assert {item: (book.version, list(book.stock)) for item, book in warmed.books.items()} == {
        item: (book.version, list(book.stock)) for item, book in asked.books.items()
    }


def test_what_is_decided_ahead_has_a_later_time_than_what_was_answered_before(shop: Shop, desk: Desk) -> None:
    """Though the database's last word on it took 50 ms to be read."""
    rules = rules_of(desk, shop.item(dc=5))
    desk.guess(rules)
    ((said,),) = shop.read("SELECT clock_timestamp()")
    time.sleep(0.05)
    desk.clock.read(said)
    ((answered,),) = shop.read("SELECT clock_timestamp()")
    time.sleep(0.01)
    work = desk.guess(rules)
    assert work is not None
    ((present,),) = shop.read("SELECT clock_timestamp()")
    assert answered < work.now <= present


@pytest.mark.parametrize(
    ("size", "took_s", "then"), [(1, 0.0, 2), (8, 0.001, 16), (64, 0.001, 64), (64, 0.032, 4), (1, 1.0, 1)]
)
def test_a_piece_is_as_large_as_its_time_allows(size: int, took_s: float, then: int) -> None:
    assert next_size(size, took_s) == then


def test_it_ends_where_there_is_no_more_room(shop: Shop, desk: Desk) -> None:
    first, second = (rules_of(desk, shop.item(dc=5))[0] for _ in range(2))
    desk.warm = WarmBooks(max_bytes=1)
    warm(desk, Warming([first.item] * 64 + [second.item]))
    assert not desk.warm.has(second)


def test_under_other_rules_all_is_read_anew(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=5)
    warming = Warming(most_moved(shop.hub.db))
    warm(desk, warming)
    shop.rule("buffer", 1, item=sku)
    shop.hub.rules.refresh()
    assert not desk.warm.has(rules_of(desk, sku)[0])
    warm(desk, warming)
    assert desk.warm.has(rules_of(desk, sku)[0])


def test_a_command_waits_for_one_piece_at_most_and_a_piece_that_fails_is_not_the_end(shop: Shop) -> None:
    sku, begun, go_on, failed = shop.item(dc=5), Event(), Event(), Event()

    def piece(_: Desk) -> bool:
        if not begun.is_set():
            begun.set()
            go_on.wait(PATIENCE_S)
            return True
        failed.set()
        raise ValueError("a piece that fails")

    async def order(ref: str) -> OrderResult:
        (future,) = shop.hub.lane.submit(reserve, [Reserve(NewOrder("web", ref, [OrderLine(sku)]))])
        go_on.set()
        answer: OrderResult = await asyncio.wait_for(future, PATIENCE_S)
        return answer

    shop.hub.lane.meanwhile(piece)
    assert begun.wait(PATIENCE_S)
    assert asyncio.run(order("while a piece is done")).granted
    assert failed.wait(PATIENCE_S)
    assert asyncio.run(order("after one that failed")).granted


def test_a_hub_warms_up_its_lane(shop: Shop) -> None:
    shop.item(dc=5)
    warming = shop.hub.warm_up()
    until(lambda: warming.done)
