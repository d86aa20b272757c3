"""What codes mean here: items by barcode and SKU with the units of their package, bins, locations."""

import pytest

from tests.factories import Shop, accept
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.locations import BinDraft, put_bins
from truestock.core.problems import Invalid
from truestock.reconciliation.scanning.find import find


@pytest.fixture
def labelled(shop: Shop) -> str:
    """An item with a barcode for one and another for a case of twelve; a bin in two locations, another in one."""
    sku = shop.item(dc=1)
    accept(
        put_barcodes(shop.hub.db, [BarcodeDraft("9501101530003", sku), BarcodeDraft("19501101530000", sku, units=12)])
    )
    accept(
        put_bins(
            shop.hub.db,
            [BinDraft("dc", "A-01", "pick"), BinDraft("store", "A-01", "pick"), BinDraft("dc", "B-02", "bulk")],
        )
    )
    return sku


def test_a_case_of_twelve_is_twelve_and_two_of_them_are_twenty_four(shop: Shop, labelled: str) -> None:
    assert find(shop.hub.db, "9501101530003").units == 1
    assert find(shop.hub.db, "19501101530000").units == 12
    two = find(shop.hub.db, "(01)19501101530000(37)2")
    assert (two.sku, two.units) == (labelled, 24)


def test_a_sku_may_be_typed_whatever_it_looks_like(shop: Shop, labelled: str) -> None:
    assert find(shop.hub.db, f" {labelled} ").sku == labelled


def test_a_bin_is_one_of_the_location_where_somebody_counts(shop: Shop, labelled: str) -> None:
    there = find(shop.hub.db, "A-01", "store")
    assert (there.what, there.location, there.bin) == ("bin", "store", "A-01")
    assert find(shop.hub.db, "B-02").location == "dc"
    assert find(shop.hub.db, "store").what == "location"
    with pytest.raises(Invalid, match="'A-01' was read, and is no SKU"):
        find(shop.hub.db, "A-01")


def test_a_barcode_of_no_item_is_named(shop: Shop, labelled: str) -> None:
    with pytest.raises(Invalid, match=r"no item has the barcode 00042100005264"):
        find(shop.hub.db, "042100005264")
