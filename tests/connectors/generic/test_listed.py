"""All that the other side sells is read a page at a time, and what it does not say is not made up."""

import asyncio
import json
from typing import Any

import pytest

from tests.connectors.counterparts.generic import Said, Shop
from tests.connectors.generic.channels import connected
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, ListsListings


def pages(shop: Shop, *cursors: str, **given: Any) -> list[Listings]:
    async def told() -> list[Listings]:
        async with connected(shop, **{"listings_path": "/listings", **given}) as channel:
            assert isinstance(channel, ListsListings)
            return [await channel.listings(cursor) for cursor in cursors]

    return asyncio.run(told())


def test_pages_follow_one_another() -> None:
    shop = Shop({"tea": 3, "cup": -1, "": 4})
    shop.barcodes["tea"] = "4006381333931"
    first, second = pages(shop, "", "2")
    assert first == Listings(
        [Listed("tea", "Our tea", "4006381333931", 3), Listed("cup", "Our cup", "", -1)], "2", more=True
    )
    assert second == Listings([], "4", without_sku=1)


def test_only_who_was_told_where_is_asked() -> None:
    async def told() -> tuple[bool, bool]:
        async with connected(Shop({})) as without, connected(Shop({}), listings_path="/all") as channel:
            return without.lists, channel.lists

    assert asyncio.run(told()) == (False, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"listings": [{"title": "without"}]},
        {"listings": [{"sku": "tea", "quantity": "many"}]},
        {"listings": [], "more": True},
        {"listings": [], "more": True, "cursor": "2"},
        {"listings": [], "cursor": "x" * 1001},
    ],
)
def test_an_answer_of_another_form_is_none(body: Any) -> None:
    shop = Shop({})
    shop.faults.answer = Said(200, json.dumps(body).encode())
    with pytest.raises(ChannelDown):
        pages(shop, "2")
