"""Kits, packs and bundles, and what a listing takes when it is sold."""

import pytest

from tests.catalog.conftest import epoch, outcomes, put_stock
from truestock.catalog.items import Component, ItemDraft, put_items, read_items
from truestock.catalog.kits import KitDraft, put_kits
from truestock.catalog.listings import ListingDraft, end_listings, list_listings, put_listings, read_listings
from truestock.catalog.rules import RuleBook, as_of
from truestock.store.database import Database


def ids(db: Database) -> dict[str, int]:
    return {item.sku: item.id for item in read_items(db, ["A", "B", "C", "L", "K"]).values()}


@pytest.fixture
def kit(shop: Database) -> Database:
    """K is a kit of 2 A and 1 B."""
    put_items(shop, [ItemDraft("K")])
    assert outcomes(put_kits(shop, [KitDraft("K", (Component("B"), Component("A", 2)))])) == ["created"]
    return shop


def test_a_kit_says_what_it_is_made_of_and_putting_it_again_changes_nothing(kit: Database) -> None:
    before = epoch(kit)
    assert read_items(kit, ["K"])["K"].components == (Component("A", 2), Component("B"))
    assert outcomes(put_kits(kit, [KitDraft("K", (Component("A", 2), Component("B")))])) == ["unchanged"]
    assert epoch(kit) == before


def test_kits_do_not_nest_in_either_direction(kit: Database) -> None:
    assert outcomes(put_kits(kit, [KitDraft("C", (Component("K"),))])) == ["item"]
    assert outcomes(put_kits(kit, [KitDraft("A", (Component("C"),))])) == ["sku"]
    put_items(kit, [ItemDraft("X"), ItemDraft("Y")])
    both = put_kits(kit, [KitDraft("X", (Component("Y"),)), KitDraft("Y", (Component("A"),))])
    assert outcomes(both) == ["item", "created"]


def test_what_has_stock_or_lots_cannot_become_a_kit_nor_a_kit_have_lots(kit: Database) -> None:
    put_stock(kit, "C")
    made_of_a = (Component("A"),)
    assert outcomes(put_kits(kit, [KitDraft("C", made_of_a), KitDraft("L", made_of_a)])) == ["sku", "sku"]
    assert outcomes(put_items(kit, [ItemDraft("K", lot_tracked=True)])) == ["lot_tracked"]


@pytest.mark.parametrize(
    ("components", "field"),
    [
        ((), "components"),
        ((Component("A"), Component("A", 2)), "components"),
        ((Component("A", 0),), "units"),
        ((Component("ghost"),), "item"),
    ],
)
def test_components_must_make_sense(kit: Database, components: tuple[Component, ...], field: str) -> None:
    assert outcomes(put_kits(kit, [KitDraft("K", components)])) == [field]
    assert outcomes(put_listings(kit, [ListingDraft("web", "P", components)])) == [field]


def test_a_listing_takes_kits_apart_and_adds_up_what_it_takes_twice(kit: Database) -> None:
    put_listings(kit, [ListingDraft("web", "BUNDLE", (Component("K", 3), Component("B", 4)), together=True)])
    n = ids(kit)
    listing = RuleBook(kit).snapshot().listings([(2, "BUNDLE")])[2, "BUNDLE"]
    assert listing.components == ((n["A"], 6), (n["B"], 7))
    assert listing.together
    assert listing.sku == "BUNDLE"


def test_an_item_or_kit_without_a_listing_is_ordered_as_itself(kit: Database) -> None:
    n = ids(kit)
    found = RuleBook(kit).snapshot().listings([(1, "K"), (1, "C"), (1, "ghost")])
    assert {key: (listing.id, listing.components) for key, listing in found.items()} == {
        (1, "K"): (0, ((n["A"], 2), (n["B"], 1))),
        (1, "C"): (0, ((n["C"], 1),)),
    }


def test_a_listing_hides_the_item_of_the_same_sku_and_once_ended_resolves_to_nothing(shop: Database) -> None:
    n = ids(shop)
    assert outcomes(put_listings(shop, [ListingDraft("web", "A", (Component("B"),))])) == ["created"]
    book = RuleBook(shop)
    assert book.snapshot().listings([(2, "A")])[2, "A"].components == ((n["B"], 1),)
    assert outcomes(end_listings(shop, [("web", "A"), ("web", "ghost")])) == ["ended", "listing"]
    assert book.refresh().listings([(2, "A")]) == {}
    assert outcomes(put_listings(shop, [ListingDraft("web", "A", (Component("B"),))])) == ["changed"]
    assert book.refresh().listings([(2, "A")])[2, "A"].components == ((n["B"], 1),)


def test_a_new_listing_needs_a_channel_and_components_and_a_change_neither_loses_them(shop: Database) -> None:
    drafts = [ListingDraft("web", "P"), ListingDraft("ghost", "P", (Component("A"),))]
    assert outcomes(put_listings(shop, drafts)) == ["components", "channel"]
    put_listings(shop, [ListingDraft("web", "P", (Component("A", 6),))])
    assert outcomes(put_listings(shop, [ListingDraft("web", "P", title="Six pack")])) == ["changed"]
    stored = read_listings(shop, [("web", "P")])["web", "P"]
    assert (stored.title, stored.components) == ("Six pack", (Component("A", 6),))


def test_components_as_they_were_can_still_be_read(shop: Database) -> None:
    n = ids(shop)
    put_listings(shop, [ListingDraft("web", "P", (Component("A", 6), Component("B")))])
    with shop.transaction() as conn:
        then = conn.execute("SELECT clock_timestamp()").fetchall()[0][0]
    put_listings(shop, [ListingDraft("web", "P", (Component("A", 4), Component("B")))])
    assert as_of(shop, then).listings([(2, "P")])[2, "P"].components == ((n["A"], 6), (n["B"], 1))
    assert RuleBook(shop).snapshot().listings([(2, "P")])[2, "P"].components == ((n["A"], 4), (n["B"], 1))
    with shop.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM component").fetchall() == [(3,)]


def test_listings_of_an_item_include_those_that_take_it_in_a_kit(kit: Database) -> None:
    drafts = [ListingDraft("web", "KIT", (Component("K"),)), ListingDraft("retail", "PACK", (Component("A", 6),))]
    put_listings(kit, [*drafts, ListingDraft("web", "OTHER", (Component("C"),))])
    assert [row.sku for row in list_listings(kit, item="A").rows] == ["KIT", "PACK"]
    assert [row.sku for row in list_listings(kit, channel="web", search="ot").rows] == ["OTHER"]
