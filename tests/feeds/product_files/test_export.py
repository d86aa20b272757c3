"""Exporting products and stock: what changed, with stock, for another shop, nothing that a spreadsheet would run."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.feeds.product_files.conftest import Export, Import, Table, table
from tests.feeds.product_files.test_import import SHIRTS
from truestock.availability.publishing.stream import trim_stream
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, end_listings, put_listings
from truestock.catalog.listings.content import ContentDraft, put_content
from truestock.catalog.listings.content_rules import ContentRuleDraft, put_content_rules
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.catalog.policies import PolicyDraft, put_policies
from truestock.catalog.rules import RuleBook
from truestock.core.problems import Invalid
from truestock.feeds.product_files import ExportReport, export_products, export_stock
from truestock.ledger.desk import Desk
from truestock.ledger.post import post
from truestock.ledger.values import Booked, Post, Receive
from truestock.store.database import Database

Receives = Callable[..., None]
Stock = Callable[..., tuple[Table, ExportReport]]


@pytest.fixture
def receive(shop: Database, rules: RuleBook) -> Receives:
    """Books units into dc, or elsewhere."""

    def received(sku: str, qty: int, location: str = "dc") -> None:
        with shop.connect() as conn:
            (answer,) = post(Desk(conn, rules), [Post(Receive(sku=sku, location=location, qty=qty))], True)
            assert isinstance(answer, Booked)

    return received


@pytest.fixture
def stock(shop: Database, rules: RuleBook) -> Stock:
    """Exports the stock of the channel shop."""

    def given(form: str, **more: Any) -> tuple[Table, ExportReport]:
        out = io.BytesIO()
        report = export_stock(shop, rules, "shop", form, out, **more)
        return table(out.getvalue()), report

    return given


def test_only_products_that_changed_are_written_and_then_as_a_whole(take: Import, give: Export) -> None:
    take(SHIRTS + "mug,Mug,,,,,MUG,,,4,,,,,,\r\n", "shopify")
    rows, first = give("shopify")
    assert {row["Handle"] for row in rows} == {"tee", "mug"}
    assert first.as_of
    assert give("shopify", changed_since=first.as_of)[0] == []
    take(SHIRTS.replace("19.90,25", "18,25"), "shopify")
    rows, second = give("shopify", changed_since=first.as_of)
    assert [(row["Handle"], row["Variant SKU"], row["Variant Price"]) for row in rows] == [
        ("tee", "TEE-S", "18"),
        ("tee", "TEE-M", "19.9"),
        ("tee", "", ""),
    ]
    assert (second.rows, second.variants, second.whole) == (3, 2, False)


def test_stock_goes_along_only_when_it_is_asked_for(take: Import, give: Export, receive: Receives) -> None:
    take(SHIRTS, "shopify")
    receive("TEE-S", 6)
    for form, column in (
        ("shopify", "Variant Inventory Qty"),
        ("woocommerce", "Stock"),
        ("magento", "qty"),
        ("plain", "qty"),
    ):
        rows, _ = give(form)
        assert column not in rows[0]
        rows, _ = give(form, with_stock=True)
        assert sorted(row[column] for row in rows if row[column]) == ["0", "6"]
    since = give("shopify", with_stock=True)[1].as_of
    receive("TEE-M", 2)
    assert give("shopify", changed_since=since)[0] == []
    rows, _ = give("shopify", changed_since=since, with_stock=True)
    assert [row["Variant Inventory Qty"] for row in rows] == ["6", "2", ""]


def test_stock_files_have_what_each_shops_importer_takes(take: Import, stock: Stock, receive: Receives) -> None:
    take(SHIRTS, "shopify")
    receive("TEE-S", 6)
    rows, report = stock("shopify", place="Main street")
    assert rows[0]["Handle"] == "tee"
    assert [(row["SKU"], row["Option1 Name"], row["Option1 Value"], row["Main street"]) for row in rows] == [
        ("TEE-S", "Size", "S", "6"),
        ("TEE-M", "Size", "M", "0"),
    ]
    assert (report.rows, report.whole, report.left_out) == (2, True, 0)
    assert stock("woocommerce")[0] == [
        {"SKU": "TEE-S", "In stock?": "1", "Stock": "6"},
        {"SKU": "TEE-M", "In stock?": "0", "Stock": "0"},
    ]
    assert stock("magento", place="eu-1")[0][0] == {
        "source_code": "eu-1",
        "sku": "TEE-S",
        "status": "1",
        "quantity": "6",
    }
    assert stock("plain", place="dc")[0][1] == {"sku": "TEE-M", "location": "dc", "qty": "0"}
    with pytest.raises(Invalid, match="column for each location"):
        stock("shopify")


def test_stock_is_what_the_channel_is_told(shop: Database, take: Import, stock: Stock, receive: Receives) -> None:
    take(SHIRTS, "shopify")
    receive("TEE-S", 6)
    put_policies(shop, [PolicyDraft("buffer", 2, channel="shop"), PolicyDraft("sell_out_at", 5, channel="shop")])
    assert [row["Stock"] for row in stock("woocommerce")[0]] == ["0", "0"]
    put_listings(shop, [ListingDraft("shop", "PAIR", (Component("TEE-S", 2),))])
    receive("TEE-S", 20)
    assert {row["SKU"]: row["Stock"] for row in stock("woocommerce")[0]} == {"TEE-S": "24", "TEE-M": "0", "PAIR": "12"}


def test_changed_stock_goes_on_from_a_cursor_or_an_instant(
    shop: Database, take: Import, stock: Stock, receive: Receives
) -> None:
    take(SHIRTS, "shopify")
    _, first = stock("woocommerce")
    assert first.cursor
    receive("TEE-M", 4)
    rows, second = stock("woocommerce", changed_since=first.cursor)
    assert ([row["SKU"] for row in rows], second.whole) == (["TEE-M"], False)
    assert [row["SKU"] for row in stock("woocommerce", changed_since=first.as_of)[0]] == ["TEE-M"]
    assert stock("woocommerce", changed_since=second.cursor)[0] == []
    trim_stream(shop, datetime.now(UTC))
    rows, third = stock("woocommerce", changed_since=first.cursor)
    assert (len(rows), third.whole) == (2, True)
    with pytest.raises(Invalid, match="another hub"):
        stock("woocommerce", changed_since=10_000)


def test_a_place_of_the_channel_has_its_own_numbers_and_goes_on_from_an_instant(
    shop: Database, take: Import, stock: Stock, receive: Receives
) -> None:
    put_locations(shop, [LocationDraft("north", kind="store")])
    put_channels(shop, [ChannelDraft("shop", locations=("dc", "north"))])
    take(SHIRTS, "shopify")
    with shop.transaction() as conn:
        conn.execute("INSERT INTO place SELECT 7, c.id, 'Main' FROM channel c WHERE c.code = 'shop'")
        conn.execute("INSERT INTO place_location SELECT 7, id FROM location WHERE code = 'dc'")
        conn.execute("UPDATE epoch SET rules = rules + 1")
    receive("TEE-S", 6)
    receive("TEE-S", 3, "north")
    assert [row["quantity"] for row in stock("magento")[0]] == ["9", "0"]
    rows, report = stock("magento", place="Main")
    assert ([row["quantity"] for row in rows], report.cursor) == (["6", "0"], None)
    receive("TEE-M", 1)
    assert [row["sku"] for row in stock("magento", place="Main", changed_since=report.as_of)[0]] == ["TEE-M"]
    with pytest.raises(Invalid, match="from an instant"):
        stock("magento", place="Main", changed_since=1)


def test_a_variant_that_the_shop_could_not_find_is_left_out_and_named(shop: Database, stock: Stock) -> None:
    put_items(shop, [ItemDraft("A")])
    put_listings(shop, [ListingDraft("shop", "A", (Component("A"),))])
    rows, report = stock("shopify", place="Main")
    assert (rows, report.left_out) == ([], 1)
    assert "import the shop's product file" in report.notes[0].reason
    assert stock("woocommerce")[1].left_out == 0


def test_nothing_that_a_spreadsheet_would_run_is_written_and_it_is_read_back_as_it_was(
    take: Import, give: Export
) -> None:
    text = (
        'sku,title,description,brand\n=1+1,"=HYPERLINK(""http://evil"")",- oak,+1 (800) 5\nB,"@SUM(A1)",<b>x</b>,-2\n'
    )
    assert take(text, "plain").refused == 0
    rows, report = give("plain")
    assert all(not cell.startswith(("=", "@", "+", "- ")) for row in rows for cell in row.values())
    assert rows[1]["brand"] == "-2"
    assert "apostrophe" in report.notes[0].reason
    raw = io.StringIO(newline="")
    raw.write(",".join(rows[0]) + "\n")
    raw.writelines(",".join('"' + c.replace('"', '""') + '"' for c in row.values()) + "\n" for row in rows)
    assert take(raw.getvalue(), "plain").changes == 0


def test_not_even_a_column_of_the_shops_own_is_run(shop: Database, take: Import, rules: RuleBook) -> None:
    text = 'Handle,Title,Variant SKU,"=cmd|calc!A1"\na,A,A,-1+1\n'
    take(text, "shopify")
    out = io.BytesIO()
    export_products(shop, rules, "shop", "shopify", out)
    assert b"'=cmd|calc!A1" in out.getvalue()
    assert b"'-1+1" in out.getvalue()
    assert b",=" not in out.getvalue()
    assert take(out.getvalue(), "shopify").changes == 0


def test_a_configurable_product_names_the_variants_that_it_has_now(shop: Database, take: Import, give: Export) -> None:
    text = "sku,product_type,name,configurable_variations\nA,simple,Ace,\nB,simple,Bee,\n"
    take(text + 'P,configurable,Pea,"sku=A,size=S|sku=B,size=M"\n', "magento")
    assert give("magento")[0][-1]["configurable_variations"] == "sku=A,size=S|sku=B,size=M"
    put_content(shop, [ContentDraft("A", product="P", channel="shop", options=(("size", "L"),))])
    end_listings(shop, [("shop", "B")])
    rows, _ = give("magento")
    # The one variant left has options, so it still stands on its product's page.
    assert rows[-1]["configurable_variations"] == "sku=A,size=L"


def test_attributes_have_the_channels_own_names(shop: Database, take: Import, give: Export) -> None:
    take("sku,product,option:Size\nA,tee,S\nB,tee,M\n", "plain")
    put_content_rules(shop, [ContentRuleDraft("shop", "Size", called="Taille")])
    rows, _ = give("shopify")
    assert (rows[0]["Option1 Name"], [row["Option1 Value"] for row in rows]) == ("Taille", ["S", "M"])


def test_a_page_is_made_of_items_for_a_channel_that_no_file_came_from(
    shop: Database, take: Import, give: Export
) -> None:
    take(SHIRTS, "shopify")
    put_listings(
        shop, [ListingDraft("other", "T1", (Component("TEE-S"),)), ListingDraft("other", "T2", (Component("TEE-M"),))]
    )
    rows, _ = give("woocommerce", channel="other")
    assert [(row["Type"], row["SKU"], row["Parent"], row["Attribute 1 value(s)"]) for row in rows] == [
        ("variable", "tee", "", "S, M"),
        ("variation", "T1", "tee", "S"),
        ("variation", "T2", "tee", "M"),
    ]
    assert rows[0]["Images"] == "https://a.example/1.jpg, https://a.example/2.jpg, https://a.example/3.jpg"
    put_content(shop, [ContentDraft("tee", "product", title="Everywhere")])
    assert give("woocommerce", channel="other")[0][0]["Name"] == "Everywhere"
    rows, _ = give("magento", channel="other")
    assert rows[-1]["configurable_variations"] == "sku=T1,size=S|sku=T2,size=M"


@pytest.mark.parametrize("form", ["shopify", "woocommerce", "magento"])
def test_a_product_that_lost_its_variants_is_not_made_again_in_the_shop(take: Import, give: Export, form: str) -> None:
    take(SHIRTS, "shopify")
    take(SHIRTS.replace("tee,", "shirt,"), "shopify")
    rows, _ = give(form)
    assert "tee" not in {row.get("Handle") or row.get("SKU") or row.get("sku") for row in rows}
    assert "shirt" in {row.get("Handle") or row.get("SKU") or row.get("sku") for row in rows}


def test_many_products_are_written_in_their_order(take: Import, give: Export) -> None:
    text = "sku,product,title\n" + "".join(f"S{n},p{n % 400},Title {n}\n" for n in range(1_600))
    assert take(text, "plain").created == 1_600
    rows, report = give("plain")
    assert (report.variants, rows[0]["sku"], len({row["sku"] for row in rows})) == (1_600, "S0", 1_600)
    assert [row["product"] for row in rows[:5]] == ["p0", "p0", "p0", "p0", "p1"]
