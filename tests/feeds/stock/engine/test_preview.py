"""A preview of a file of figures shows cell by cell what would change, the largest changes first; nothing stays."""

from typing import Any

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.figures import preview
from truestock.feeds.stock.engine.runs import Run, runs_of
from truestock.feeds.stock.previews.changes import CellChange
from truestock.reconciliation.discrepancies.tolerances import ToleranceDraft, put_tolerance


def cell(change: CellChange) -> tuple[Any, ...]:
    return change.sku, change.location, change.lot, change.stated, change.on_hand_now, change.on_hand_then


def shown(run: Run) -> list[tuple[Any, ...]]:
    return [cell(change) for change in run.report.changes]


def test_each_cell_is_shown_with_its_figure_now_and_then(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two, three = shop.item(dc=10, store=5), shop.item(dc=3), shop.item(dc=4)
    seen = feeds.send(erp, f"sku location qty | {one} dc 12 | {one} store 5 | {two} dc 30 | {three} dc 3", preview=True)
    assert shown(seen) == [(two, "dc", "", 30, 3, 30), (one, "dc", "", 12, 10, 12), (three, "dc", "", 3, 4, 3)]
    assert seen.report.more == 0
    assert shop.shelf(two) == {"dc": (3, 0)}


def test_what_is_displaced_and_where_it_goes_and_what_channels_may_promise_then_is_shown(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10, store=4)
    shop.buy("market", {shop.listing("market", {sku: 1}): 10})
    seen = feeds.send(erp, f"sku location qty | {sku} dc 3", preview=True)
    first, *wake = seen.report.changes
    assert (first.on_hand, first.reserved, first.displaced) == (-7, -7, 7)
    assert (first.available_now, first.available_then) == (0, 0)
    moved = {(change.location, change.stated): change.reserved for change in wake}
    assert sum(moved.values()) + first.owed == 7
    channels = [channel.code for channel in shop.hub.rules.snapshot().network.channels.values()]
    now = {code: shop.atp(code, sku) for code in channels}
    told = {change.channel: change for change in first.atp}
    assert told
    assert all(change.now == now[code] for code, change in told.items())
    feeds.send(erp, f"sku location qty | {sku} dc 3")
    then = {code: shop.atp(code, sku) for code in channels}
    assert {code: atp for code, atp in then.items() if atp != now[code]} == {
        code: change.then for code, change in told.items()
    }


def test_rows_of_what_happened_are_shown_in_the_same_way(feeds: Feeds) -> None:
    shop, till = feeds.shop, feeds.add("sales", location="store")
    sku = shop.item(store=9)
    now = shop.atp("web", sku)
    seen = feeds.send(till, f"sku qty ref | {sku} 2 R1 | {sku} 1 R2", preview=True)
    (change,) = seen.report.changes
    assert cell(change) == (sku, "store", "", None, 9, 6)
    feeds.send(till, f"sku qty ref | {sku} 2 R1 | {sku} 1 R2")
    told = {one.channel: (one.now, one.then) for one in change.atp}
    assert told.get("web", (now, now)) == (now, shop.atp("web", sku))
    assert told


def test_a_cell_of_all_lots_is_shown_as_one(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(lots=True)
    feeds.send(
        erp, f"sku location lot expires_at qty | {sku} dc A 2027-01-01 4 | {sku} dc B 2027-02-01 5", ago(hours=1)
    )
    assert shown(feeds.send(erp, f"sku location qty | {sku} dc 3", preview=True)) == [(sku, "dc", "", 3, 9, 3)]
    by_lot = feeds.send(erp, f"sku location lot qty | {sku} dc A 1 | {sku} dc B 9", preview=True)
    assert shown(by_lot) == [(sku, "dc", "B", 9, 5, 9), (sku, "dc", "A", 1, 4, 1)]


def test_only_the_largest_changes_are_shown_and_the_others_counted(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    skus = [shop.item(dc=100) for _ in range(30)]
    rows = " | ".join(f"{sku} dc {100 - n}" for n, sku in enumerate(skus))
    monkeypatch.setattr(preview, "CHANGES_MAX", 5)
    monkeypatch.setattr(preview, "CELLS_AT_ONCE", 2)
    seen = feeds.send(erp, f"sku location qty | {rows}", preview=True)
    assert [change.on_hand for change in seen.report.changes] == [-29, -28, -27, -26, -25]
    assert (seen.report.booked, seen.report.more) == (29, 24)


def test_of_an_item_with_many_cells_it_is_not_told_what_channels_may_promise(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10, store=10, far=10)
    monkeypatch.setattr(preview, "CELLS_AT_ONCE", 2)
    seen = feeds.send(erp, f"sku location qty | {sku} dc 5 | {sku} store 6 | {sku} far 7", preview=True)
    assert [(change.location, change.atp) for change in seen.report.changes] == [("dc", ()), ("store", ())]
    assert seen.report.more == 1


def test_what_would_wait_for_somebody_is_not_shown_as_changing(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", posture="reconcile")
    put_tolerance(shop.hub.db, ToleranceDraft(units=2, source=wms), "test")
    within, beyond = shop.item(dc=10), shop.item(dc=10)
    seen = feeds.send(wms, f"sku location qty | {within} dc 9 | {beyond} dc 3", preview=True)
    assert (shown(seen), seen.report.review) == ([(within, "dc", "", 9, 10, 9)], 1)


def test_what_a_file_that_would_ask_takes_away_is_shown_before_it_asks(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", complete=True, zero_share=5, locations=("vendor",))
    one, two = shop.item(vendor=50), shop.item(vendor=40)
    seen = feeds.send(erp, f"sku location qty | {one} vendor 49", preview=True)
    assert seen.state == "asks"
    assert {(two, "vendor", "", 0, 40, 0), (one, "vendor", "", 49, 50, 49)} <= set(shown(seen))
    assert shop.shelf(two) == {"vendor": (40, 0)}
    assert not runs_of(shop.hub.db, erp).rows


def totals(run: Run) -> dict[str, Any]:
    report = run.report
    names = (
        "taken",
        "quarantined",
        "fresh",
        "otherwise",
        "zeroed",
        "differed",
        "booked",
        "older",
        "up",
        "down",
        "notes",
    )
    return {name: getattr(report, name) for name in names} | {"faults": [fault.line for fault in report.faults]}


def test_lots_that_nobody_knows_yet_are_shown_as_they_would_lie(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand")
    sku, plain = shop.item(lots=True), shop.item(dc=2)
    rows = f"{sku} dc A 2027-01-01 4 | {sku} dc B 2027-02-01 5 | {sku} dc A 2027-01-01 4 | {plain} dc C  3"
    text = f"sku location lot expires_at qty | {rows} | {sku} nowhere D 2027-02-01 5 | {sku} dc E 2027-02-01 -1"
    as_of = ago(seconds=1)
    seen = feeds.send(wms, text, as_of, preview=True)
    assert shown(seen) == [(sku, "dc", "B", 5, 0, 5), (sku, "dc", "A", 4, 0, 4)]
    assert all(not change.atp for change in seen.report.changes)
    assert shop.cells(sku) == {}
    assert totals(seen) == totals(feeds.send(wms, text, as_of))


@pytest.mark.parametrize(
    "rows", ["{0} dc A 4 x | {0} dc A 5 x", "{0} dc A 4 x | {0} dc A 4 y", "{0} dc A 4 x | {0} dc B 4 y"]
)
def test_of_new_lots_too_what_is_said_twice_is_set_aside(feeds: Feeds, rows: str) -> None:
    wms, sku, as_of = feeds.add("on_hand"), feeds.shop.item(lots=True), ago(seconds=1)
    text = f"sku location lot qty bin | {rows.format(sku)}"
    seen = feeds.send(wms, text, as_of, preview=True)
    assert totals(seen) == totals(feeds.send(wms, text, as_of))


def test_new_lots_of_a_file_that_is_older_than_a_count_change_nothing(feeds: Feeds) -> None:
    wms, sku, as_of = feeds.add("on_hand"), feeds.shop.item(lots=True), ago(hours=1)
    feeds.send(feeds.add("count"), f"sku location qty | {sku} dc 7", ago(seconds=1))
    text = f"sku location lot qty | {sku} dc A 4 | {sku} store A 5 | {sku} dc B 0"
    seen = feeds.send(wms, text, as_of, preview=True)
    assert shown(seen) == [(sku, "store", "A", 5, 0, 5)]
    assert totals(seen) == totals(feeds.send(wms, text, as_of))


def test_new_lots_are_no_reason_to_take_away_what_was_said_of_all_lots(feeds: Feeds) -> None:
    sku = feeds.shop.item(lots=True)
    erp = feeds.add("on_hand", complete=True, zero_share=100, locations=("far",))
    feeds.send(erp, f"sku location qty | {sku} far 10", ago(hours=1))
    text = f"sku location lot expires_at qty | {sku} far A 2027-01-01 6 | {sku} far B 2027-02-01 4"
    as_of = ago(seconds=1)
    seen = feeds.send(erp, text, as_of, preview=True)
    assert totals(seen) == totals(feeds.send(erp, text, as_of))


def test_new_lots_that_would_be_weighed_are_left_out_with_a_note(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", posture="reconcile")
    sku = shop.item(lots=True)
    seen = feeds.send(wms, f"sku location lot expires_at qty | {sku} dc A 2027-01-01 4", preview=True)
    assert (seen.report.changes, seen.report.up) == ([], 0)
    assert seen.report.notes == [
        "what would become of new lots that the file names is not known before they are made: 1"
    ]
