"""What becomes of a difference: one open discrepancy a cell, which grows older, is decided once, and goes by itself."""

from datetime import timedelta
from decimal import Decimal

from tests.factories import Shop, accept, ago
from tests.reconciliation.discrepancies.stating import Source
from truestock.catalog.items import ItemDraft, put_items
from truestock.core.reconcile import Difference
from truestock.core.words import Status
from truestock.reconciliation.discrepancies.lists import list_discrepancies
from truestock.reconciliation.discrepancies.weigh import weigh


def test_a_source_that_is_only_compared_books_nothing_and_is_remembered(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-a")
    assert wms.says({(sku, "dc"): 8}) == {(sku, "dc"): "leave"}
    (row,) = wms.rows(sku)
    assert (row.state, row.units, row.times) == ("open", -2, 1)
    assert shop.shelf(sku) == {"dc": (10, 0)}


def test_seen_again_it_is_the_same_one_growing_older(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-b")
    wms.says({(sku, "dc"): 8}, ago(hours=2))
    (first,) = wms.rows(sku)
    wms.says({(sku, "dc"): 7}, ago(hours=1))
    (row,) = wms.rows(sku)
    assert (row.id, row.state, row.units, row.times) == (first.id, "open", -3, 2)
    seen, first_seen = shop.read("SELECT seen_at, first_seen_at FROM discrepancy WHERE id = %s", row.id)[0]
    assert seen > first_seen


def test_the_same_statement_weighed_again_changes_nothing(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-c", "book")
    at = ago(hours=1)
    assert wms.says({(sku, "dc"): 8}, at, run=7001) == wms.says({(sku, "dc"): 8}, at, run=7001)
    (row,) = wms.rows(sku)
    assert (row.state, row.times) == ("adjusted", 1)


def test_an_older_statement_does_not_undo_what_was_stated_after_it(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-d")
    wms.says({(sku, "dc"): 8}, ago(hours=1))
    assert wms.says({(sku, "dc"): 4}, ago(hours=2)) == {(sku, "dc"): "leave"}
    (row,) = wms.rows(sku)
    assert row.units == -2


def test_it_is_gone_when_both_agree_again_and_a_later_one_is_another(shop: Shop) -> None:
    sku = shop.item(dc=10, store=5)
    wms = Source(shop, "wms-e")
    wms.says({(sku, "dc"): 8, (sku, "store"): 4}, ago(hours=3))
    wms.says({(sku, "dc"): 10}, ago(hours=2))
    assert [(row.state, row.units) for row in wms.rows(sku)] == [("gone", -2), ("open", -1)]
    wms.says({(sku, "dc"): 8}, ago(hours=1))
    assert [(row.state, row.units) for row in wms.rows(sku)] == [("gone", -2), ("open", -1), ("open", -2)]


def test_what_a_master_states_of_a_cell_without_stock_is_its_opening(shop: Shop) -> None:
    sku = shop.item(dc=10)
    erp = Source(shop, "erp-a", "book")
    assert erp.says({(sku, "store"): 8}) == {(sku, "store"): "book"}
    assert erp.rows(sku) == []


def test_of_a_cell_told_twice_in_one_call_the_last_line_counts(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-f")
    at = ago(hours=1)
    lines = [wms.difference((sku, "dc"), units, 10, at, 7002) for units in (3, 6)]
    assert weigh(shop.hub.db, "wms-f", "book", lines, ago()) == ["leave", "book"]
    (row,) = wms.rows(sku)
    assert (row.state, row.units) == ("adjusted", -4)


def test_the_lot_of_an_item_without_lots_may_be_named_or_not(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-g")
    for lot, hours in ((None, 2), (0, 1)):
        one = wms.difference((sku, "dc"), 7, 10, ago(hours=hours), lot=lot)
        assert weigh(shop.hub.db, "wms-g", "compare", [one], ago()) == ["leave"]
    (row,) = wms.rows(sku)
    assert row.times == 2


def test_units_promised_that_are_not_there_are_told_with_it(shop: Shop) -> None:
    sku = shop.item(dc=10)
    shop.buy("web", {sku: 9})
    wms = Source(shop, "wms-h")
    wms.says({(sku, "dc"): 6})
    (row,) = wms.rows(sku)
    assert row.promised_beyond == 3
    assert [found.id for found in list_discrepancies(shop.hub.db, source="wms-h", promised=True).rows] == [row.id]


def test_promises_made_after_the_statement_are_no_promises_beyond_it(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-i")
    before = ago()
    shop.buy("web", {sku: 9})
    wms.says({(sku, "dc"): 6}, before)
    (row,) = wms.rows(sku)
    assert row.promised_beyond == 0
    assert list_discrepancies(shop.hub.db, source="wms-i", promised=True).rows == ()


def test_its_value_is_that_of_the_units_at_their_cost(shop: Shop) -> None:
    sku = shop.item(dc=10)
    accept(put_items(shop.hub.db, [ItemDraft(sku, cost=Decimal("2.50"))]))
    wms = Source(shop, "wms-j")
    wms.says({(sku, "dc"): 7})
    assert shop.read("SELECT value FROM discrepancy WHERE id = %s", wms.rows(sku)[0].id) == [(Decimal("-7.5"),)]


def test_nothing_is_written_where_both_agree(shop: Shop) -> None:
    sku = shop.item(dc=10)
    wms = Source(shop, "wms-k")
    one = wms.difference((sku, "dc"), 10, 10, ago())
    assert weigh(shop.hub.db, "wms-k", "book", [one], ago()) == ["leave"]
    assert weigh(shop.hub.db, "wms-k", "book", [], ago()) == []
    assert wms.rows(sku) == []


def test_each_status_and_lot_is_a_cell_of_its_own(shop: Shop) -> None:
    sku = shop.item(lots=True)
    wms = Source(shop, "wms-l")
    at = ago(hours=1)
    lines = [
        wms.difference((sku, "dc"), 3, 0, at, lot=None),
        wms.difference((sku, "dc"), 2, 0, at, lot=7),
        wms.difference((sku, "dc"), 1, 0, at, lot=7, status=Status.DAMAGED),
    ]
    assert weigh(shop.hub.db, "wms-l", "reconcile", lines, ago()) == ["review"] * 3
    assert [row.units for row in wms.rows(sku)] == [3, 2, 1]


def test_accuracy_is_kept_by_day_location_and_cause(shop: Shop) -> None:
    right, short, over = shop.item(dc=10), shop.item(dc=10), shop.item(dc=10, store=1)
    wms = Source(shop, "wms-m")
    at = ago(days=2)
    stated = {(right, "dc"): 10, (short, "dc"): 9, (over, "dc"): 13, (over, "store"): 1}
    for _ in range(2):
        wms.says(stated, at, run=7003)
    rows = shop.read(
        "SELECT l.code, a.cause <> '', sum(a.cells)::int, sum(a.units)::int FROM accuracy a JOIN location l "
        "ON l.id = a.loc WHERE a.source = 'wms-m' AND a.day = %s GROUP BY 1, 2 ORDER BY 1, 2",
        (at - timedelta()).date(),
    )
    assert rows == [("dc", False, 1, 0), ("dc", True, 2, 4), ("store", False, 1, 0)]


def test_a_difference_is_in_the_ledgers_terms(shop: Shop) -> None:
    assert Difference(0, 1, 2, None, 0, 7, 10, ago()).units == -3
