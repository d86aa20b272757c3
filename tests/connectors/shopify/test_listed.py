"""What a shop sells is read a page at a time, once the app may."""

import pytest

from tests.connectors.counterparts.shopify import Shop
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, ListsListings
from truestock.connectors.shopify.connector import ShopifyConnector


def test_variants_are_read_with_barcodes_and_what_all_locations_show(shop: Shop, hub: Hub) -> None:
    shop.scopes.add("read_products")
    shop.items[shop.put("MUG", 3, elsewhere=4)]["barcode"] = "4006381333931"
    shop.put("", 1)
    shop.put("GIFT", None)
    shop.page = 2

    async def steps(connector: ShopifyConnector) -> None:
        assert isinstance(connector, ListsListings)
        assert connector.lists
        first = await connector.listings("")
        assert first.listings == [Listed("MUG", "Thing - MUG", "4006381333931", 7)]
        assert (first.more, first.without_sku, first.throttle.burst) == (True, 1, 2000.0)
        second = await connector.listings(first.cursor)
        assert (second.listings, second.more) == ([Listed("GIFT", "Thing - GIFT", "", None)], False)

    hub(steps)


def test_without_the_scope_it_says_which_one_is_missing(hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="read_products"):
        hub(lambda connector: connector.listings(""))
