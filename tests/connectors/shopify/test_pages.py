"""What a shop's pages show is written as it was told, product by product, and nothing else is touched."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.counterparts.shopify import Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.counterparts.shopify_pages import Pages
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.contract.pages import Page, PagesPushed, Picture
from truestock.connectors.shopify.pages import money

LAMP: dict[str, Any] = {
    "product": "lamp",
    "title": "Lamp",
    "description": "<p>Bright.</p>",
    "brand": "Lux",
    "images": (Picture("https://img.example/lamp.jpg", "a lamp"),),
}


@pytest.fixture
def shown(shop: Shop) -> Pages:
    """The pages of a shop whose app may write them."""
    shop.scopes |= {"read_products", "write_products"}
    return shop.pages


def push(hub: Hub, *pages: Page) -> PagesPushed:
    return hub(lambda connector: connector.push_pages(pages, {}))


def kinds(told: PagesPushed) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in told.outcomes.items()}


def test_a_product_gets_its_texts_images_and_prices(hub: Hub, shown: Pages) -> None:
    product = shown.put("L-S", "L-M")
    small = Page("L-S", price=Decimal("12.500000"), compare_at_price=Decimal(15), currency="EUR", **LAMP)
    medium = Page("L-M", price=Decimal(100), compare_at_price=Decimal(0), **LAMP)
    assert kinds(push(hub, small, medium)) == {"L-S": "applied", "L-M": "applied"}
    page = shown.products[product]
    assert (page["title"], page["descriptionHtml"], page["vendor"]) == ("Lamp", "<p>Bright.</p>", "Lux")
    (media,) = page["media"]
    assert (media["originalSource"], media["alt"]) == ("https://img.example/lamp.jpg", "a lamp")
    assert (shown.variant("L-S")["price"], shown.variant("L-S")["compareAtPrice"]) == ("12.50", "15.00")
    assert (shown.variant("L-M")["price"], shown.variant("L-M")["compareAtPrice"]) == ("100.00", None)


def test_what_is_left_open_stays_as_it_is_there(hub: Hub, shown: Pages) -> None:
    product = shown.put("L-S", title="Theirs", description="their text", images=1)
    before = {**shown.products[product]}
    assert kinds(push(hub, Page("L-S", "lamp", description="", title=""))) == {"L-S": "applied"}
    assert shown.products[product] == {**before, "descriptionHtml": ""}
    assert shown.variant("L-S")["price"] == "1.00"


def test_a_listing_alone_says_nothing_of_what_variants_there_share(hub: Hub, shown: Pages) -> None:
    product = shown.put("A", "B")
    push(hub, Page("A", title="only of A", price=Decimal(3)))
    assert (shown.products[product]["title"], shown.variant("A")["price"]) == ("Old", "3.00")
    single = shown.put("C")
    push(hub, Page("C", title="of C"))
    assert shown.products[single]["title"] == "of C"


def test_what_is_unknown_there_twice_there_or_in_other_money_is_refused(hub: Hub, shown: Pages) -> None:
    shown.put("TWICE")
    shown.put("TWICE", "YEN", "GOOD", "good-2")
    yen = Page("YEN", price=Decimal(3), currency="JPY")
    told = push(hub, Page("NONE"), Page("TWICE"), yen, Page("GOOD", price=Decimal(2)))
    assert kinds(told) == {"NONE": "rejected", "TWICE": "rejected", "YEN": "rejected", "GOOD": "applied"}
    assert "JPY" in told.outcomes["YEN"].reason
    assert "EUR" in told.outcomes["YEN"].reason
    assert (shown.variant("YEN")["price"], shown.variant("good-2")["price"]) == ("1.00", "1.00")


def test_refusals_are_in_the_shops_words_and_spare_the_others(hub: Hub, shown: Pages) -> None:
    shown.put("L-S", "L-M")
    other = shown.put("X")
    shown.no_price = {"L-M": "Price must be less than 1,000,000,000,000,000,000"}
    told = push(hub, *(Page(sku, price=Decimal(7), **LAMP) for sku in ("L-S", "L-M")), Page("X", title="New"))
    assert kinds(told) == {"L-S": "applied", "L-M": "rejected", "X": "applied"}
    assert told.outcomes["L-M"].reason == shown.no_price["L-M"]
    assert (shown.variant("L-S")["price"], shown.products[other]["title"]) == ("7.00", "New")
    shown.no_price, shown.no_title = {}, "Title is too long"
    told = push(hub, Page("L-S", price=Decimal(8), **LAMP))
    assert told.outcomes["L-S"].reason == "Title is too long"
    assert shown.variant("L-S")["price"] == "8.00"


def test_an_app_without_the_scope_says_which_it_lacks(hub: Hub, shown: Pages, shop: Shop) -> None:
    shown.put("L-S")
    shop.scopes -= {"write_products"}
    with pytest.raises(ChannelDown, match="write_products"):
        push(hub, Page("L-S", **LAMP))


def test_a_call_without_an_answer_leaves_it_in_doubt(hub: Hub, shown: Pages, world: ServedShop) -> None:
    hub.settings["timeout_s"] = 1.0
    product = shown.put("L-S")
    world.hang_after(1)
    with pytest.raises(InDoubt):
        push(hub, Page("L-S", **LAMP))
    assert kinds(push(hub, Page("L-S", **LAMP))) == {"L-S": "applied"}
    assert len(shown.products[product]["media"]) == 1


def test_one_that_the_network_stopped_waits_and_what_went_before_stands(
    hub: Hub, shown: Pages, world: ServedShop
) -> None:
    shown.put("A")
    shown.put("B")
    world.refuse_after(2, 429)
    told = push(hub, Page("A", title="a"), Page("B", title="b"))
    assert kinds(told) == {"A": "applied", "B": "later"}
    assert told.throttle.retry_after_s > 0


@given(st.decimals(0, 10**12, places=6))
def test_money_keeps_its_amount_and_has_two_decimals(amount: Decimal) -> None:
    text = money(amount)
    assert Decimal(text) == amount
    assert len(text.partition(".")[2]) >= 2
