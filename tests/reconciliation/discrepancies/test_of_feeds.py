"""Figures that come by a feed: what differs is remembered, is gone when the feed agrees, and counts for accuracy."""

from datetime import datetime
from io import BytesIO

import pytest

from tests.factories import Shop, ago
from tests.reconciliation.discrepancies.stating import Source
from truestock.core.problems import Invalid
from truestock.core.reconcile import Posture
from truestock.feeds.stock.engine.engine import FeedEngine
from truestock.feeds.stock.engine.feeds import put_feed
from truestock.feeds.stock.engine.runs import Report
from truestock.feeds.stock.engine.settings import NewFeed
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.reconciliation.discrepancies.accuracy import read_accuracy
from truestock.reconciliation.discrepancies.tolerances import ToleranceDraft, put_tolerance


def says(
    shop: Shop, code: str, posture: Posture, at: datetime, *rows: tuple[str, str, int], preview: bool = False
) -> Report:
    """A file of the feed; what came of it."""
    put_feed(shop.hub.db, shop.hub.seal(), code, NewFeed(meaning="on_hand", posture=posture), on_lan=False)
    text = "\n".join(["sku,location,qty", *(f"{sku},{place},{qty}" for sku, place, qty in rows), ""])
    file = FeedFile("f.csv", BytesIO(text.encode()), at)
    return FeedEngine(shop.hub.db, shop.hub.rules).take(code, file, "test", preview=preview).report


def test_a_discrepancy_is_gone_when_the_feed_agrees_and_stays_where_it_is_silent(shop: Shop) -> None:
    one, other, third = shop.item(dc=10), shop.item(dc=10), shop.item(dc=10)
    rows = Source(shop, "wms-feed")
    says(shop, "wms-feed", "compare", ago(hours=3), (one, "dc", 8), (other, "dc", 7), (third, "dc", 10))
    says(shop, "wms-feed", "compare", ago(hours=2), (one, "dc", 10), (third, "dc", 9))
    assert [(row.state, row.units) for row in rows.rows(one)] == [("gone", -2)]
    assert [(row.state, row.units) for row in rows.rows(other)] == [("open", -3)]
    assert [(row.state, row.units) for row in rows.rows(third)] == [("open", -1)]
    assert shop.shelf(one) == shop.shelf(other) == {"dc": (10, 0)}


def test_how_accurate_the_ledger_was_is_kept_for_each_run(shop: Shop) -> None:
    one, other = shop.item(dc=10, store=4), shop.item(dc=10)
    at = ago(hours=1)
    says(shop, "erp-feed", "book", at, (one, "dc", 8), (one, "store", 4), (other, "dc", 10))
    days = {
        day.location: (day.cells, day.right, day.units) for day in read_accuracy(shop.hub.db, source="erp-feed").days
    }
    assert days == {"dc": (2, 1, 2), "store": (1, 1, 0)}
    assert shop.shelf(one) == {"dc": (8, 0), "store": (4, 0)}


@pytest.mark.parametrize(("posture", "booked", "review"), [("book", 2, 0), ("reconcile", 1, 1), ("compare", 0, 0)])
def test_a_preview_says_what_a_run_then_does(shop: Shop, posture: Posture, booked: int, review: int) -> None:
    feed, at = f"previewed-{posture}", ago(hours=1)
    near, far = shop.item(dc=10), shop.item(dc=10)
    put_tolerance(shop.hub.db, ToleranceDraft(units=2, source=feed), "ann")
    rows = Source(shop, feed)
    seen = says(shop, feed, posture, at, (near, "dc", 9), (far, "dc", 4), preview=True)
    assert rows.rows(near) == rows.rows(far) == []
    done = says(shop, feed, posture, at, (near, "dc", 9), (far, "dc", 4))
    for report in (seen, done):
        assert (report.differed, report.booked, report.review, report.left) == (2, booked, review, 2 - booked - review)
    assert (seen.up, seen.down) == (done.up, done.down)


@pytest.mark.parametrize("posture", ["book", "reconcile"])
def test_what_a_rule_adjusted_names_the_movement_that_booked_it(shop: Shop, posture: Posture) -> None:
    feed, at = f"linked-{posture}", ago(hours=1)
    sku, other = shop.item(dc=10), shop.item(dc=10)
    put_tolerance(shop.hub.db, ToleranceDraft(units=2, source=feed), "ann")
    shop.count(sku, "dc", 9, at)
    says(shop, feed, posture, at, (sku, "dc", 8), (other, "dc", 9))
    rows = shop.read(
        "SELECT d.state, m.reason, m.items FROM discrepancy d JOIN movement m ON m.id = d.movement AND "
        "m.source = d.source WHERE d.source = %s",
        feed,
    )
    items = {Source(shop, feed).item(one) for one in (sku, other)}
    reason = "feed: on_hand, within tolerance" if posture == "reconcile" else "feed: on_hand"
    assert [(state, why) for state, why, _ in rows] == [("adjusted", reason)] * 2
    assert {item for *_, of in rows for item in of} == items


def test_no_feed_may_have_the_code_under_which_counts_are_compared(shop: Shop) -> None:
    with pytest.raises(Invalid, match="choose another code") as refused:
        put_feed(shop.hub.db, shop.hub.seal(), "count", NewFeed(meaning="count"), on_lan=False)
    assert refused.value.field == "code"
