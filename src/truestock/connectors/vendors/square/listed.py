"""Reads what a seller sells: the variations of its catalog, with what is in stock over its locations."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from truestock.connectors.contract.listed import Listed, Listings
from truestock.connectors.vendors.square.forms import Counts
from truestock.connectors.vendors.square.stock import IN_STOCK
from truestock.connectors.vendors.square.transport import SquareApi

AT_ONCE: Final = 200
COUNTS: Final = 1_000


class ItemData(msgspec.Struct, frozen=True):
    """What a variation is of; people put what they do not sell any more into the archive."""

    name: str = ""
    is_archived: bool = False


class VariationData(msgspec.Struct, frozen=True):
    """What is sold."""

    item_id: str = ""
    name: str = ""
    sku: str = ""
    upc: str = ""


class Sold(msgspec.Struct, frozen=True):
    """A variation, or the item that one is of; sold at all locations but some, or at some alone."""

    id: str
    item_data: ItemData = ItemData()
    item_variation_data: VariationData = VariationData()
    present_at_all_locations: bool = True
    present_at_location_ids: list[str] = []
    absent_at_location_ids: list[str] = []

    def sold_at(self, location: str) -> bool:
        """Whether it is sold there; at all with ""."""
        if not location:
            return True
        if self.present_at_all_locations:
            return location not in self.absent_at_location_ids
        return location in self.present_at_location_ids


class Variations(msgspec.Struct, frozen=True):
    """A page of them, and the items that they are of; `cursor` asks for the next."""

    objects: list[Sold] = []
    related_objects: list[Sold] = []
    cursor: str = ""


async def listings(api: SquareApi, location: str, cursor: str) -> Listings:
    """A page; of one location, or of all with "". Raises ChannelDown."""
    asked: dict[str, Any] = {"object_types": ["ITEM_VARIATION"], "include_related_objects": True, "limit": AT_ONCE}
    body = asked | ({"cursor": cursor} if cursor else {})
    page = await api.read("POST", "/v2/catalog/search", body, Variations)
    items = {one.id: one.item_data for one in page.related_objects}
    sold = [one for one in page.objects if one.sold_at(location) and not _item(one, items).is_archived]
    kept = [one for one in sold if one.item_variation_data.sku]
    counts, calls = await _counts(api, location, [one.id for one in kept]) if kept else ({}, 0)
    found = [listed_of(one, _item(one, items), counts.get(one.id)) for one in kept]
    return Listings(found, page.cursor, bool(page.cursor), without_sku=len(sold) - len(kept), points=float(calls))


def listed_of(variation: Sold, item: ItemData, counted: Decimal | None) -> Listed:
    """In the hub's words; what was never counted shows no number."""
    data = variation.item_variation_data
    title = " - ".join(part for part in (item.name, data.name) if part)
    return Listed(data.sku, title, data.upc, None if counted is None else math.floor(counted))


async def _counts(api: SquareApi, location: str, variations: Sequence[str]) -> tuple[dict[str, Decimal], int]:
    """What is in stock of variations that were counted, and the calls that took."""
    asked: dict[str, Any] = {"catalog_object_ids": list(variations), "states": [IN_STOCK], "limit": COUNTS}
    units: dict[str, Decimal] = {}
    calls = 0
    of = {"location_ids": [location]} if location else {}
    async for page, _at in api.pages("/v2/inventory/counts/batch-retrieve", asked | of, Counts):
        calls += 1
        for one in page.counts:
            units[one.catalog_object_id] = units.get(one.catalog_object_id, Decimal(0)) + one.quantity
    return units, calls


def _item(variation: Sold, items: Mapping[str, ItemData]) -> ItemData:
    return items.get(variation.item_variation_data.item_id, ItemData())
