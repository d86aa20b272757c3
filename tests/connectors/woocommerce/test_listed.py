"""What a store sells is read a page at a time, with the variations of variable products in their place."""

import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.woocommerce.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, ListsListings
from truestock.connectors.woocommerce.connector import WooCommerceConnector
from truestock.connectors.woocommerce.listed import Option, Sold, listed_of


async def all_of(connector: WooCommerceConnector) -> list[Listings]:
    assert isinstance(connector, ListsListings)
    assert connector.lists
    pages = [await connector.listings("")]
    while pages[-1].more:
        pages.append(await connector.listings(pages[-1].cursor))
        assert len(pages) < 50
    return pages


def test_products_and_variations_are_read_once_each(store: Store, hub: Hub) -> None:
    store.page = 2
    store.put("MUG", 3)
    tee = store.put("TEE", None, type="variable")
    for size in ("S", "M", "L"):
        store.put(f"TEE-{size}", 5, parent=tee)
    store.put("", 1)
    store.put("BOX", 1, type="grouped")
    empty = store.put("CAP", None, type="variable")
    store.put("JAR", None)
    pages = hub(all_of)
    assert [listed for page in pages for listed in page.listings] == [
        Listed("MUG", "Cotton tee", "", 3),
        Listed("TEE-S", "Cotton tee - M", "", 5),
        Listed("TEE-M", "Cotton tee - M", "", 5),
        Listed("TEE-L", "Cotton tee - M", "", 5),
        Listed("JAR", "Cotton tee", "", None),
    ]
    assert sum(page.without_sku for page in pages) == 1
    assert f"GET /wp-json/wc/v3/products/{empty}/variations" in store.calls


def test_a_product_that_has_gone_meanwhile_is_passed_over(store: Store, hub: Hub) -> None:
    tee = store.put("TEE", None, type="variable")
    store.put("TEE-S", 5, parent=tee)

    async def steps(connector: WooCommerceConnector) -> Listings:
        first = await connector.listings("")
        del store.products[tee]
        return await connector.listings(first.cursor)

    assert hub(steps) == Listings([], "", more=False)


@pytest.mark.parametrize("body", [b"[]x", b'{"code": 1}', b'[{"sku": "without a number"}]'])
def test_an_answer_of_another_form_is_none(store: Store, hub: Hub, body: bytes) -> None:
    store.faults.body = body
    with pytest.raises(ChannelDown, match="cannot be read"):
        hub(lambda connector: connector.listings(""))


def test_another_cursor_is_none(hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="cursor"):
        hub(lambda connector: connector.listings("x"))


def test_the_barcode_is_read_where_there_is_one() -> None:
    sold = Sold(1, "TEE-M", "M, Blue", stock_quantity=2.9, manage_stock=True, global_unique_id="4006381333931")
    assert listed_of(sold) == Listed("TEE-M", "M, Blue", "4006381333931", 2)
    choices = Sold(1, "TEE-M", attributes=[Option("M"), Option(""), Option("Blue")], manage_stock="parent")
    assert listed_of(choices, "Tee") == Listed("TEE-M", "Tee - M, Blue", "", None)
