"""A row that names no time is as of its file when it is first told; in another file it is the same happening still."""

from datetime import timedelta, timezone

import msgspec
import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.feed import Meaning
from truestock.feeds.stock.engine.happening.happened import Told, command_of
from truestock.feeds.stock.engine.runs import lines_of
from truestock.feeds.stock.files import FeedRow
from truestock.ledger.values import Post

ROWS: dict[Meaning, tuple[str, int]] = {
    "delta": ("-3", -3),
    "return": ("3", 3),
    "receipt": ("3", 3),
    "shipment": ("3", -3),
}


def of_meaning(feeds: Feeds, meaning: Meaning) -> tuple[str, str, str, str]:
    """An item with 10 of it in the dc, the file's columns, a row of 3 units of document D1 about it, and its feed."""
    shop, code = feeds.shop, feeds.add(meaning, location="dc")
    sku, qty = shop.item(dc=10), ROWS[meaning][0]
    if meaning != "shipment":
        return sku, "sku qty ref", f"{sku} {qty} D1", code
    ref, listing = shop.new_ref(), shop.listing("market", {sku: 1})
    shop.buy("market", {listing: 6}, ref)
    return sku, "sku qty ref order channel", f"{listing} {qty} D1 {ref} market", code


@pytest.mark.parametrize("meaning", ROWS)
def test_the_row_of_a_corrected_file_of_another_time_is_known(feeds: Feeds, meaning: Meaning) -> None:
    sku, columns, row, code = of_meaning(feeds, meaning)
    first = ago(hours=5).astimezone(timezone(timedelta(hours=1)))
    feeds.send(code, f"{columns} | {row}", first)
    corrected = f"{columns} | {row} | nobody 1 D2"
    previewed = feeds.send(code, corrected, ago(hours=1), preview=True).report
    run = feeds.send(code, corrected, ago(hours=1))
    assert (previewed.known, previewed.booked) == (run.report.known, run.report.booked) == (1, 0)
    assert [fault.line for fault in lines_of(feeds.shop.hub.db, run.id).rows] == [3]
    assert feeds.shop.shelf(sku)["dc"][0] == 10 + ROWS[meaning][1]


@pytest.mark.parametrize("meaning", ROWS)
def test_with_another_quantity_or_a_time_of_its_own_it_is_set_aside(feeds: Feeds, meaning: Meaning) -> None:
    sku, columns, row, code = of_meaning(feeds, meaning)
    feeds.send(code, f"{columns} | {row}", ago(hours=5))
    otherwise = row.replace(f" {ROWS[meaning][0]} ", " 2 ", 1)
    text = f"{columns} at | {row} {ago(hours=6).isoformat()}"
    for changed in (f"{columns} | {otherwise}", text):
        run = feeds.send(code, changed, ago(hours=1))
        assert (run.report.known, run.report.booked, run.report.quarantined) == (0, 0, 1)
        (fault,) = run.report.faults
        assert (fault.field, "key" in fault.reason + fault.repair) == ("ref", False)
    assert feeds.shop.shelf(sku)["dc"][0] == 10 + ROWS[meaning][1]


def test_what_a_row_asks_does_not_hang_on_the_zone_in_which_its_files_time_was_written() -> None:
    """Kept and read again, as where a run was cut off, the time is in another zone."""
    at = ago(hours=5)
    asked = [
        command_of("delta", FeedRow(2, {"sku": "S", "qty": "1"}), Told("wms", 1, "test", "dc", time), {}, "key")
        for time in (at, at.astimezone(timezone(timedelta(hours=1))))
    ]
    one, two = (msgspec.json.encode(post.same) for post in asked if isinstance(post, Post))
    assert one == two


@pytest.mark.parametrize("meaning", ["delta", "return", "receipt", "sales"])
def test_a_day_alone_is_as_of_the_file_that_tells_it_on_that_day(feeds: Feeds, meaning: Meaning) -> None:
    """Not before a figure of that morning, which cannot have seen it; and it is the same row in a later file."""
    noon = ago(days=2).replace(hour=12)
    shop, erp, code = feeds.shop, feeds.add("on_hand"), feeds.add(meaning, location="dc")
    sku, units = shop.item(dc=10), -3 if meaning in ("delta", "sales") else 3
    feeds.send(erp, f"sku location qty | {sku} dc 10", noon - timedelta(hours=6))
    row = f"sku qty ref at | {sku} {3 if meaning == 'sales' else units} D1 {noon:%Y-%m-%d}"
    feeds.send(code, row, noon)
    assert shop.shelf(sku) == {"dc": (10 + units, 0)}
    again = feeds.send(code, f"{row} | nobody 1 D2 {noon:%Y-%m-%d}", noon + timedelta(days=1))
    assert (again.report.known, again.report.booked, again.report.quarantined) == (1, 0, 1)
    before = feeds.send(code, f"sku qty at | {sku} 1 {noon - timedelta(days=1):%Y-%m-%d}", noon)
    assert (before.report.booked, shop.shelf(sku)) == (1, {"dc": (10 + units, 0)})
