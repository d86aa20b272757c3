"""What sources call items and locations: made, changed, listed, loaded and taken away."""

from io import BytesIO

from tests.catalog.conftest import outcomes, reason
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.listings.aliases import (
    ITEM_ALIASES,
    LOCATION_ALIASES,
    ItemAliasDraft,
    LocationAliasDraft,
    names_of,
)
from truestock.catalog.load import load_csv
from truestock.store.database import Database


def test_an_alias_is_made_changed_and_left_as_it_is(shop: Database) -> None:
    draft = ItemAliasDraft("erp", "MAT-1", "A")
    assert outcomes(ITEM_ALIASES.put(shop, [draft])) == ["created"]
    assert outcomes(ITEM_ALIASES.put(shop, [draft, ItemAliasDraft("wms", "MAT-1", "B")])) == ["unchanged", "created"]
    assert outcomes(ITEM_ALIASES.put(shop, [ItemAliasDraft("erp", "MAT-1", "B")])) == ["changed"]
    assert names_of(shop, "erp", barcodes=False).items == {"MAT-1": "B"}


def test_an_alias_of_nothing_is_refused(shop: Database) -> None:
    no_item, no_alias = ITEM_ALIASES.put(shop, [ItemAliasDraft("erp", "M", "NOT"), ItemAliasDraft("erp", "", "A")])
    assert "no item 'NOT'" in reason(no_item)
    assert "alias is missing" in reason(no_alias)
    (no_location,) = LOCATION_ALIASES.put(shop, [LocationAliasDraft("erp", "W", "NOT")])
    assert "no location 'NOT'" in reason(no_location)


def test_aliases_are_listed_by_source_a_page_at_a_time(shop: Database) -> None:
    ITEM_ALIASES.put(shop, [ItemAliasDraft("erp", f"M{n}", "A") for n in range(3)])
    first = ITEM_ALIASES.list(shop, "erp", limit=2)
    assert ([row.alias for row in first.rows], first.next) == (["M0", "M1"], "M1")
    assert [row.alias for row in ITEM_ALIASES.list(shop, "erp", first.next).rows] == ["M2"]
    assert not ITEM_ALIASES.list(shop, "wms").rows


def test_an_alias_is_taken_away_once(shop: Database) -> None:
    ITEM_ALIASES.put(shop, [ItemAliasDraft("erp", "M", "A")])
    assert outcomes(ITEM_ALIASES.remove(shop, [("erp", "M")])) == ["ended"]
    assert "no item alias 'M'" in reason(ITEM_ALIASES.remove(shop, [("erp", "M")])[0])


def test_aliases_are_loaded_from_files_and_stand_beside_barcodes(shop: Database) -> None:
    put_barcodes(shop, [BarcodeDraft("4006381333931", "A", 6)])
    items = load_csv(shop, "item_aliases", BytesIO(b"source,alias,item\nerp,M,A\nerp,N,NOT\n"))
    places = load_csv(shop, "location_aliases", BytesIO(b"source,alias,location\nerp,0001,dc\n"))
    assert (items.created, items.refused, places.created) == (1, 1, 1)
    assert names_of(shop, "erp", barcodes=True) == ({"M": "A"}, {"0001": "dc"}, {"04006381333931": ("A", 6)})
