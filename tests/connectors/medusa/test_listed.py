"""What a Medusa shop sells is read a page at a time, and what it does not count or show is not made up."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.connectors.counterparts.doorkeeper import Call, Doorkeeper, Said, at_the_door
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, ListsListings
from truestock.connectors.medusa import build
from truestock.connectors.medusa.settings import MedusaSettings


def variant(sku: str | None, *inventory: Any, **more: Any) -> dict[str, Any]:
    product = {"title": "Mug", "status": "published", "sales_channels": [{"id": "sc_1"}]}
    plain = {"title": "Blue", "barcode": None, "ean": None, "upc": None, "manage_inventory": True, "product": product}
    return {"id": f"variant_{sku}", "sku": sku, "inventory_items": list(inventory), **plain, **more}


def kept(needed: int, **stocked: tuple[int, int]) -> dict[str, Any]:
    levels = [
        {"location_id": f"sloc_{name}", "stocked_quantity": on_hand, "reserved_quantity": reserved}
        for name, (on_hand, reserved) in stocked.items()
    ]
    return {"required_quantity": needed, "inventory": {"location_levels": [None, *levels]}}


class Shop(Doorkeeper):
    """Tells its variants, or what is in `says`."""

    def __init__(self) -> None:
        super().__init__()
        self.variants: list[dict[str, Any]] = []
        self.queries: list[dict[str, list[str]]] = []

    def answer(self, call: Call) -> Said | None:
        query = parse_qs(urlsplit(call.path).query)
        self.queries.append(query)
        if self.says:
            return self.says.pop(0)
        start, size = int(query["offset"][0]), int(query["limit"][0])
        page = {"variants": self.variants[start : start + size], "count": len(self.variants)}
        return Said(200, json.dumps(page).encode())


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with at_the_door(shop):
        yield shop


def pages(shop: Shop, cursor: str = "", **settings: Any) -> list[Listings]:
    async def read() -> list[Listings]:
        async with httpx2.AsyncClient(trust_env=False) as client:
            connector = build(client, MedusaSettings(shop.url, **settings), {"api_key": "sk_1"})
            assert isinstance(connector, ListsListings)
            assert connector.lists
            found = [await connector.listings(cursor)]
            while found[-1].more:
                found.append(await connector.listings(found[-1].cursor))
            return found

    return asyncio.run(read())


def test_variants_of_published_products_are_read_with_what_all_locations_would_sell(shop: Shop) -> None:
    shop.variants = [
        variant("MUG", kept(1, main=(10, 3), second=(2, 0)), barcode="4006381333931"),
        variant("SET", kept(2, main=(9, 0)), kept(1, main=(3, 0)), title=None, ean="4006381333948"),
        variant("OPEN", kept(1, main=(10, 0)), manage_inventory=False, upc="036000291452"),
        variant("NEVER"),
        variant(None),
        variant("DRAFT", product={"title": "x", "status": "draft"}),
        variant("GONE", product=None),
    ]
    (page,) = pages(shop)
    assert page.listings == [
        Listed("MUG", "Mug - Blue", "4006381333931", 9),
        Listed("SET", "Mug", "4006381333948", 3),
        Listed("OPEN", "Mug - Blue", "036000291452", None),
        Listed("NEVER", "Mug - Blue", "", None),
    ]
    assert page.without_sku == 1
    assert shop.queries[0]["order"] == ["id"]


def test_of_one_location_and_sales_channel_what_is_sold_there_is_read(shop: Shop) -> None:
    elsewhere = {"title": "Tee", "status": "published", "sales_channels": [{"id": "sc_2"}]}
    shop.variants = [
        variant("MUG", kept(1, main=(10, 3), second=(2, 0))),
        variant("TEE", product=elsewhere),
        variant("CAP", product={**elsewhere, "sales_channels": None}),
    ]
    (page,) = pages(shop, location="sloc_second", sales_channel="sc_1")
    assert page.listings == [Listed("MUG", "Mug - Blue", "", 2)]


def test_pages_follow_one_another(shop: Shop) -> None:
    shop.variants = [variant(f"S{number}") for number in range(201)]
    assert [len(page.listings) for page in pages(shop)] == [100, 100, 1]


@pytest.mark.parametrize("body", [b"[]x", b'{"variants": 3, "count": 1}', b'{"variants": [{"id": "1"}], "count": 1}'])
def test_an_answer_of_another_form_is_none(shop: Shop, body: bytes) -> None:
    shop.says = [Said(200, body)]
    with pytest.raises(ChannelDown):
        pages(shop)


def test_another_cursor_is_none(shop: Shop) -> None:
    with pytest.raises(ChannelDown, match="cursor"):
        pages(shop, "x")
