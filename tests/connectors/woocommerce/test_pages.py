"""What a store's pages show is written as it was told, to the product or its variations, and nothing else."""

from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.woocommerce.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.contract.pages import Page, PagesPushed, Picture, PushesPages
from truestock.connectors.woocommerce.connector import WooCommerceConnector
from truestock.connectors.woocommerce.pages import prices_of

LAMP: dict[str, Any] = {
    "product": "lamp",
    "title": "Lamp",
    "description": "<p>Bright.</p>",
    "images": (Picture("https://img.example/lamp.jpg", "a lamp"),),
}


def push(hub: Hub, *pages: Page) -> PagesPushed:
    async def steps(connector: WooCommerceConnector) -> PagesPushed:
        assert isinstance(connector, PushesPages)
        return await connector.push_pages(pages, {})

    return hub(steps)


def kinds(told: PagesPushed) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in told.outcomes.items()}


def test_a_product_gets_its_texts_images_and_prices_and_keeps_its_stock(store: Store, hub: Hub) -> None:
    number = store.put("MUG", 3)
    page = Page("MUG", title="Mug", summary="short", price=Decimal("9.900000"), currency="EUR", images=LAMP["images"])
    assert kinds(push(hub, page)) == {"MUG": "applied"}
    found = store.products[number]
    assert (found["name"], found["short_description"], found["regular_price"]) == ("Mug", "short", "9.9")
    assert store.images(number) == [("lamp.jpg", "a lamp")]
    assert "description" not in found
    assert store.shown("MUG") == 3


def test_variations_get_prices_and_their_product_the_texts(store: Store, hub: Hub) -> None:
    parent = store.put("", None, type="variable")
    small, medium = (store.put(f"L-{size}", 1, parent=parent) for size in "SM")
    told = push(hub, *(Page(f"L-{size}", price=Decimal(price), **LAMP) for size, price in (("S", 7), ("M", 8))))
    assert kinds(told) == {"L-S": "applied", "L-M": "applied"}
    assert (store.products[parent]["name"], len(store.products[parent]["images"])) == ("Lamp", 1)
    assert (store.products[small]["regular_price"], store.products[medium]["regular_price"]) == ("7", "8")
    assert "name" not in store.products[small]


def test_a_listing_alone_says_nothing_of_what_variations_share(store: Store, hub: Hub) -> None:
    parent = store.put("", None, type="variable")
    small = store.put("L-S", 1, parent=parent)
    assert kinds(push(hub, Page("L-S", title="only of S", price=Decimal(3)))) == {"L-S": "applied"}
    assert "name" not in store.products[parent]
    assert store.products[small]["regular_price"] == "3"


@pytest.mark.parametrize(
    ("before", "prices"),
    [
        (None, {"regular_price": "5"}),
        (Decimal(0), {"regular_price": "5", "sale_price": ""}),
        (Decimal(8), {"regular_price": "8", "sale_price": "5"}),
        (Decimal(4), {"regular_price": "5", "sale_price": ""}),
    ],
)
def test_a_compare_at_price_is_the_regular_one(before: Decimal | None, prices: dict[str, str]) -> None:
    assert prices_of(Page("A", price=Decimal("5.00"), compare_at_price=before)) == prices
    assert prices_of(Page("A", compare_at_price=before)) == {}


def test_what_is_unknown_there_twice_there_or_in_other_money_is_refused(store: Store, hub: Hub) -> None:
    for sku in ("TWICE", "TWICE", "YEN", "GOOD"):
        store.put(sku)
    yen = Page("YEN", price=Decimal(3), currency="JPY")
    told = push(hub, Page("NONE"), Page("TWICE"), yen, Page("GOOD", price=Decimal(2)))
    assert kinds(told) == {"NONE": "rejected", "TWICE": "rejected", "YEN": "rejected", "GOOD": "applied"}
    assert "JPY" in told.outcomes["YEN"].reason


def test_refusals_are_in_the_stores_words_and_spare_the_others(store: Store, hub: Hub) -> None:
    bad, _ = store.put("BAD"), store.put("GOOD")
    store.entry_errors[bad] = {"code": "x", "message": "Invalid image: not found.", "data": {"status": 400}}
    told = push(hub, Page("BAD", title="b"), Page("GOOD", title="g"))
    assert kinds(told) == {"BAD": "rejected", "GOOD": "applied"}
    assert told.outcomes["BAD"].reason == "Invalid image: not found."


def test_a_store_that_cannot_be_reached_changes_nothing_and_one_that_hangs_leaves_doubt(store: Store, hub: Hub) -> None:
    store.put("MUG")
    store.faults.status = 503
    store.faults.headers = {"retry-after": "7"}
    with pytest.raises(ChannelDown) as down:
        push(hub, Page("MUG", title="Mug"))
    assert down.value.throttle.retry_after_s == 7
    store.faults.spare, store.faults.hang_after_effect = 1, True
    hub.settings["timeout_s"] = 1.0
    with pytest.raises(InDoubt):
        push(hub, Page("MUG", title="Mug"))


def test_what_went_before_a_fault_stands_and_the_rest_waits(store: Store, hub: Hub) -> None:
    store.put("MUG")
    parent = store.put("", None, type="variable")
    store.put("L-S", 1, parent=parent)
    store.faults.spare, store.faults.status = 2, 429
    told = push(hub, Page("MUG", title="Mug"), Page("L-S", price=Decimal(3)))
    assert kinds(told) == {"MUG": "applied", "L-S": "later"}
    store.faults.spare, store.faults.hang_after_effect = 2, True
    hub.settings["timeout_s"] = 1.0
    for sku in ("CUP", "JUG"):
        store.put(sku)
    told = push(hub, *(Page(sku, images=LAMP["images"]) for sku in ("MUG", "CUP", "JUG")))
    assert kinds(told) == {"MUG": "applied", "CUP": "unknown", "JUG": "later"}
    assert [image.id for image in told.given["MUG"].ours] == ["900"]
