"""What a shop sells is read a page at a time: enabled products with stock of their own, and what their sources have."""

import pytest

from tests.connectors.counterparts.magento import Shop
from tests.connectors.magento.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, ListsListings
from truestock.connectors.vendors.magento.connector import MagentoConnector
from truestock.connectors.vendors.magento.listed import PER_PAGE


async def all_of(connector: MagentoConnector) -> list[Listings]:
    assert isinstance(connector, ListsListings)
    assert connector.lists
    pages = [await connector.listings("")]
    while pages[-1].more:
        pages.append(await connector.listings(pages[-1].cursor))
        assert len(pages) < 50
    return pages


def test_enabled_products_with_stock_of_their_own_are_read(shop: Shop, hub: Hub) -> None:
    hub.settings["barcode_attribute"] = "ean"
    shop.put("MUG", 3.7)
    shop.put("MUG", 9, source="east")
    shop.put("TEE", 5)
    shop.put("OFF", 5)
    given = [{"attribute_code": "colour", "value": "3"}, {"attribute_code": "ean", "value": "4006381333931"}]
    shop.products = {
        "MUG": {"name": "Blue mug", "custom_attributes": given},
        "TEE": {"custom_attributes": [{"attribute_code": "colour", "value": "3"}]},
        "OFF": {"status": 2},
        "SET": {"type_id": "bundle"},
        "TEES": {"type_id": "configurable"},
        "GIFT": {"type_id": "virtual"},
    }
    (page,) = hub(all_of)
    assert page.listings == [
        Listed("MUG", "Blue mug", "4006381333931", 3),
        Listed("TEE", "Our TEE", "", 5),
        Listed("GIFT", "Our GIFT", "", None),
    ]
    assert page.points == 1.0


def test_without_a_source_of_its_own_all_that_sell_are_counted(shop: Shop, hub: Hub) -> None:
    hub.settings["source"] = ""
    shop.put("MUG", 3)
    shop.put("MUG", 9, source="east")
    shop.put("MUG", 100, source="workshop")
    (page,) = hub(all_of)
    assert page.listings == [Listed("MUG", "Our MUG", "", 12)]


def test_pages_follow_one_another_and_none_is_read_twice(shop: Shop, hub: Hub) -> None:
    skus = [f"S{number}" for number in range(PER_PAGE + 1)]
    for sku in skus:
        shop.put(sku, 1)
    pages = hub(all_of)
    assert [len(page.listings) for page in pages] == [PER_PAGE, 1]
    assert [listed.sku for page in pages for listed in page.listings] == skus


@pytest.mark.parametrize("body", [b"[]x", b'{"items": 3}', b'{"items": []}'])
def test_an_answer_of_another_form_is_none(shop: Shop, hub: Hub, body: bytes) -> None:
    shop.faults.of, shop.faults.raw = "/V1/products", body
    with pytest.raises(ChannelDown):
        hub(lambda connector: connector.listings(""))


def test_another_cursor_is_none(hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="cursor"):
        hub(lambda connector: connector.listings("x"))
