"""Importing product files: what is made, what is changed, what is refused, and that a dry run says the same."""

from decimal import Decimal

import pytest

from tests.feeds.product_files.conftest import Import
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.items import Component, ItemDraft, put_items, read_items
from truestock.catalog.listings import ListingDraft, end_listings, put_listings, read_listings
from truestock.catalog.listings.column_mappings import ColumnMappingDraft, put_column_mappings, read_column_mapping
from truestock.catalog.listings.content import Image, read_content
from truestock.catalog.listings.content_rules import ContentRuleDraft, put_content_rules
from truestock.core.problems import Invalid, NotFound
from truestock.feeds.product_files import ImportReport
from truestock.store.database import Database

SHIRTS = (
    "Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,"
    "Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Image Position,Variant Image,Cost per item\r\n"
    'tee,Tee,"<p>Soft,\r\nthin</p>",Acme,Size,S,TEE-S,100,7,19.90,25,4006381333931,https://a.example/2.jpg,2,,8\r\n'
    "tee,,,,,M,TEE-M,120,9,19.90,,,https://a.example/1.jpg,1,https://a.example/m.jpg,8\r\n"
    "tee,,,,,,,,,,,,https://a.example/3.jpg,3,,\r\n"
)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.refused


def stock_rows(db: Database) -> int:
    with db.transaction() as conn:
        return int(conn.execute("SELECT (SELECT count(*) FROM stock) + (SELECT count(*) FROM entry)").fetchall()[0][0])


def test_items_barcodes_listings_and_content_are_made_and_no_stock(shop: Database, take: Import) -> None:
    report = take(SHIRTS, "shopify", currency="EUR")
    assert (counts(report), report.items_created, report.listings_created) == ((3, 0, 0, 0), 2, 2)
    assert report.ignored == ["Variant Inventory Qty"]
    assert stock_rows(shop) == 0
    items = read_items(shop, ["TEE-S", "TEE-M"])
    assert items["TEE-S"].barcodes == ("04006381333931",)
    assert [(i.name, i.weight_g, i.cost) for i in items.values()] == [
        ("Tee - M", 120, Decimal(8)),
        ("Tee - S", 100, Decimal(8)),
    ]
    listing = read_listings(shop, [("shop", "TEE-S")])["shop", "TEE-S"]
    assert (listing.components, listing.title) == ((Component("TEE-S"),), "Tee - S")
    found = read_content(
        shop,
        [
            ("shop", "variant", "TEE-S"),
            (None, "variant", "TEE-M"),
            (None, "product", "tee"),
            ("shop", "product", "tee"),
        ],
    )
    small = found["shop", "variant", "TEE-S"]
    assert (small.price, small.compare_at_price, small.currency) == (Decimal("19.90"), Decimal(25), "EUR")
    medium = found[None, "variant", "TEE-M"]
    assert (medium.product, medium.options) == ("tee", (("Size", "M"),))
    assert medium.images == (Image("https://a.example/m.jpg"),)
    page = found[None, "product", "tee"]
    assert (page.title, page.brand, page.description) == ("Tee", "Acme", "<p>Soft,\r\nthin</p>")
    assert [image.url[-5:] for image in page.images or ()] == ["1.jpg", "2.jpg", "3.jpg"]
    assert ("shop", "product", "tee") in found


def test_only_what_differs_is_changed_and_the_preview_says_what(shop: Database, take: Import) -> None:
    take(SHIRTS, "shopify")
    other = SHIRTS.replace("19.90,25", "17.50,25").replace(",Tee,", ",Fine tee,").replace(",120,", ",130,")
    preview = take(other, "shopify", dry_run=True)
    assert counts(preview) == (0, 3, 0, 0)
    assert {(d.line, d.code, d.field, d.before, d.after) for d in preview.differences} == {
        (2, "tee", "title", "Tee", "Fine tee"),
        (2, "TEE-S", "price", "19.900000", "17.50"),
        (2, "TEE-S", "listing title", "Tee - S", "Fine tee - S"),
        (4, "TEE-M", "listing title", "Tee - M", "Fine tee - M"),
        (4, "TEE-M", "weight_g", "120", "130"),
        (4, "TEE-M", "cells", "shopify", "shopify"),
    }
    assert preview.fields["listing title"] == 2
    assert counts(take(SHIRTS, "shopify", dry_run=True)) == (0, 0, 3, 0)
    done = take(other, "shopify")
    assert (counts(done), done.differences) == (counts(preview), preview.differences)
    assert counts(take(other, "shopify")) == (0, 0, 3, 0)
    found = read_content(shop, [("shop", "product", "tee"), (None, "product", "tee")])
    assert (found["shop", "product", "tee"].title, found[None, "product", "tee"].title) == ("Fine tee", "Tee")


