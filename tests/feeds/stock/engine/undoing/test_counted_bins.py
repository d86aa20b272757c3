"""A file that is undone had seen some facts; those that a count of bins has seen as well do not count again."""

import pytest

from tests.factories import accept, ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.catalog.locations import BinDraft, put_bins
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run
from truestock.ledger.values import BinCount, CountBins, Receive, Sale


@pytest.fixture
def mending(feeds: Feeds) -> Mending:
    accept(put_bins(feeds.shop.hub.db, [BinDraft("dc", "P1", "pick"), BinDraft("dc", "B1", "bulk")]))
    return Mending(feeds.shop.hub.db, feeds.shop.hub.rules)


def laid(feeds: Feeds) -> str:
    """Five units in each of two bins since five hours."""
    sku = feeds.shop.item()
    for code in ("P1", "B1"):
        feeds.shop.book(Receive(sku=sku, location="dc", qty=5, bin=code, effective_at=ago(hours=5)))
    return sku


def counted(feeds: Feeds, sku: str, qty: int, hours: int) -> int:
    """The units that a count of P1 so long ago made more, or fewer."""
    said = CountBins(sku=sku, location="dc", bins=[BinCount("P1", qty)], effective_at=ago(hours=hours))
    return feeds.shop.book(said)[0].qty


def sold(feeds: Feeds, sku: str, qty: int, hours: int) -> None:
    feeds.shop.book(Sale(sku=sku, location="dc", qty=qty, effective_at=ago(hours=hours)))


def undone_as_previewed(mending: Mending, run: Run) -> None:
    seen = mending.undo(run.id, "maria", "", preview=True)
    assert mending.undo(run.id, "maria", "", preview=False) == seen


def test_what_a_count_of_bins_had_seen_and_the_file_had_not_does_not_count_again(
    feeds: Feeds, mending: Mending
) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = laid(feeds)
    run = feeds.send(erp, f"sku location qty | {sku} dc 10", ago(hours=4))
    assert counted(feeds, sku, 2, hours=1) == -3
    sold(feeds, sku, 3, hours=2)
    assert shop.shelf(sku) == {"dc": (7, 0)}
    undone_as_previewed(mending, run)
    assert (shop.shelf(sku), feeds.shop.in_bins(sku)) == ({"dc": (7, 0)}, {"P1": 2, "B1": 5})


@pytest.mark.parametrize(("counted_ago", "file_ago"), [(1, 2), (2, 1)])
def test_what_the_file_had_seen_and_a_count_of_bins_since_does_not_count_again(
    feeds: Feeds, mending: Mending, counted_ago: int, file_ago: int
) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = laid(feeds)
    assert counted(feeds, sku, 2, hours=counted_ago) == -3
    run = feeds.send(erp, f"sku location qty | {sku} dc 7", ago(hours=file_ago))
    sold(feeds, sku, 3, hours=3)
    assert shop.shelf(sku) == {"dc": (7, 0)}
    sold(feeds, sku, 4, hours=3)
    assert shop.shelf(sku) == {"dc": (7, 0)}
    undone_as_previewed(mending, run)
    assert shop.shelf(sku) == {"dc": (5, 0)}
    assert sum(feeds.shop.in_bins(sku).values()) == 5
