"""What a till tells as it happens and what its evening file tells of the same receipts is one sale."""

from datetime import datetime, timedelta
from typing import Any

from tests.factories import accept, ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.feeds.receiving.till import RingUp, ring_up
from truestock.feeds.receiving.values import TillLine, TillReceipt
from truestock.ledger.values import NotBooked

AT = ago(hours=3)


def rung(feeds: Feeds, ref: str, *lines: TillLine, at: datetime = AT) -> list[Any]:
    (told,) = feeds.shop.run(ring_up, [RingUp(TillReceipt(ref, "store", list(lines), at, "retail"), "till")])
    return list(told)


def test_what_was_rung_up_is_not_sold_again_by_the_evenings_file(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    one, two = shop.item(store=20), shop.item(store=20)
    rung(feeds, "A1", TillLine(3, one), TillLine(1, two), TillLine(2, one), TillLine(1, two, returned=True))
    text = f"sku qty ref at | {one} 3 A1 {AT:%Y-%m-%dT00:00:00Z} | {one} 2 A1 {AT:%Y-%m-%dT00:00:00Z}"
    run = feeds.send(pos, f"{text} | {two} 1 A1 {AT.isoformat()} | {two} -1 A1 {AT.isoformat()}")
    assert (run.report.known, run.report.booked, run.report.quarantined) == (4, 0, 0)
    assert shop.shelf(one) | shop.shelf(two) == {"store": (20, 0)}
    assert (shop.shelf(one), shop.shelf(two)) == ({"store": (15, 0)}, {"store": (20, 0)})


def test_what_a_file_told_first_is_not_sold_again_by_the_till(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku = shop.item(store=20)
    accept(put_barcodes(shop.hub.db, [BarcodeDraft("4006381333931", sku, 6)]))
    feeds.send(pos, f"sku qty ref at | {sku} 6 B1 {AT.isoformat()}")
    assert [one.replay for one in rung(feeds, "B1", TillLine(1, barcode="4006381333931"))] == [True]
    assert shop.shelf(sku) == {"store": (14, 0)}


def test_lines_that_both_tell_by_a_number_are_told_apart_by_it(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku = shop.item(store=20)
    rung(feeds, "C1", TillLine(3, sku, serial="10"), TillLine(2, sku, serial="20"))
    feeds.send(pos, f"sku qty ref at serial | {sku} 2 C1 {AT.isoformat()} 20 | {sku} 1 C1 {AT.isoformat()} 30")
    assert shop.shelf(sku) == {"store": (14, 0)}


def test_another_number_of_units_is_set_aside(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku = shop.item(store=20)
    rung(feeds, "D1", TillLine(3, sku))
    run = feeds.send(pos, f"sku qty ref at | {sku} 4 D1 {AT.isoformat()}")
    assert (run.report.booked, run.report.quarantined) == (0, 1)
    assert shop.shelf(sku) == {"store": (17, 0)}


def test_a_receipt_of_another_day_under_the_same_number_is_not_lost_without_a_word(feeds: Feeds) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    sku = shop.item(store=20)
    rung(feeds, "0001", TillLine(3, sku), at=AT - timedelta(days=2))
    run = feeds.send(pos, f"sku qty ref at | {sku} 3 0001 {AT.isoformat()}")
    (told,) = rung(feeds, "0001", TillLine(3, sku))
    assert (run.report.booked, run.report.quarantined) == (0, 1)
    assert isinstance(told, NotBooked)
    assert told.field == "ref"
    assert shop.shelf(sku) == {"store": (17, 0)}


def test_of_three_lines_about_a_cell_two_may_say_something_new(feeds: Feeds) -> None:
    erp, sku = feeds.add("on_hand"), feeds.shop.item(dc=4)
    feeds.send(erp, f"sku location qty | {sku} dc 4")
    run = feeds.send(erp, f"sku location qty | {sku} dc 4 | {sku} dc 7 | {sku} dc 8")
    assert [(fault.line, fault.repair) for fault in run.report.faults] == [(n, "add them up: 19") for n in (2, 3, 4)]
