"""The change stream: one number a change, in order, and nothing lost whatever happens between."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from tests.clocks import PATIENCE_S
from tests.factories import Shop, ahead
from truestock.availability.publishing.expire import expire_once
from truestock.availability.publishing.publish import Published, publish_once
from truestock.availability.publishing.publisher import Publisher
from truestock.availability.publishing.stream import Change, changes_since, latest, trim_stream
from truestock.availability.read import Reader
from truestock.availability.values import Available
from truestock.catalog.listings import end_listings
from truestock.ledger.desk import Desk

Publish = Callable[[], list[Change]]


@pytest.fixture
def publish(shop: Shop, reader: Reader) -> Publish:
    """Publishes all that waits and gives what it put into the stream."""

    def run() -> list[Change]:
        cursor = latest(reader.conn)
        while publish_once(shop.hub.db, shop.hub.rules, limit=3).more:
            pass
        return changes_since(reader.conn, cursor).changes

    run()
    return run


def short_form(changes: list[Change]) -> list[tuple[str, str, int, int]]:
    return sorted((c.channel, c.sku, c.atp, c.rev) for c in changes)


def shown(shop: Shop, listing: str) -> list[tuple[Any, ...]]:
    """(rev, desired, made from) of a listing."""
    return shop.read(
        "SELECT o.rev, o.desired, o.made_from FROM outbound o JOIN listing l ON l.id = o.listing WHERE l.sku = %s",
        listing,
    )


def test_a_movement_changes_every_listing_of_its_items_once(shop: Shop, publish: Publish) -> None:
    sku = shop.item(dc=10)
    one, pack = shop.listing("web", together=False, **{sku: 1}), shop.listing("market", together=False, **{sku: 4})
    assert short_form(publish()) == sorted([("web", one, 10, 1), ("market", pack, 2, 1)])
    shop.buy("web", {one: 1})
    assert short_form(publish()) == [("web", one, 9, 2)]
    shop.buy("web", {one: 1})
    shop.buy("web", {one: 1})
    assert short_form(publish()) == sorted([("market", pack, 1, 2), ("web", one, 7, 3)])
    assert publish() == []


def test_the_stream_has_no_gaps_and_ends_at_what_is_read(shop: Shop, reader: Reader, publish: Publish) -> None:
    sku = shop.item(dc=100)
    listing = shop.listing("web", together=False, **{sku: 1})
    start = latest(reader.conn)
    for n in range(1, 6):
        shop.buy("web", {listing: n})
        publish()
    found = changes_since(reader.conn, start)
    assert [c.seq for c in found.changes] == list(range(start + 1, found.cursor + 1))
    alone = reader.available("web", listing)
    assert isinstance(alone, Available)
    assert found.changes[-1].atp == alone.atp == 85
    ((rev, desired, made_from),) = shop.read(
        "SELECT o.rev, o.desired, o.made_from FROM outbound o JOIN listing l ON l.id = o.listing WHERE l.sku = %s",
        listing,
    )
    assert (rev, desired, made_from["atp"], made_from["epoch"]) == (found.changes[-1].rev, 85, 85, alone.epoch)
    assert list(made_from["items"].values()) == [alone.items[0].version]


def test_a_rule_changes_all_it_touches_without_a_movement(shop: Shop, publish: Publish) -> None:
    sku = shop.item(dc=10)
    listings = [shop.listing("web", together=False, **{sku: n}) for n in (1, 2, 3, 4, 5)]
    publish()
    shop.rule("buffer", 6, item=sku, channel="web")
    assert short_form(publish()) == sorted(
        ("web", name, atp, 2) for name, atp in zip(listings, (4, 2, 1, 1, 0), strict=True)
    )


def test_what_is_below_zero_is_in_the_stream_and_zero_is_shown(shop: Shop, publish: Publish) -> None:
    sku = shop.item(dc=1)
    listing = shop.listing("web", together=False, **{sku: 1})
    shop.rule("buffer", 4, item=sku)
    (change,) = publish()
    ((desired,),) = shop.read(
        "SELECT desired FROM outbound o JOIN listing l ON l.id = o.listing WHERE l.sku = %s", listing
    )
    assert (change.atp, desired) == (-3, 0)


def test_a_listing_that_leads_to_no_items_is_held_at_zero_and_counted(shop: Shop, publish: Publish) -> None:
    sku = shop.item(dc=7)
    listing = shop.listing("web", together=False, **{sku: 1})
    publish()
    end_listings(shop.hub.db, [("web", listing)])
    unknown, more = 0, True
    while more:
        published = publish_once(shop.hub.db, shop.hub.rules, limit=1_000)
        unknown, more = unknown + published.unknown, published.more
    assert unknown == 1
    ((_, desired, made_from),) = shown(shop, listing)
    assert (desired, made_from["atp"]) == (0, None)


def test_a_cart_that_runs_out_is_published_though_nothing_moved(shop: Shop, publish: Publish) -> None:
    sku = shop.item(dc=10)
    listing = shop.listing("web", together=False, **{sku: 1})
    cart = shop.buy("web", {listing: 4}, hold=3)
    assert short_form(publish()) == [("web", listing, 6, 1)]
    shop.outlast(cart.expires_at)
    assert short_form(publish()) == [("web", listing, 10, 2)]
    with shop.hub.db.connect() as conn:
        assert expire_once(Desk(conn, shop.hub.rules)) == 1
        assert expire_once(Desk(conn, shop.hub.rules)) == 0
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (10, 0)}
    assert publish() == []


def test_a_dated_rule_is_due_when_it_starts(shop: Shop, publish: Publish) -> None:
    sku = shop.item(dc=10)
    shop.listing("web", together=False, **{sku: 1})
    starts_at = ahead(seconds=3)
    shop.rule("buffer", 3, item=sku, starts_at=starts_at)
    assert [c.atp for c in publish()] == [10]
    assert shop.read("SELECT at FROM due JOIN item ON id = item WHERE sku = %s", sku) == [(starts_at,)]
    shop.outlast(starts_at)
    assert [c.atp for c in publish()] == [7]
    assert shop.read("SELECT at FROM due JOIN item ON id = item WHERE sku = %s", sku) == []


def test_while_one_publishes_another_does_nothing(shop: Shop, publish: Publish) -> None:
    sku = shop.item(dc=10)
    shop.listing("web", together=False, **{sku: 1})
    with shop.hub.db.transaction() as conn:
        conn.execute("SELECT FROM lane WHERE name = 'atp' FOR UPDATE")
        assert publish_once(shop.hub.db, shop.hub.rules) == Published(0, 0.0)
    assert len(publish()) == 1


def test_a_reader_of_one_channel_moves_on_past_the_others(shop: Shop, reader: Reader, publish: Publish) -> None:
    sku = shop.item(dc=10)
    start = latest(reader.conn)
    shop.listing("web", together=False, **{sku: 1})
    publish()
    found = changes_since(reader.conn, start, channel="retail")
    assert (found.changes, found.cursor, found.lost) == ([], latest(reader.conn), False)


def test_a_cursor_behind_what_is_kept_is_told_so(shop: Shop, reader: Reader, publish: Publish) -> None:
    sku = shop.item(dc=10)
    listing = shop.listing("web", together=False, **{sku: 1})
    publish()
    assert trim_stream(shop.hub.db, datetime.now(UTC) - timedelta(hours=1)) == 0
    assert trim_stream(shop.hub.db, datetime.now(UTC)) > 0
    assert changes_since(reader.conn, 0).lost, "also where nothing is kept"
    assert not changes_since(reader.conn, latest(reader.conn)).lost
    shop.buy("web", {listing: 1})
    publish()
    assert changes_since(reader.conn, 0).lost
    assert not changes_since(reader.conn, latest(reader.conn) - 1).lost


def test_the_thread_publishes_what_is_bought(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10)
    listing = shop.listing("web", together=False, **{sku: 1})
    seen = Event()
    publisher = Publisher(shop.hub.db, shop.hub.rules, every_s=600.0)
    publisher.on_change(lambda _: seen.set())
    publisher.start()
    try:
        assert seen.wait(PATIENCE_S)
        seen.clear()
        cursor = latest(reader.conn)
        shop.buy("web", {listing: 3})
        publisher.wake()
        assert seen.wait(PATIENCE_S)
        assert [c.atp for c in changes_since(reader.conn, cursor).changes] == [7]
    finally:
        publisher.stop()
