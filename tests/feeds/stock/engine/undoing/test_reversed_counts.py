"""A fact that a file and a count had both seen counts once, whichever of them is taken back first."""

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.mending import Mending
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import reverse
from truestock.ledger.values import Count, Receive, Sale


@pytest.fixture
def mending(feeds: Feeds) -> Mending:
    return Mending(feeds.shop.hub.db, feeds.shop.hub.rules)


@pytest.mark.parametrize(("file_ago", "counted_ago"), [(2, 4), (4, 2), (5, 2)])
@pytest.mark.parametrize("first", ["file", "count"])
def test_it_counts_once_when_both_are_taken_back(
    feeds: Feeds, mending: Mending, first: str, file_ago: int, counted_ago: int
) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item()
    shop.book(Receive(sku=sku, location="dc", qty=10, effective_at=ago(hours=9)))
    done = {}

    def count() -> None:
        booking = Count(sku=sku, location="dc", qty=7, effective_at=ago(hours=counted_ago))
        (done["count"],) = [answer.movement for answer in shop.book(booking)]

    def send() -> None:
        done["file"] = feeds.send(erp, f"sku location qty | {sku} dc 7", ago(hours=file_ago)).id

    for _, say in sorted([(-counted_ago, count), (-file_ago, send)], key=lambda pair: pair[0]):
        say()
    # Both had seen it; or, where the file is of five hours ago, the count alone.
    at = 4.5 if file_ago == 5 else 6
    shop.book(Sale(sku=sku, location="dc", qty=3, effective_at=ago(hours=at)))
    assert shop.shelf(sku) == {"dc": (7, 0)}
    for what in sorted(done, key=lambda what: what != first):
        if what == "file":
            mending.undo(done["file"], "maria", "", preview=False)
        else:
            with shop.hub.db.connect() as conn:
                reverse(Desk(conn, shop.hub.rules), done["count"], "maria", "a mistake", preview=False)
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_a_fact_told_between_a_count_and_a_file_counts_when_both_are_taken_back(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10)
    (counted,) = shop.book(Count(sku=sku, location="dc", qty=7, effective_at=ago(hours=4)))
    shop.book(Sale(sku=sku, location="dc", qty=3, effective_at=ago(hours=6)))
    run = feeds.send(erp, f"sku location qty | {sku} dc 5", ago(hours=2))
    with shop.hub.db.connect() as conn:
        reverse(Desk(conn, shop.hub.rules), counted.movement, "maria", "a mistake", preview=False)
    assert shop.shelf(sku) == {"dc": (5, 0)}
    mending.undo(run.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (7, 0)}
