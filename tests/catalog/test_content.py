"""Content: what holds everywhere and what a channel shows instead, and what channels ask of it."""

from decimal import Decimal

import pytest

from tests.catalog.conftest import outcomes, reason
from truestock.catalog.changes import How
from truestock.catalog.listings.column_mappings import ColumnMappingDraft, put_column_mappings, read_column_mapping
from truestock.catalog.listings.content import (
    ContentDraft,
    Image,
    StoredContent,
    list_content,
    own,
    put_content,
    read_content,
    shown,
)
from truestock.catalog.listings.content_rules import (
    ContentRuleDraft,
    end_content_rules,
    put_content_rules,
    read_content_rules,
)
from truestock.core.problems import NotFound
from truestock.store.database import Database

LAMP = ContentDraft(
    "A",
    channel="web",
    product="lamps",
    options=(("Size", "M"), ("Colour", "red")),
    title="Lamp",
    description='<p>A "lamp"\n&amp; more</p>',
    images=(Image("https://shop.example/a.jpg", "A lamp"), Image("https://shop.example/b.jpg")),
    attributes=(("Material", "oak"),),
    price=Decimal("12.50"),
    compare_at_price=Decimal(0),
    currency="EUR",
    cells={"shopify": {"Tags": "a, b"}},
)


def test_content_comes_back_as_it_was_put_and_in_its_order(shop: Database) -> None:
    assert outcomes(put_content(shop, [LAMP, ContentDraft("A", title="Any lamp")])) == ["created", "created"]
    found = read_content(shop, [("web", "variant", "A"), (None, "variant", "A"), ("web", "product", "A")])
    assert set(found) == {("web", "variant", "A"), (None, "variant", "A")}
    stored = found["web", "variant", "A"]
    assert {name: getattr(stored, name) for name in ContentDraft.__slots__} == {
        name: getattr(LAMP, name) for name in ContentDraft.__slots__
    }
    assert found[None, "variant", "A"].title == "Any lamp"
    assert [row.title for row in list_content(shop, "web").rows] == ["Lamp"]
    assert [row.title for row in list_content(shop).rows] == ["Any lamp"]


def test_only_what_is_said_changes_and_an_empty_text_empties(shop: Database) -> None:
    put_content(shop, [LAMP])
    before = read_content(shop, [("web", "variant", "A")])["web", "variant", "A"]
    assert outcomes(put_content(shop, [LAMP])) == ["unchanged"]
    assert outcomes(put_content(shop, [ContentDraft("A", channel="web", description="", price=Decimal(9))])) == [
        "changed"
    ]
    after = read_content(shop, [("web", "variant", "A")])["web", "variant", "A"]
    assert (after.description, after.price, after.title, after.images) == ("", Decimal(9), "Lamp", LAMP.images)
    assert before.changed_at
    assert after.changed_at
    assert after.changed_at > before.changed_at


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ContentDraft(""), "code"),
        (ContentDraft("A", channel="nowhere"), "channel"),
        (ContentDraft("A", price=Decimal(-1)), "price"),
        (ContentDraft("A", price=Decimal("NaN")), "price"),
        (ContentDraft("A", currency="euro"), "currency"),
        (ContentDraft("A", title="two\nlines"), "title"),
        (ContentDraft("A", description="a\0b"), "description"),
        (ContentDraft("A", description="x" * 200_000), "description"),
        (ContentDraft("A", images=(Image("https://a.example/a.jpg"),) * 300), "images"),
        (ContentDraft("A", attributes=(("a", "x"),) * 600), "attributes"),
        (ContentDraft("A", kind="page"), "kind"),  # type: ignore[arg-type]  # what a caller over HTTP might send
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_field(shop: Database, draft: ContentDraft, field: str) -> None:
    assert outcomes(put_content(shop, [draft, LAMP])) == [field, "created"]


def test_a_dry_run_keeps_nothing(shop: Database) -> None:
    assert outcomes(put_content(shop, [LAMP], How(dry_run=True))) == ["created"]
    assert list_content(shop, "web").rows == ()


def test_a_channel_is_filled_from_what_holds_everywhere_and_a_variant_from_its_product() -> None:
    general = StoredContent("A", title="Any", brand="Acme", price=Decimal(3))
    mine = own(StoredContent("L-1", channel="web", title="Mine", brand=""), general)
    assert mine
    assert (mine.code, mine.title, mine.brand, mine.price) == ("L-1", "Mine", "", Decimal(3))
    product = StoredContent("p", "product", title="Page", brand="Page's", summary="Short", price=Decimal(9))
    seen = shown(mine, product)
    assert (seen.title, seen.brand, seen.summary, seen.price) == ("Mine", "Page's", "Short", Decimal(3))
    assert own(None, None) is None


def test_rules_are_made_changed_and_ended(shop: Database) -> None:
    size = ContentRuleDraft("web", "Size", called="Taille", required=True, allowed=("S", "M"))
    title = ContentRuleDraft("web", "title", at_most=80)
    assert outcomes(put_content_rules(shop, [size, title])) == ["created", "created"]
    assert outcomes(put_content_rules(shop, [size, ContentRuleDraft("web", "title", at_least=5)])) == [
        "unchanged",
        "changed",
    ]
    rules = {rule.field: rule for rule in read_content_rules(shop, "web")}
    assert (rules["Size"].allowed, rules["Size"].called, rules["Size"].required) == (("S", "M"), "Taille", True)
    assert (rules["title"].at_least, rules["title"].at_most) == (5, 80)
    assert outcomes(end_content_rules(shop, [("web", "title"), ("web", "title2")])) == ["ended", "field"]
    assert [rule.field for rule in read_content_rules(shop, "web")] == ["Size"]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (ContentRuleDraft("web", "title", at_least=9, at_most=3), "below"),
        (ContentRuleDraft("web", "title", pixels=3), "of images"),
        (ContentRuleDraft("web", "title", called="Titel"), "no attribute"),
        (ContentRuleDraft("web", "Size", allowed=("",)), "missing"),
        (ContentRuleDraft("nowhere", "title"), "no channel"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(shop: Database, rule: ContentRuleDraft, says: str) -> None:
    assert says in reason(put_content_rules(shop, [rule])[0])


def test_a_mapping_is_kept_under_its_name(shop: Database) -> None:
    drafts = [ColumnMappingDraft("acme", "sku", "Artikel"), ColumnMappingDraft("acme", "price", "VK")]
    assert outcomes(put_column_mappings(shop, drafts)) == ["created", "created"]
    assert outcomes(put_column_mappings(shop, [ColumnMappingDraft("acme", "price", "EK")])) == ["changed"]
    assert read_column_mapping(shop, "acme") == {"sku": "Artikel", "price": "EK"}
    with pytest.raises(NotFound, match="'nobody'"):
        read_column_mapping(shop, "nobody")
