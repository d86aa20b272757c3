"""What a seller sells is read a page at a time, with the items that variations are of and what is in stock."""

import pytest

from tests.connectors.counterparts.square import EAST, Seller
from tests.connectors.square.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, ListsListings
from truestock.connectors.vendors.square.connector import SquareConnector


async def all_of(connector: SquareConnector) -> list[Listings]:
    assert isinstance(connector, ListsListings)
    assert connector.lists
    pages = [await connector.listings("")]
    while pages[-1].more:
        pages.append(await connector.listings(pages[-1].cursor))
        assert len(pages) < 50
    return pages


def test_variations_are_read_with_their_items_and_barcodes_over_all_locations(seller: Seller, hub: Hub) -> None:
    hub.settings["location"] = ""
    seller.page = 2
    seller.put("MUG-BLUE", 2.5, location=EAST)
    blue = seller.variations[seller.put("MUG-BLUE", 3)]["item_variation_data"]
    blue |= {"name": "Blue", "upc": "4006381333931"}
    seller.put("MUG-RED", None)
    seller.put("", 1)
    seller.variations[seller.put("TEE", 1)]["item_variation_data"]["item_id"] = "I2"
    seller.catalog["I2"] = {"type": "ITEM", "id": "I2", "item_data": {"name": "Tee", "is_archived": True}}
    seller.put("CAP", 0)
    pages = hub(all_of)
    assert [listed for page in pages for listed in page.listings] == [
        Listed("MUG-BLUE", "Mug - Blue", "4006381333931", 5),
        Listed("MUG-RED", "Mug", "", None),
        Listed("CAP", "Mug", "", 0),
    ]
    assert [page.without_sku for page in pages] == [0, 1, 0]
    assert [page.points for page in pages] == [1.0, 0.0, 1.0]


def test_of_one_location_what_is_sold_there_is_read(seller: Seller, hub: Hub) -> None:
    seller.put("HERE", 3)
    seller.put("HERE", 4, location=EAST)
    seller.variations[seller.put("NOT-HERE", 1)]["absent_at_location_ids"] = ["LWEST"]
    seller.variations[seller.put("EAST-ALONE", 1)] |= {
        "present_at_all_locations": False,
        "present_at_location_ids": [EAST],
    }
    seller.variations[seller.put("WEST-ALONE", 1)] |= {
        "present_at_all_locations": False,
        "present_at_location_ids": ["LWEST"],
    }
    (page,) = hub(all_of)
    assert {listed.sku: listed.shown for listed in page.listings} == {"HERE": 3, "WEST-ALONE": 1}


@pytest.mark.parametrize("body", [b"[]x", b'{"objects": [{}]}', b'{"objects": 3}'])
def test_an_answer_of_another_form_is_none(seller: Seller, hub: Hub, body: bytes) -> None:
    seller.faults.of, seller.faults.raw = "POST /v2/catalog/search", body
    with pytest.raises(ChannelDown):
        hub(lambda connector: connector.listings(""))
