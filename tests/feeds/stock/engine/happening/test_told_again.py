"""A row that was told is not booked again: by a corrected file, by a retry of what was set aside, or by both."""

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.catalog.listings.aliases import ITEM_ALIASES, ItemAliasDraft
from truestock.core.problems import Conflict
from truestock.feeds.stock.engine.engine import Pushed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import lines_of, read_run
from truestock.feeds.stock.files import Format, Mapping, mapping_of
from truestock.ledger.values import Adjust


def test_a_mended_row_goes_through_all_the_steps_of_the_mapping(feeds: Feeds, mending: Mending) -> None:
    """The file's columns have the names of our fields, and the figures count dozens."""
    steps = {"qty": {"columns": ["qty"], "steps": [{"do": "multiply", "by": 12}]}}
    mapping = mapping_of({"fields": {"sku": {"columns": ["sku"]}, "location": {"columns": ["location"]}, **steps}})
    shop, wms = feeds.shop, feeds.add("delta", mapping=mapping)
    sku = shop.item(dc=10)
    run = feeds.send(wms, f"sku location qty | {sku} dc x | nobody dc 1")
    assert mending.retry(run.id, [2], {2: {"qty": "2"}}, "maria").taken == [2]
    assert shop.shelf(sku) == {"dc": (34, 0)}
    assert mending.retry(run.id, [3], {3: {"sku": sku}}, "maria").taken == [3]
    assert shop.shelf(sku) == {"dc": (46, 0)}


def test_a_mended_figure_keeps_all_that_its_row_said(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(lots=True)
    run = feeds.send(erp, "sku location lot expires_at qty | nobody dc L7 2031-05-01T00:00:00+00:00 4")
    (fault,) = lines_of(shop.hub.db, run.id).rows
    assert fault.mapped
    mending.retry(run.id, None, {2: {"sku": sku}}, "maria")
    ((expires,),) = shop.read(
        "SELECT t.expires_at::date::text FROM lot t JOIN item i ON i.id = t.item WHERE i.sku = %s", sku
    )
    assert expires == "2031-05-01"


def test_a_name_that_became_known_is_looked_up_and_one_of_ours_is_not_looked_up_twice(
    feeds: Feeds, mending: Mending
) -> None:
    shop = feeds.shop
    wms = feeds.add("delta", mapping=Mapping(source="the wms"))
    one, two = shop.item(dc=10), shop.item(dc=10)
    ITEM_ALIASES.put(shop.hub.db, [ItemAliasDraft("the wms", f"{one}-there", one), ItemAliasDraft("the wms", one, two)])
    run = feeds.send(wms, f"sku location qty | {one}-there nowhere 1 | {one}-new dc 2")
    ITEM_ALIASES.put(shop.hub.db, [ItemAliasDraft("the wms", f"{one}-new", one)])
    assert mending.retry(run.id, [2, 3], {2: {"location": "dc"}}, "maria").taken == [2, 3]
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (13, 0)}, {"dc": (10, 0)})


@pytest.mark.parametrize("first", ["retry", "file"])
def test_a_row_that_is_mended_and_sent_again_is_booked_once(feeds: Feeds, mending: Mending, first: str) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku, at = shop.item(store=20), ago(minutes=5).isoformat()
    run = feeds.send(pos, f"sku qty ref at | {sku} x R1 {at} | {sku} 1 R1 {at} | {sku} 4 R1 {at}")
    assert shop.shelf(sku) == {"store": (15, 0)}
    whole = f"sku qty ref at | {sku} 2 R1 {at} | {sku} 1 R1 {at} | {sku} 4 R1 {at}"
    for what in ("retry", "file") if first == "retry" else ("file", "retry"):
        if what == "retry":
            assert mending.retry(run.id, None, {2: {"qty": "2"}}, "maria").taken == [2]
        else:
            again = feeds.send(pos, whole)
            assert (again.report.quarantined, again.report.known + again.report.booked) == (0, 3)
        assert shop.shelf(sku) == {"store": (13, 0)}


def test_a_row_of_an_item_that_nobody_knew_is_booked_once_whoever_tells_it_then(feeds: Feeds, mending: Mending) -> None:
    shop = feeds.shop
    pos = feeds.add("sales", location="store", mapping=Mapping(source="till", item_by="alias"))
    sku, at = shop.item(store=20), ago(minutes=5).isoformat()
    text = f"sku qty ref at | {sku}-a 2 R1 {at} | {sku}-b 2 R1 {at}"
    ITEM_ALIASES.put(shop.hub.db, [ItemAliasDraft("till", f"{sku}-b", sku)])
    run = feeds.send(pos, text)
    ITEM_ALIASES.put(shop.hub.db, [ItemAliasDraft("till", f"{sku}-a", sku)])
    assert mending.retry(run.id, None, {}, "maria").taken == [2]
    assert shop.shelf(sku) == {"store": (16, 0)}
    again = feeds.send(pos, text + " | ")  # the same rows, and another file
    assert (again.id != run.id, again.report.known, again.report.booked) == (True, 2, 0)
    assert shop.shelf(sku) == {"store": (16, 0)}
    feeds.send(pos, text + f" | {sku}-a 1 R2 {at}")
    assert shop.shelf(sku) == {"store": (15, 0)}


