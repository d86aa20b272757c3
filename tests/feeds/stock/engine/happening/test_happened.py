"""Rows that tell what happened or will: each is booked once, by the room it belongs to, or kept aside."""

from datetime import timedelta

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.feed import Meaning
from truestock.feeds.stock.engine.runs import Run, lines_of
from truestock.ledger.documents import read_document


def test_of_ten_with_five_promised_four_more_are_fourteen_with_nine_free(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta")
    sku = shop.item(dc=10)
    shop.buy("market", {shop.listing("market", {sku: 1}): 5})
    run = feeds.send(wms, f"sku location qty | {sku} dc 4")
    assert (run.state, run.report.booked, run.report.up) == ("done", 1, 4)
    assert shop.shelf(sku) == {"dc": (14, 5)}
    assert shop.atp("market", shop.listing("market", {sku: 1})) == 9


def test_the_same_file_of_changes_changes_nothing_twice_whenever_it_comes(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta")
    sku = shop.item(dc=10)
    feeds.send(wms, f"sku location qty | {sku} dc 4", ago(hours=1))
    assert feeds.send(wms, f"sku location qty | {sku} dc 4", ago(minutes=1)).known
    assert shop.shelf(sku) == {"dc": (14, 0)}


def test_what_a_till_sold_leaves_and_what_came_back_returns(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku = shop.item(store=10)
    at = ago(minutes=5).isoformat()
    run = feeds.send(pos, f"sku qty ref at | {sku} 3 R1 {at} | {sku} -1 R2 {at}")
    assert run.report.booked == 2
    assert shop.shelf(sku) == {"store": (8, 0)}


def test_a_sale_that_another_file_tells_again_is_the_same_sale(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    one, two = shop.item(store=10), shop.item(store=10)
    at = ago(minutes=5).isoformat()
    feeds.send(pos, f"sku qty ref at | {one} 3 R1 {at}")
    feeds.send(pos, f"sku qty ref at | {one} 3 R1 {at} | {two} 1 R2 {at}")
    assert shop.shelf(one) == {"store": (7, 0)}
    assert shop.shelf(two) == {"store": (9, 0)}


def test_stores_number_their_receipts_each_for_itself(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku = shop.item(store=10, dc=10)
    at = ago(minutes=5).isoformat()
    text = f"sku location qty ref at | {sku} store 3 R1 {at} | {sku} dc 3 R1 {at}"
    run = feeds.send(pos, text)
    assert (run.report.booked, run.report.quarantined) == (2, 0)
    assert shop.shelf(sku) == {"store": (7, 0), "dc": (7, 0)}
    feeds.send(pos, f"{text} | {sku} dc 1 R2 {at}")
    assert shop.shelf(sku) == {"store": (7, 0), "dc": (6, 0)}


def test_a_sale_of_before_the_count_that_is_told_after_it_leaves_today_as_it_is(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    counts = feeds.add("count")
    sku = shop.item(store=8)
    feeds.send(counts, f"sku location qty | {sku} store 7", ago(hours=1))
    feeds.send(pos, f"sku qty ref at | {sku} 1 R9 {ago(hours=2).isoformat()}")
    assert shop.shelf(sku) == {"store": (7, 0)}


def test_a_receipt_fulfils_what_an_expected_feed_told(feeds: Feeds) -> None:
    shop, erp, wms = feeds.shop, feeds.add("expected"), feeds.add("receipt")
    sku = shop.item(dc=1)
    due = (ago() + timedelta(days=3)).isoformat()
    feeds.send(erp, f"sku location qty ref due_at | {sku} dc 20 PO-7 {due}")
    feeds.send(wms, f"sku location qty ref order | {sku} dc 12 WE-1 PO-7")
    assert shop.shelf(sku) == {"dc": (13, 0)}
    (line,) = read_document(shop.hub.db, "PO-7").lines
    assert (line.qty, line.received) == (20, 12)


def test_lines_of_one_document_are_told_together_however_far_apart_they_stand(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("truestock.feeds.stock.engine.happening.rows.ROWS_AT_ONCE", 1)
    shop, erp = feeds.shop, feeds.add("expected")
    sku = shop.item(dc=1)
    soon, later = ((ago() + timedelta(days=days)).isoformat() for days in (3, 9))
    text = f"{sku} dc 20 PO-8 {soon} | {sku} dc 5 PO-9 {soon} | {sku} dc 30 PO-8 {later}"
    run = feeds.send(erp, f"sku location qty ref due_at | {text}")
    assert (run.state, run.report.booked) == ("done", 3)
    assert [line.qty for line in read_document(shop.hub.db, "PO-8").lines] == [20, 30]
    assert [line.qty for line in read_document(shop.hub.db, "PO-9").lines] == [5]


def test_a_shipment_ships_the_order_that_it_names(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("shipment", location="dc")
    sku = shop.item(dc=10)
    ref, listing = shop.new_ref(), shop.listing("market", {sku: 1})
    shop.buy("market", {listing: 5}, ref)
    run = feeds.send(wms, f"sku qty order channel | {listing} 5 {ref} market | {listing} 1 nobody market")
    assert shop.shelf(sku) == {"dc": (5, 0)}
    (fault,) = lines_of(shop.hub.db, run.id).rows
    assert (fault.line, fault.field) == (3, "sku")
    again = feeds.send(wms, f"sku qty order channel ref | {listing} 1 {ref} market S2")
    (fault,) = lines_of(shop.hub.db, again.id).rows
    assert (fault.line, fault.field, fault.reason) == (2, "qty", "1 asked, and 0 of it are open")


def test_returns_come_back_in_the_status_they_are_given(feeds: Feeds) -> None:
    shop, desk = feeds.shop, feeds.add("return", location="dc")
    sku = shop.item(dc=1)
    feeds.send(desk, f"sku qty status ref | {sku} 2 damaged R1")
    assert {cell[2]: units for cell, (units, _) in shop.cells(sku).items()} == {"sellable": 1, "damaged": 2}


def test_rows_that_cannot_be_meant_are_kept_aside(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta")
    sku = shop.item(dc=10)
    run = feeds.send(wms, f"sku location qty | {sku} dc 0 | nobody dc 1 | {sku} nowhere 1 | {sku} dc 1")
    assert [(fault.line, fault.field) for fault in lines_of(shop.hub.db, run.id).rows] == [
        (2, "qty"),
        (3, "sku"),
        (4, "location"),
    ]
    assert shop.shelf(sku) == {"dc": (11, 0)}


def test_all_or_nothing_books_no_row_of_a_file_with_a_bad_one(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta", all_or_nothing=True)
    sku = shop.item(dc=10)
    run = feeds.send(wms, f"sku location qty | {sku} dc 1 | nobody dc 1")
    assert run.state == "refused"
    assert shop.shelf(sku) == {"dc": (10, 0)}


def test_a_preview_of_rows_books_none(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("delta")
    sku = shop.item(dc=10)
    run = feeds.send(wms, f"sku location qty | {sku} dc 1 | nobody dc 1", preview=True)
    assert (run.state, run.report.taken, run.report.quarantined) == ("preview", 1, 1)
    assert shop.shelf(sku) == {"dc": (10, 0)}


def effect(run: Run) -> dict[tuple[str, str], tuple[int, int]]:
    """On hand and reserved by item and location, as far as a preview says that they change."""
    return {(change.sku, change.location): (change.on_hand, change.reserved) for change in run.report.changes}


@pytest.mark.parametrize("at_once", [1, 250])
def test_a_preview_of_rows_says_what_they_change_item_by_item(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("truestock.feeds.stock.engine.happening.rows.ROWS_AT_ONCE", at_once)
    shop, pos = feeds.shop, feeds.add("sales", location="dc")
    one, two, at = shop.item(dc=10), shop.item(dc=5), ago(minutes=5).isoformat()
    shop.buy("market", {shop.listing("market", {one: 1}): 8})
    feeds.send(pos, f"sku qty ref at | {one} 1 R1 {at}")
    before = ago(hours=2).isoformat()
    feeds.send(feeds.add("count"), f"sku location qty | {two} dc 5", ago(hours=1))
    text = f"sku qty ref at | {one} 1 R1 {at} | {two} 2 R2 {before} | {one} 2 R3 {at}"
    text += f" | {two} -1 R4 {at} | {one} 1 R5 {at}"
    seen = feeds.send(pos, text, preview=True)
    assert effect(seen) == {(one, "dc"): (-3, -2), (two, "dc"): (1, 0)}
    assert (seen.report.known, seen.report.booked, seen.report.up, seen.report.down) == (1, 4, 1, 3)
    assert (seen.report.displaced, seen.report.owed) == (2, 2)
    assert shop.shelf(one) == {"dc": (9, 8)}
    assert feeds.send(pos, text).report.known == 1
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (6, 6)}, {"dc": (6, 0)})


def test_a_preview_of_receipts_returns_and_parcels_says_what_they_change(feeds: Feeds) -> None:
    shop = feeds.shop
    sku = shop.item(dc=10)
    ref, listing = shop.new_ref(), shop.listing("market", {sku: 1})
    shop.buy("market", {listing: 5}, ref)
    rows: dict[Meaning, tuple[str, tuple[int, int]]] = {
        "receipt": (f"sku location qty | {sku} dc 3", (3, 0)),
        "return": (f"sku location qty | {sku} dc 2", (2, 0)),
        "delta": (f"sku location qty | {sku} dc -4", (-4, 0)),
        "shipment": (f"sku location qty order channel | {listing} dc 5 {ref} market", (-5, -5)),
    }
    for meaning, (text, change) in rows.items():
        seen = feeds.send(feeds.add(meaning), text, preview=True)
        assert effect(seen) == {(sku, "dc"): change}, meaning
    assert shop.shelf(sku) == {"dc": (10, 5)}
