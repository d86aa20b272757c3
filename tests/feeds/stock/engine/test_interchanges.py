"""A feed takes an EDI interchange in once, in whatever file it comes, until its run is undone or the mapping mended."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.feeds import remove_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run, lines_of
from truestock.feeds.stock.engine.taking import NOTHING_LEFT, FeedFile
from truestock.feeds.stock.files import Format, mapping_of
from truestock.feeds.stock.files.edi.outgoing import StockLine, stock_report
from truestock.feeds.stock.files.edi.writing import Outgoing, Partners, x12

NOW = datetime(2026, 11, 21, 9, 14, tzinfo=UTC)
X12 = Format("x12")


def adjusted(feed: str, control: int, sku: str, qty: int) -> bytes:
    """An interchange that tells of units more, and names no document."""
    segments = [("W15", "20261121"), ("W19", "07", str(qty), "EA", "", "SK", sku)]
    return x12(Partners(f"ZZ:{feed.upper()}", "ZZ:HUB"), control, NOW, "AW", "004010", [Outgoing("947", segments)])


def send(feeds: Feeds, code: str, *interchanges: bytes, **how: Any) -> Run:
    """A file of interchanges."""
    return feeds.engine.take(code, FeedFile("file.edi", BytesIO(b"".join(interchanges)), ago(seconds=0)), "test", **how)


@pytest.fixture
def mending(feeds: Feeds) -> Mending:
    return Mending(feeds.shop.hub.db, feeds.shop.hub.rules)


def test_an_interchange_that_comes_again_in_a_bigger_file_is_passed_over(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta", location="dc", format=X12)
    sku = shop.item(dc=10)
    first, second = adjusted(wms, 1, sku, 3), adjusted(wms, 2, sku, 4)
    send(feeds, wms, first)
    assert send(feeds, wms, first, second, preview=True).report.taken == 1
    run = send(feeds, wms, first, second)
    assert shop.shelf(sku) == {"dc": (17, 0)}
    assert (run.report.rows, run.report.quarantined, lines_of(shop.hub.db, run.id).rows) == (1, 0, ())
    assert run.report.notes == [
        f"interchanges taken in before are passed over: 000000001 of ZZ:{wms.upper()}; "
        "if one is another interchange, have its sender give it a number of its own"
    ]


def test_a_known_interchange_is_no_bad_row_to_a_feed_that_goes_in_whole_or_not_at_all(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta", location="dc", format=X12, all_or_nothing=True)
    sku = shop.item(dc=10)
    first, second = adjusted(wms, 1, sku, 3), adjusted(wms, 2, sku, 4)
    send(feeds, wms, first)
    assert send(feeds, wms, first, second).state == "done"
    assert shop.shelf(sku) == {"dc": (17, 0)}
    bad = send(feeds, wms, second, adjusted(wms, 3, "nobody", 1), adjusted(wms, 4, sku, 1))
    assert (bad.state, bad.report.quarantined, len(bad.report.notes)) == ("refused", 1, 2)


def test_a_complete_feed_takes_nothing_away_of_what_stands_in_a_known_interchange(feeds: Feeds) -> None:
    scope: dict[str, Any] = {"location": "far", "locations": ("far",), "complete": True, "zero_share": 100}
    shop, erp = feeds.shop, feeds.add("on_hand", format=Format("x12", quantity="33"), **scope)
    partners, (one, two) = Partners(f"ZZ:{erp.upper()}", "ZZ:HUB"), [shop.item(far=9), shop.item()]
    first, second = (stock_report(partners, n, NOW, "R", [StockLine(sku, 4)]) for n, sku in ((1, one), (2, two)))
    send(feeds, erp, first)
    run = send(feeds, erp, first, second)
    assert shop.shelf(one) == {"far": (4, 0)}
    assert run.report.notes[1:] == [NOTHING_LEFT]


def test_another_feed_reads_the_same_interchange_for_itself(feeds: Feeds) -> None:
    shop = feeds.shop
    feeds_of_both = [feeds.add("delta", location="dc", format=X12) for _ in range(2)]
    sku = shop.item(dc=10)
    for code in feeds_of_both:
        send(feeds, code, adjusted(feeds_of_both[0], 1, sku, 3))
    assert shop.shelf(sku) == {"dc": (16, 0)}


def test_an_undone_interchange_may_be_taken_in_again(feeds: Feeds, mending: Mending) -> None:
    shop, wms = feeds.shop, feeds.add("delta", location="dc", format=X12)
    sku = shop.item(dc=10)
    first, second = adjusted(wms, 1, sku, 3), adjusted(wms, 2, sku, 4)
    mending.undo(send(feeds, wms, first).id, "maria", "", preview=False)
    send(feeds, wms, first, second)
    assert shop.shelf(sku) == {"dc": (17, 0)}


def test_an_interchange_is_read_anew_once_the_mapping_is_mended(feeds: Feeds) -> None:
    mapping = {"fields": {"sku": {"columns": ["item.SK"]}, "qty": {"columns": ["units"]}}}
    shop, wms = feeds.shop, feeds.add("delta", location="dc", format=X12, mapping=mapping_of(mapping))
    sku = shop.item(dc=10)
    first = adjusted(wms, 1, sku, 3)
    assert send(feeds, wms, first).report.quarantined == 1
    feeds.put(wms, "delta", location="dc", format=X12)
    send(feeds, wms, first, adjusted(wms, 2, sku, 4))
    assert shop.shelf(sku) == {"dc": (17, 0)}
    remove_feed(shop.hub.db, wms)