def test_a_receipt_of_an_undone_file_may_be_told_again(feeds: Feeds, mending: Mending) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku, at = shop.item(store=20), ago(minutes=5).isoformat()
    wrong = feeds.send(pos, f"sku qty ref at | {sku} 12 R1 {at}")
    mending.undo(wrong.id, "maria", "in dozens", preview=False)
    for _ in range(2):
        feeds.send(pos, f"sku qty ref at | {sku} 1 R1 {at}")
        assert shop.shelf(sku) == {"store": (19, 0)}
    feeds.send(pos, f"sku qty ref at | {sku} 1 R1 {at} | {sku} 2 R2 {at}")
    assert shop.shelf(sku) == {"store": (17, 0)}


def test_undoing_takes_back_what_the_run_itself_booked_and_nothing_else(feeds: Feeds, mending: Mending) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    one, two, at = shop.item(store=20), shop.item(store=20), ago(minutes=5).isoformat()
    first = feeds.send(pos, f"sku qty ref at | {one} 1 R1 {at} | {one} x R2 {at}")
    second = feeds.send(pos, f"sku qty ref at | {one} 1 R1 {at} | {two} 2 R3 {at}")
    assert (second.report.known, second.report.booked, second.report.down) == (1, 1, 2)
    shop.book(Adjust(sku=one, location="store", qty=-5, reason="lost", source=pos, ref="R1"))
    mending.retry(first.id, None, {3: {"qty": "3"}}, "maria")
    mending.undo(second.id, "maria", "", preview=False)
    assert (shop.shelf(one), shop.shelf(two)) == ({"store": (11, 0)}, {"store": (20, 0)})
    mending.undo(first.id, "maria", "", preview=False)
    assert shop.shelf(one) == {"store": (15, 0)}
    with pytest.raises(Conflict, match="is undone; only rows of one that is done"):
        mending.retry(first.id, None, {}, "maria")
    assert read_run(shop.hub.db, first.id).state == "undone"


def test_a_mended_row_of_a_form_of_its_own_is_read_in_that_form(feeds: Feeds, mending: Mending) -> None:
    shop, wms = feeds.shop, feeds.add("delta", format=Format(name="json_lines"))
    sku = shop.item(dc=10)
    run = feeds.engine.push(wms, Pushed([{"sku": sku, "location": "dc", "qty": "x"}]), ago(minutes=1), "rows", "test")
    assert mending.retry(run.id, None, {1: {"qty": "2"}}, "maria").taken == [1]
    assert shop.shelf(sku) == {"dc": (12, 0)}


def test_a_row_that_comes_before_one_of_its_kind_that_was_told_is_not_told_twice(
    feeds: Feeds, mending: Mending
) -> None:
    """Nobody knew what the first row of the receipt was, so the second was told as if it were the first."""
    shop = feeds.shop
    pos = feeds.add("sales", location="store", mapping=Mapping(source="scanner", item_by="alias"))
    sku, at = shop.item(store=20), ago(minutes=5).isoformat()
    text = f"sku qty ref at | {sku}-a 3 R1 {at} | {sku}-b 2 R1 {at}"
    ITEM_ALIASES.put(shop.hub.db, [ItemAliasDraft("scanner", f"{sku}-b", sku)])
    feeds.send(pos, text)
    ITEM_ALIASES.put(shop.hub.db, [ItemAliasDraft("scanner", f"{sku}-a", sku)])
    whole = f"{text} | {sku}-b 1 R2 {at}"
    preview = feeds.send(pos, whole, preview=True).report
    assert (preview.quarantined, preview.down) == (2, 1)
    run = feeds.send(pos, whole)
    assert shop.shelf(sku) == {"store": (17, 0)}
    assert [fault.line for fault in lines_of(shop.hub.db, run.id).rows] == [2, 3]
    assert mending.retry(run.id, [2, 3], {2: {"serial": "2"}}, "maria").taken == [2, 3]
    assert shop.shelf(sku) == {"store": (14, 0)}


def test_a_receipt_that_has_grown_is_told_whole(feeds: Feeds) -> None:
    """Whoever tells more of it, and nothing otherwise, is believed; also of what is read a few rows at a time."""
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku, at = shop.item(store=900), ago(minutes=5).isoformat()
    feeds.send(pos, f"sku qty ref at | {sku} 1 R1 {at}")
    for rows in (2, 300):
        run = feeds.send(pos, f"sku qty ref at{f' | {sku} 1 R1 {at}' * rows}")
        assert run.report.quarantined == 0
        assert shop.shelf(sku) == {"store": (900 - rows, 0)}
    run = feeds.send(pos, f"sku qty ref at | {sku} 7 R1 {at}{f' | {sku} 1 R1 {at}' * 310}")
    assert run.report.quarantined == 12
    assert shop.shelf(sku) == {"store": (600, 0)}
