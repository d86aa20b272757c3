"""A feed takes an EDI interchange in once, in whatever file it comes, until its run is undone or the mapping mended."""

from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import Any

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.feeds import remove_feed
from truestock.feeds.stock.engine.figures.standing import NOTHING_LEFT
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import TRIM as RUNS
from truestock.feeds.stock.engine.runs import Run, lines_of
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.feeds.stock.engine.undoing.interchanges import TRIM
from truestock.feeds.stock.files import Format, mapping_of
from truestock.feeds.stock.files.edi import kept
from truestock.feeds.stock.files.edi.outgoing import StockLine, stock_report
from truestock.feeds.stock.files.edi.writing import Outgoing, Partners, x12
from truestock.store.jobs.kinds import Interrupted
from truestock.store.upkeep.retention import Kept, trim_all

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


def test_an_interchange_that_was_rejected_as_a_whole_comes_again_under_its_number(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta", location="dc", format=X12)
    sku = shop.item(dc=10)
    good = adjusted(wms, 1, sku, 3)
    bad = good.replace(b"SE*4*", b"SE*5*")
    assert bad != good
    assert send(feeds, wms, bad).report.quarantined == 1
    assert shop.shelf(sku) == {"dc": (10, 0)}
    assert (send(feeds, wms, good).report.taken, shop.shelf(sku)) == (1, {"dc": (13, 0)})
    assert (send(feeds, wms, bad, good).report.taken, shop.shelf(sku)) == (0, {"dc": (13, 0)})


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
        "if one says something else than then, undo the run that took it in and send it again"
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


def test_interchanges_are_forgotten_after_their_days_but_for_those_of_runs_that_are_kept(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta", location="dc", format=X12)
    sku, db = shop.item(dc=10), feeds.shop.hub.db
    taken, read, young = adjusted(wms, 71, sku, 3), adjusted(wms, 72, sku, 4), adjusted(wms, 73, sku, 5)
    run = send(feeds, wms, taken)
    kept.answer(db, "mail.edi", BytesIO(read), ago(days=91))
    kept.answer(db, "mail.edi", BytesIO(young), ago(days=89))
    with db.transaction() as conn:
        old = "read_at = read_at - interval '91 days', taken_at = taken_at - interval '91 days'"
        conn.execute(f"UPDATE interchange SET {old} WHERE sender = %s AND taken_at IS NOT NULL", [f"ZZ:{wms.upper()}"])

    def known() -> list[str]:
        sender = f"ZZ:{wms.upper()}"
        return [
            control for (control,) in shop.read("SELECT control FROM interchange WHERE sender = %s ORDER BY 1", sender)
        ]

    assert trim_all(db, [Kept(TRIM, 90)]) == {"EDI interchanges": 1}
    assert known() == ["000000071", "000000073"]
    with db.transaction() as conn:
        conn.execute("UPDATE feed_run SET ended_at = ended_at - interval '91 days' WHERE id = %s", [run.id])
    trim_all(db, [Kept(RUNS, 90), Kept(TRIM, 90)])
    assert known() == ["000000073"]
    assert (send(feeds, wms, taken).report.taken, shop.shelf(sku)) == (1, {"dc": (16, 0)})


def test_a_cut_off_run_whose_file_comes_again_passes_the_same_ones_over(feeds: Feeds) -> None:
    """What an interchange that was known keeps for orders was told when that was taken in."""
    columns = {"sku": "item.SK", "location": "location", "qty": "qty.17", "allocated": "qty.33"}
    mapping = mapping_of({"fields": {name: {"columns": [column]} for name, column in columns.items()}})
    shop, wms = feeds.shop, feeds.add("on_hand", format=X12, mapping=mapping)
    partners, skus, looks = Partners(f"ZZ:{wms.upper()}", "ZZ:HUB"), [shop.item(dc=20) for _ in range(20)], count()
    for sku in skus:
        shop.buy("web", {sku: 2})
    first, second = (
        stock_report(partners, n, NOW, "R", [StockLine(sku, kept, lie, "", "dc") for sku in skus])
        for n, kept, lie in ((1, 1, 20), (2, 2, 19))
    )
    send(feeds, wms, first)
    as_of = ago(seconds=0)

    def both(**how: Any) -> Run:
        return feeds.engine.take(wms, FeedFile("file.edi", BytesIO(first + second), as_of), "test", **how)

    with pytest.raises(Interrupted):
        both(stopping=lambda: next(looks) > 8)
    assert both().state == "done"
    differ = "SELECT FROM discrepancy WHERE source = %s AND kind = 'allocated' AND state <> 'gone'"
    assert shop.read(differ, wms) == []