def test_a_dry_run_of_a_new_shop_counts_what_the_import_then_does(shop: Database, take: Import) -> None:
    preview = take(SHIRTS, "shopify", dry_run=True)
    assert read_items(shop, ["TEE-S"]) == {}
    done = take(SHIRTS, "shopify")
    assert (counts(preview), preview.items_created) == (counts(done), done.items_created)


def test_a_column_that_a_shop_empties_is_emptied_and_one_that_a_file_lacks_stays(shop: Database, take: Import) -> None:
    take(SHIRTS, "shopify")
    take(SHIRTS.replace("19.90,25,", "19.90,,").replace(",Acme,", ",,"), "shopify")
    found = read_content(shop, [("shop", "variant", "TEE-S"), ("shop", "product", "tee")])
    assert found["shop", "variant", "TEE-S"].compare_at_price == 0
    assert found["shop", "product", "tee"].brand == ""
    report = take("Handle,Title\ntee,Tee\n", "shopify")
    assert report.fields.keys() <= {"cells"}


def test_rows_without_sku_are_refused_with_what_to_do_or_get_one(take: Import) -> None:
    text = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\nmug,Mug,Colour,Sky blue,,5\n"
    refused = take(text, "shopify")
    assert [(p.line, p.field) for p in refused.problems] == [(2, "Variant SKU")]
    assert "make_skus" in refused.problems[0].reason
    made = take(text, "shopify", make_skus=True)
    assert (made.refused, made.listings_created) == (0, 1)
    assert take(text, "shopify", make_skus=True).changes == 0


def test_a_row_about_a_pack_leaves_the_items_alone(shop: Database, take: Import) -> None:
    put_items(shop, [ItemDraft("TEE", weight_g=100)])
    put_listings(
        shop,
        [ListingDraft("shop", "TEE-S", (Component("TEE", 3),)), ListingDraft("shop", "TEE-M", (Component("TEE"),))],
    )
    report = take(SHIRTS, "shopify")
    assert (report.items_created, report.listings_created, report.refused) == (0, 0, 0)
    item = read_items(shop, ["TEE"])["TEE"]
    assert (item.weight_g, item.barcodes) == (120, ())
    assert read_listings(shop, [("shop", "TEE-S")])["shop", "TEE-S"].components == (Component("TEE", 3),)
    end_listings(shop, [("shop", "TEE-M")])
    assert "has ended" in take(SHIRTS, "shopify").notes[0].reason


def test_a_barcode_of_another_item_is_noted_and_stays_where_it_is(shop: Database, take: Import) -> None:
    put_items(shop, [ItemDraft("OTHER")])
    put_barcodes(shop, [BarcodeDraft("4006381333931", "OTHER")])
    for dry_run in (True, False):
        report = take(SHIRTS, "shopify", dry_run=dry_run)
        assert [(n.line, n.field) for n in report.notes] == [(2, "barcode")]
        assert "'OTHER'" in report.notes[0].reason
    twice = SHIRTS.replace(",120,9,19.90,,,", ",120,9,19.90,,96385074,").replace("4006381333931", "96385074")
    assert "'TEE-S'" in take(twice, "shopify").notes[0].reason


def test_lines_are_counted_right_behind_cells_of_several_lines(take: Import) -> None:
    bad = SHIRTS.replace("TEE-M,120,9,19.90", "TEE-M,120,9,cheap") + "tee,,,,,L,TEE-M,1,1,5,,,,,,\r\n"
    report = take(bad, "shopify")
    assert [(p.line, p.field, p.value) for p in report.problems] == [(4, "Variant Price", "cheap")]
    twice = take(SHIRTS + "tee,,,,,L,TEE-S,1,1,5,,,,,,\r\n", "shopify")
    assert [(p.line, p.reason) for p in twice.problems] == [(6, "line 2 is about the same; keep one of them")]


def test_the_newest_columns_of_shopify_are_read_too(shop: Database, take: Import) -> None:
    text = (
        "Title,URL handle,Description,Vendor,Status,SKU,Option1 name,Option1 value,Price,Compare-at price,"
        "Continue selling when out of stock,Inventory quantity,Weight value (grams),Product image URL,Image position\n"
        "Tee,tee,<p>x</p>,Acme,Active,T-1,Size,S,9.5,,FALSE,4,200,https://a.example/1.jpg,1\n"
    )
    report = take(text, "shopify")
    assert (report.refused, report.ignored) == (0, ["Inventory quantity"])
    row = read_content(shop, [("shop", "variant", "T-1")])["shop", "variant", "T-1"]
    assert (row.price, (row.cells or {})["shopify"]["Variant Inventory Policy"]) == (Decimal("9.5"), "deny")


