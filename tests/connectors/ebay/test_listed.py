"""What a seller has in eBay's inventory is read a page at a time, with titles, barcodes and quantities."""

import pytest

from tests.connectors.counterparts.ebay import Account
from tests.connectors.ebay.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, ListsListings
from truestock.connectors.vendors.ebay.connector import EbayConnector
from truestock.connectors.vendors.ebay.listed import Product


def test_inventory_items_are_read_page_after_page(account: Account, hub: Hub) -> None:
    for sku, units in (("CAP", 2), ("MUG", 3), ("TEE", 0)):
        account.put(sku, units)
    account.products["MUG"] = {"title": "Blue mug", "ean": ["4006381333931"]}
    account.page = 2

    async def steps(connector: EbayConnector) -> None:
        assert isinstance(connector, ListsListings)
        assert connector.lists
        first = await connector.listings("")
        assert first.listings == [Listed("CAP", "Our CAP", "", 2), Listed("MUG", "Blue mug", "4006381333931", 3)]
        assert first.more
        second = await connector.listings(first.cursor)
        assert (second.listings, second.cursor, second.more) == ([Listed("TEE", "Our TEE", "", 0)], "", False)

    hub(steps)


def test_an_empty_inventory_is_one_empty_page(hub: Hub) -> None:
    page = hub(lambda connector: connector.listings(""))
    assert (page.listings, page.more) == ([], False)


@pytest.mark.parametrize(
    "body",
    [
        b"[]x",
        b'{"inventoryItems": 3}',
        b'{"inventoryItems": [], "next": "/sell/inventory/v1/inventory_item"}',
        b'{"inventoryItems": [], "next": "/sell/inventory/v1/inventory_item?limit=100&offset=4"}',
    ],
)
def test_an_answer_of_another_form_is_none(account: Account, hub: Hub, body: bytes) -> None:
    account.faults.of, account.faults.raw = "/inventory_item", body
    with pytest.raises(ChannelDown):
        hub(lambda connector: connector.listings("4"))


def test_another_cursor_is_none(hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="cursor"):
        hub(lambda connector: connector.listings("https://elsewhere.example"))


def test_a_number_that_does_not_apply_is_no_barcode() -> None:
    assert Product(ean=["Does not apply"], upc=["036000291452"]).barcode == "036000291452"
    assert Product(isbn=["9780306406157"]).barcode == "9780306406157"
    assert Product(ean=["Does not apply", ""]).barcode == ""
