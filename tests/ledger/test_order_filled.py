"""An order that was short is told to be filled when the last of what it is owed is promised, in that transaction."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import jsonschema_rs
import pytest

from tests.factories import Shop
from tests.sync.webhooks.conftest import Post
from tests.sync.webhooks.receivers import Receiver
from truestock.ledger.desk import Desk
from truestock.ledger.post import post
from truestock.ledger.values import Post as Booking
from truestock.ledger.values import Receive
from truestock.orders.actions import Release, ReleaseLine
from truestock.store.lane import Direct
from truestock.sync.webhooks.envelope import kinds

FILLED = "order.filled"


def told(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    return shop.read("SELECT subject, data FROM event WHERE kind = %s ORDER BY id", FILLED)


def listen(shop: Shop) -> None:
    with shop.hub.db.transaction() as conn:
        conn.execute("DELETE FROM event")
    Post(shop.hub.db).add(Receiver(port=9_999), FILLED)


def test_it_is_told_once_when_the_last_item_of_the_last_line_is_there(shop: Shop) -> None:
    listen(shop)
    lamp, bulb = shop.item(dc=1), shop.item()
    shop.buy("web", {lamp: 3, bulb: 2}, "1001", mode="sold")
    shop.stock(lamp, dc=1)
    shop.stock(lamp, dc=1)
    shop.stock(bulb, dc=1)
    assert told(shop) == []
    shop.stock(bulb, dc=5)
    ((subject, data),) = told(shop)
    assert (subject, data["channel"], data["ref"]) == ("web/1001", "web", "1001")
    (schema,) = [kind.data for kind in kinds() if kind.kind == FILLED]
    assert jsonschema_rs.validator_for(schema).is_valid(data)
    shop.stock(lamp, dc=5)
    assert len(told(shop)) == 1


def test_one_receipt_that_fills_both_items_tells_it_once(shop: Shop) -> None:
    listen(shop)
    lamp, bulb = shop.item(), shop.item()
    shop.buy("web", {lamp: 1, bulb: 1}, "both-1", mode="sold")
    shop.buy("web", {lamp: 1}, "both-2", mode="sold")
    shop.book(Receive(sku=lamp, location="dc", qty=2), Receive(sku=bulb, location="dc", qty=1))
    assert sorted(subject for subject, _ in told(shop)) == ["web/both-1", "web/both-2"]


def test_an_order_that_becomes_short_again_is_told_again(shop: Shop) -> None:
    listen(shop)
    lamp = shop.item()
    shop.buy("web", {lamp: 2}, "again", mode="sold")
    shop.stock(lamp, dc=2)
    shop.count(lamp, "dc", 0)
    shop.stock(lamp, dc=2)
    assert [subject for subject, _ in told(shop)] == ["web/again", "web/again"]


def test_what_was_never_short_or_is_cancelled_is_not_told(shop: Shop) -> None:
    listen(shop)
    lamp, bulb = shop.item(dc=2), shop.item()
    shop.buy("web", {lamp: 2}, "backed")
    shop.buy("web", {bulb: 2}, "given-up", mode="sold")
    shop.do(Release("web", "given-up", [ReleaseLine(0, 2)], "no longer made"))
    shop.stock(bulb, dc=5)
    assert told(shop) == []


def test_units_that_another_order_gives_back_fill_too(shop: Shop) -> None:
    listen(shop)
    lamp = shop.item(dc=1)
    shop.buy("web", {lamp: 1}, "first")
    shop.buy("web", {lamp: 1}, "second", mode="sold")
    shop.do(Release("web", "first"))
    assert [subject for subject, _ in told(shop)] == ["web/second"]


def test_nobody_asks_and_nothing_is_written(shop: Shop) -> None:
    with shop.hub.db.transaction() as conn:
        conn.execute("DELETE FROM event")
        conn.execute("UPDATE webhook SET kinds = '{order.short}'")
    lamp = shop.item()
    shop.buy("web", {lamp: 1}, "unheard", mode="sold")
    shop.stock(lamp, dc=1)
    assert told(shop) == []


@pytest.mark.parametrize("turn", range(5))
def test_two_items_that_come_in_at_once_tell_it_once(shop: Shop, turn: int) -> None:
    listen(shop)
    skus = [shop.item() for _ in range(2)]
    for n in range(8):
        shop.buy("web", dict.fromkeys(skus, 1), f"at-once-{turn}-{n}", mode="sold")

    def receive(sku: str) -> None:
        direct = Direct(shop.hub.db, lambda conn: Desk(conn, shop.hub.rules), 10)
        with closing(direct):
            direct.run(post, [Booking(Receive(sku=sku, location="dc", qty=8), "test", None)])

    with ThreadPoolExecutor(2) as both:
        list(both.map(receive, skus))
    assert sorted(subject for subject, _ in told(shop)) == [f"web/at-once-{turn}-{n}" for n in range(8)]
