"""Why a source differs, read from what the ledger has around a cell."""

from tests.factories import Shop, accept, ago, ahead
from tests.reconciliation.discrepancies.stating import Source
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.locations import BinDraft, put_bins
from truestock.core.reconcile import Difference
from truestock.core.words import Status
from truestock.ledger.expected import Expect, expect
from truestock.ledger.values import Adjust, ChangeStatus, PutAway, Receive, Return, TransferOut
from truestock.orders.actions import Ship
from truestock.reconciliation.discrepancies.weigh import weigh


def cause(source: Source, sku: str) -> str:
    """Of the newest discrepancy."""
    return source.rows(sku)[-1].cause


def evidence(shop: Shop, source: Source, sku: str) -> str:
    """Of the newest discrepancy."""
    return str(shop.read("SELECT evidence FROM discrepancy WHERE id = %s", source.rows(sku)[-1].id)[0][0])


def sold(shop: Shop, sku: str, units: int, *, shipped: bool = True) -> str:
    """An order of the web shop, shipped from dc or waiting; its reference."""
    order = shop.buy("web", {sku: units})
    if shipped:
        shop.do(Ship("web", order.ref, location="dc"))
    return order.ref


def test_a_shipment_that_the_source_has_not_booked(shop: Shop) -> None:
    sku = shop.item(dc=20)
    ref = sold(shop, sku, 3)
    wms = Source(shop, "wms-1")
    wms.says({(sku, "dc"): 20})
    assert cause(wms, sku) == "unposted_shipment"
    assert f"the shipment {ref} of 3 at " in evidence(shop, wms, sku)


def test_a_shipment_that_the_ledger_was_not_told_of(shop: Shop) -> None:
    sku = shop.item(dc=20)
    ref = sold(shop, sku, 3, shipped=False)
    wms = Source(shop, "wms-2")
    wms.says({(sku, "dc"): 17})
    assert cause(wms, sku) == "unposted_shipment"
    assert evidence(shop, wms, sku) == f"order {ref} has 3 promised units here and not shipped"


def test_a_cart_is_no_shipment(shop: Shop) -> None:
    sku = shop.item(dc=20)
    shop.buy("web", {sku: 3}, hold=600)
    wms = Source(shop, "wms-3")
    wms.says({(sku, "dc"): 17})
    assert cause(wms, sku) == "shrinkage"


def test_supply_that_has_come_there_and_not_here(shop: Shop) -> None:
    sku = shop.item(dc=20)
    expect(
        shop.hub.db,
        shop.hub.rules,
        [Expect(sku=sku, location="dc", qty=12, ref="PO-1", due_at=ahead(days=1), kind="purchase")],
    )
    wms = Source(shop, "wms-4")
    wms.says({(sku, "dc"): 32})
    assert cause(wms, sku) == "receiving_error"


def test_a_receipt_that_was_booked_twice_here(shop: Shop) -> None:
    sku = shop.item(dc=20)
    shop.book(*[Receive(sku=sku, location="dc", qty=12, ref="GR-1", effective_at=ago(hours=5))] * 2)
    wms = Source(shop, "wms-5")
    wms.says({(sku, "dc"): 32})
    assert cause(wms, sku) == "duplicate_feed"


def test_what_is_booked_after_the_statement_does_not_explain_it_as_lacking(shop: Shop) -> None:
    sku = shop.item(dc=20)
    before = ago(minutes=5)
    shop.book(Adjust(sku=sku, location="dc", qty=-2, reason="lost"))
    wms = Source(shop, "wms-6")
    wms.says({(sku, "dc"): 18}, before)
    assert cause(wms, sku) == "timing"
    assert "later here" in evidence(shop, wms, sku)


def test_packs_that_were_taken_for_units(shop: Shop) -> None:
    sku = shop.item(dc=3)
    accept(put_barcodes(shop.hub.db, [BarcodeDraft("00012345600012", sku, 12)]))
    wms = Source(shop, "wms-7")
    wms.says({(sku, "dc"): 36})
    assert cause(wms, sku) == "wrong_unit"


def test_another_item_of_the_same_bin_in_the_same_run_or_one_before(shop: Shop) -> None:
    one, other = shop.item(dc=20), shop.item(dc=20)
    accept(put_bins(shop.hub.db, [BinDraft("dc", "A1", "pick")]))
    for sku in (one, other):
        shop.book(ChangeStatus(sku=sku, location="dc", qty=1, from_status="sellable", to_status="receiving"))
        shop.book(PutAway(sku=sku, location="dc", qty=1, bin="A1"))
    wms = Source(shop, "wms-bins")
    wms.says({(one, "dc"): 19, (other, "dc"): 21})
    assert (cause(wms, one), cause(wms, other)) == ("mis_pick", "mis_pick")
    assert "the same bin" in evidence(shop, wms, one)


def test_one_that_is_told_last_in_a_run_is_seen_by_the_first(shop: Shop) -> None:
    sku = shop.item(dc=20, store=20)
    wms = Source(shop, "wms-order")
    at = ago(hours=1)
    for line, (place, units) in enumerate((("dc", 15), ("store", 25))):
        told = wms.difference((sku, place), units, 20, at, 8001)._replace(line=line)
        weigh(shop.hub.db, "wms-order", "compare", [told], ago())
    rows = wms.rows(sku)
    assert [row.cause for row in rows] == ["shrinkage", "wrong_place"]
    wms.says({(sku, "dc"): 15, (sku, "store"): 25}, ago(minutes=1), run=8001)
    assert [row.cause for row in wms.rows(sku)] == ["wrong_place", "wrong_place"]


def test_units_that_came_back_and_wait_in_inspection_there(shop: Shop) -> None:
    sku = shop.item(dc=20)
    sold(shop, sku, 6)
    shop.book(Return(sku=sku, location="dc", qty=2, effective_at=ago(seconds=0)))
    wms = Source(shop, "wms-back")
    at = ago()
    item, place = wms.item(sku), wms.place("dc")
    part = wms.difference((sku, "dc"), 0, 0, at).part
    told = [
        Difference(part, item, place, None, Status.SELLABLE, 14, 16, at, 8002),
        Difference(part, item, place, None, Status.INSPECTION, 2, 0, at, 8002),
    ]
    weigh(shop.hub.db, "wms-back", "compare", told, ago())
    assert [row.cause for row in wms.rows(sku)] == ["unprocessed_return", "unprocessed_return"]


def test_losses_that_repeat(shop: Shop) -> None:
    sku = shop.item(dc=50)
    store = Source(shop, "wms-loss", "book")
    for days in (6, 4, 2):
        store.says({(sku, "dc"): store.expected(sku, "dc", ago(days=days)) - 1}, ago(days=days))
    assert [row.cause for row in store.rows(sku)] == ["shrinkage"] * 3
    assert evidence(shop, store, sku) == "fewer than expected 3 times now, 3 units in all"


def test_units_on_their_way_out_by_transfer(shop: Shop) -> None:
    sku = shop.item(dc=20)
    shop.book(TransferOut(sku=sku, location="dc", qty=4, to="store"))
    wms = Source(shop, "wms-8")
    wms.says({(sku, "dc"): 20})
    assert cause(wms, sku) == "timing"
