"""What feeds state: the worked numbers, promises that stay owed, and what is told late beside what binds already."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.factories import Shop, ago
from truestock.core.feed import Statement
from truestock.core.words import Status
from truestock.ledger.desk import Desk
from truestock.ledger.posting.statements import Effect, State, state
from truestock.ledger.values import Adjust, Count
from truestock.orders.actions import Ship


@pytest.fixture
def desk(shop: Shop) -> Iterator[Desk]:
    conn = shop.hub.db.connect()
    yield Desk(conn, shop.hub.rules)
    conn.close()


def statement(
    shop: Shop, sku: str, qty: int, as_of: datetime, *, late: timedelta | None = None, **more: bool
) -> Statement:
    snapshot = shop.hub.rules.refresh()
    rules = snapshot.items(snapshot.item_ids([sku]).values())
    (rule,) = rules.values()
    place = snapshot.location("dc")
    assert place is not None
    until = as_of - (late or timedelta())
    return Statement(rule.part, rule.item, place.id, 0, Status.SELLABLE, qty, as_of, until, **more)


def stated(desk: Desk, *statements: Statement, preview: bool = False) -> Effect:
    (effect,) = state(desk, [State(statements, "erp", "1", "feed", "test", preview=preview)])
    return effect


def promised(shop: Shop, sku: str, qty: int, channel: str = "market") -> str:
    """An order of so many units, which lie in dc; returns its reference."""
    ref = shop.new_ref()
    shop.buy(channel, {shop.listing(channel, {sku: 1}): qty}, ref)
    return ref


def now() -> datetime:
    return ago(seconds=0)


def test_of_ten_with_five_promised_a_file_that_says_four_means_what_its_feed_means(shop: Shop, desk: Desk) -> None:
    net, lying, counted = (shop.item(dc=10) for _ in range(3))
    for sku in (net, lying, counted):
        promised(shop, sku, 5)
    stated(desk, statement(shop, net, 4, now(), net=True))
    assert shop.shelf(net) == {"dc": (9, 5)}
    effect = stated(desk, statement(shop, lying, 4, now()))
    assert shop.shelf(lying) == {"dc": (4, 4)}
    assert (effect.changed, effect.displaced, effect.owed) == ([-6], 1, 1)
    as_of = now()
    shop.book(Adjust(sku=counted, location="dc", qty=2, reason="found"))
    stated(desk, statement(shop, counted, 4, as_of))
    assert shop.shelf(counted) == {"dc": (6, 5)}


def test_what_another_row_can_take_is_not_short(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10, store=10)
    promised(shop, sku, 5, "web")
    effect = stated(desk, statement(shop, sku, 4, now()))
    assert (effect.displaced, effect.owed) == (1, 0)
    assert shop.owed(sku) == {}


def test_a_source_that_books_our_shipments_later_has_them_taken_off_first(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10)
    ref = promised(shop, sku, 3)
    shop.do(Ship("market", ref))
    assert stated(desk, statement(shop, sku, 10, now(), late=timedelta(days=1))).changed == [0]
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_a_net_figure_knows_only_the_promises_of_its_time(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10)
    promised(shop, sku, 2)
    as_of = now()
    promised(shop, sku, 3)
    stated(desk, statement(shop, sku, 8, as_of, net=True))
    assert shop.shelf(sku) == {"dc": (10, 5)}


def test_a_source_that_knows_no_orders_has_all_of_them_come_off(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10)
    promised(shop, sku, 2)
    stated(desk, statement(shop, sku, 8, now(), net=True, knows_orders=False))
    assert shop.shelf(sku) == {"dc": (8, 2)}


def test_a_cart_is_nothing_that_a_source_knows(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10)
    listing = shop.listing("market", {sku: 1})
    shop.buy("market", {listing: 2}, hold=300)
    stated(desk, statement(shop, sku, 10, now(), net=True))
    assert shop.shelf(sku) == {"dc": (10, 2)}


def test_a_preview_says_the_same_and_writes_nothing(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10)
    promised(shop, sku, 5)
    told = statement(shop, sku, 4, now())
    seen = stated(desk, told, preview=True)
    assert shop.shelf(sku) == {"dc": (10, 5)}
    assert stated(desk, told)[1:] == seen[1:]


def test_an_older_statement_than_a_count_has_no_effect(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10)
    before = now()
    shop.book(Count(sku=sku, location="dc", qty=7))
    assert stated(desk, statement(shop, sku, 4, before)).changed == [None]
    assert shop.shelf(sku) == {"dc": (7, 0)}


def bound(shop: Shop, told: Statement) -> None:
    """What a feed says of a cell stands, and is not booked yet."""
    with shop.hub.db.transaction() as conn:
        conn.execute(
            "INSERT INTO feed (id, code, meaning, posture, settings, secrets, as_of, booked_until, added_at) "
            "VALUES (1, 'erp', 'on_hand', 'book', '{}', '', %(as_of)s, %(until)s, now()) "
            "ON CONFLICT (id) DO UPDATE SET as_of = excluded.as_of, booked_until = excluded.booked_until",
            {"as_of": told.as_of, "until": told.booked_until},
        )
        conn.execute(
            "INSERT INTO stated (part, item, loc, lot, status, feed, qty, run) VALUES (%s, %s, %s, 0, 0, 1, %s, 1)",
            [told.part, told.item, told.loc, told.qty],
        )


@pytest.mark.parametrize("first", ["fact", "statement"])
def test_a_fact_from_before_the_statement_counts_once_whichever_is_booked_first(
    shop: Shop, desk: Desk, first: str
) -> None:
    sku = shop.item(dc=10)
    sold = ago(minutes=20)
    told = statement(shop, sku, 7, ago(minutes=10))
    bound(shop, told)
    late = Adjust(sku=sku, location="dc", qty=-3, reason="lost", effective_at=sold)
    if first == "fact":
        shop.book(late)
    stated(desk, told)
    if first == "statement":
        shop.book(late)
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_a_shipment_that_the_source_had_not_booked_is_told_late_and_still_leaves(shop: Shop, desk: Desk) -> None:
    sku = shop.item(dc=10)
    ref = promised(shop, sku, 3)
    told = statement(shop, sku, 10, now(), late=timedelta(hours=1))
    bound(shop, told)
    stated(desk, told)
    shop.do(Ship("market", ref, shipped_at=ago(minutes=1)))
    assert shop.shelf(sku) == {"dc": (7, 0)}