def test_woocommerce_parents_are_found_by_number_and_sales_have_two_prices(shop: Database, take: Import) -> None:
    text = (
        "ID,Type,SKU,Name,Sale price,Regular price,Weight (kg),Parent,Attribute 1 name,Attribute 1 value(s)\n"
        '7,variable,,Cap,,,,,Colour,"Red, Blue"\n'
        "8,variation,CAP-R,Cap - Red,8,10,0.25,id:7,Colour,Red\n"
        "9,variation,,Cap - Blue,,10,,id:7,Colour,Blue\n"
    )
    report = take(text, "woocommerce")
    assert [(p.line, p.field) for p in report.problems] == [(4, "SKU")]
    row = read_content(shop, [("shop", "variant", "CAP-R"), (None, "variant", "CAP-R")])
    assert (row["shop", "variant", "CAP-R"].price, row["shop", "variant", "CAP-R"].compare_at_price) == (
        Decimal(8),
        Decimal(10),
    )
    assert row[None, "variant", "CAP-R"].product == "id:7"
    assert read_items(shop, ["CAP-R"])["CAP-R"].weight_g == 250


def test_magento_empties_by_its_own_word_and_leaves_store_views_out(shop: Database, take: Import) -> None:
    text = "sku,store_view_code,product_type,name,description,price,special_price\nA,,simple,Ace,long,9,7\n"
    take(text, "magento")
    report = take(text.replace(",long,9,7", ",__EMPTY__VALUE__,9,") + "A,de,simple,Ass,,,\n", "magento")
    assert [(n.line, n.value) for n in report.notes] == [(3, "de")]
    row = read_content(shop, [("shop", "variant", "A")])["shop", "variant", "A"]
    assert (row.description, row.price, row.compare_at_price) == ("", Decimal(9), Decimal(9))
    take(text.replace(",9,7", ",9,__EMPTY__VALUE__"), "magento")
    assert read_content(shop, [("shop", "variant", "A")])["shop", "variant", "A"].compare_at_price == 0


def test_a_suppliers_file_is_read_by_its_saved_mapping(shop: Database, take: Import) -> None:
    drafts = [("sku", "Artikel"), ("title", "Bezeichnung"), ("price", "VK"), ("option:Size", "Größe")]
    put_column_mappings(shop, [ColumnMappingDraft("acme", *pair) for pair in drafts])
    mapping = read_column_mapping(shop, "acme")
    text = "Artikel;Bezeichnung;VK;Größe;Bestand;EAN\nX-1;Becher;12,50;L;40;4006381333931\n"
    report = take(text, "plain", mapping=mapping)
    assert (report.refused, report.ignored) == (0, ["Bestand"])
    rows = read_content(shop, [("shop", "variant", "X-1"), (None, "variant", "X-1")])
    assert rows["shop", "variant", "X-1"].price == Decimal("12.50")
    assert (rows[None, "variant", "X-1"].title, rows[None, "variant", "X-1"].options) == ("Becher", (("Size", "L"),))
    with pytest.raises(Invalid, match=r"the file has no column .*Artikel"):
        take("sku\nA\n", "plain", mapping=mapping)
    with pytest.raises(Invalid, match="map one of"):
        take(text, "plain", mapping={"colour": "Bestand"})


def test_a_channels_own_names_of_attributes_are_ours_after_reading(shop: Database, take: Import) -> None:
    put_content_rules(shop, [ContentRuleDraft("shop", "Size", called="Taille")])
    take("sku,option:Taille\nA,M\n", "plain")
    assert read_content(shop, [(None, "variant", "A")])[None, "variant", "A"].options == (("Size", "M"),)


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        ("shopify", "sku,title\nA,B\n", "'Handle' is missing"),
        ("woocommerce", "Type\nsimple\n", "'SKU' is missing"),
        ("magento", "sku,sku,product_type\na,b,simple\n", "twice"),
        ("plain", "", "empty"),
        ("plain", 'sku\nA\n"open\nB\n', "quote left open"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_where(take: Import, form: str, text: str, says: str) -> None:
    report = take(text, form)
    assert report.stopped
    assert says in report.problems[-1].reason


def test_a_bad_row_stops_nobody(shop: Database, take: Import) -> None:
    text = "sku,title,price\nA,Ace,1\n B\x07,Bad,2\nC,Surplus,3,4\n" + "D" * 300 + ",Long,5\nE,Fine,\n"
    report = take(text, "plain")
    assert [(p.line, p.field) for p in report.problems] == [(3, "sku"), (4, "line"), (5, "sku")]
    assert set(read_items(shop, ["A", "E"])) == {"A", "E"}


def test_formats_and_channels_that_are_not_there_are_refused(take: Import) -> None:
    with pytest.raises(Invalid, match="shopify, woocommerce, magento, plain"):
        take("", "prestashop")
    with pytest.raises(NotFound, match="'nowhere'"):
        take("", "plain", channel="nowhere")
    with pytest.raises(Invalid, match="three letters"):
        take("", "plain", currency="euro")
