"""What a Vendure channel sells is read a page at a time, and what it does not count is not made up."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.connectors.counterparts.doorkeeper import Call, Doorkeeper, Said, at_the_door
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, ListsListings
from truestock.connectors.vendure import build
from truestock.connectors.vendure.settings import VendureSettings


def variant(sku: str, *levels: tuple[str, int, int], track: str = "INHERIT", enabled: bool = True) -> dict[str, Any]:
    told = [{"stockLocationId": at, "stockOnHand": has, "stockAllocated": gone} for at, has, gone in levels]
    return {
        "sku": sku,
        "name": f"Our {sku}",
        "trackInventory": track,
        "product": {"enabled": enabled},
        "stockLevels": told,
    }


class Shop(Doorkeeper):
    """Tells its variants, or what is in `says`."""

    def __init__(self) -> None:
        super().__init__()
        self.variants: list[dict[str, Any]] = []
        self.tracks = True

    def answer(self, call: Call) -> Said | None:
        if self.says:
            return self.says.pop(0)
        asked = json.loads(call.body)["variables"]
        page = self.variants[asked["skip"] : asked["skip"] + asked["take"]]
        found = {"items": page, "totalItems": len(self.variants)}
        data = {"productVariants": found, "globalSettings": {"trackInventory": self.tracks}}
        return Said(200, json.dumps({"data": data}).encode())


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with at_the_door(shop):
        yield shop


def pages(shop: Shop, cursor: str = "", **settings: Any) -> list[Listings]:
    async def read() -> list[Listings]:
        async with httpx2.AsyncClient(trust_env=False) as client:
            told = VendureSettings(url=f"{shop.url}/admin-api", **settings)
            connector = build(client, told, {"api_key": "key"})
            assert isinstance(connector, ListsListings)
            assert connector.lists
            found = [await connector.listings(cursor)]
            while found[-1].more:
                found.append(await connector.listings(found[-1].cursor))
            return found

    return asyncio.run(read())


def test_enabled_variants_are_read_with_what_all_locations_would_sell(shop: Shop) -> None:
    shop.variants = [
        variant("MUG", ("1", 10, 3), ("2", 2, 0)),
        variant("OPEN", ("1", 10, 3), track="FALSE"),
        variant("", ("1", 1, 0)),
        variant("OFF", ("1", 1, 0), enabled=False),
        variant("NEVER"),
    ]
    (page,) = pages(shop)
    assert page.listings == [
        Listed("MUG", "Our MUG", "", 9),
        Listed("OPEN", "Our OPEN", "", None),
        Listed("NEVER", "Our NEVER", "", 0),
    ]
    assert page.without_sku == 1


def test_of_one_location_its_numbers_are_read_and_of_a_shop_that_does_not_count_none(shop: Shop) -> None:
    shop.variants = [variant("MUG", ("1", 10, 3), ("2", 2, 0))]
    assert pages(shop, location="2")[0].listings == [Listed("MUG", "Our MUG", "", 2)]
    shop.tracks = False
    assert pages(shop)[0].listings == [Listed("MUG", "Our MUG", "", None)]


def test_pages_follow_one_another(shop: Shop) -> None:
    shop.variants = [variant(f"S{number}") for number in range(201)]
    assert [len(page.listings) for page in pages(shop)] == [100, 100, 1]


@pytest.mark.parametrize("body", [b"[]x", b'{"data": {"productVariants": 3}}', b'{"data": null}'])
def test_an_answer_of_another_form_is_none(shop: Shop, body: bytes) -> None:
    shop.says = [Said(200, body)]
    with pytest.raises(ChannelDown):
        pages(shop)


def test_another_cursor_is_none(shop: Shop) -> None:
    with pytest.raises(ChannelDown, match="cursor"):
        pages(shop, "x")
