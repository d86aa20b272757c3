"""Reads what a channel sells: its enabled variants, with what its stock locations would sell."""

from typing import Final

from truestock.connectors.contract.listed import Listed, Listings, number_of
from truestock.connectors.reserving.levels import Level
from truestock.connectors.vendure.answers import Part, StockLevel
from truestock.connectors.vendure.transport import AdminApi

PER_PAGE: Final = 100
LISTED: Final = """
query Listed($skip: Int!, $take: Int!) {
  productVariants(options: {filter: {enabled: {eq: true}}, sort: {id: ASC}, skip: $skip, take: $take}) {
    totalItems
    items {
      sku name trackInventory product { enabled }
      stockLevels { stockLocationId stockOnHand stockAllocated }
    }
  }
  globalSettings { trackInventory }
}"""


class Product(Part, frozen=True):
    """What a variant is of."""

    enabled: bool


class Variant(Part, frozen=True):
    """What is sold. `track_inventory`: TRUE, FALSE or INHERIT."""

    sku: str
    name: str
    track_inventory: str
    product: Product
    stock_levels: list[StockLevel]


class Variants(Part, frozen=True):
    """A page of them, of so many."""

    items: list[Variant]
    total_items: int


class GlobalSettings(Part, frozen=True):
    """What holds for variants that do not say otherwise."""

    track_inventory: bool


class Answer(Part, frozen=True):
    """The answer to LISTED."""

    product_variants: Variants
    global_settings: GlobalSettings


async def listings(api: AdminApi, location: str, cursor: str) -> Listings:
    """A page; the numbers are of one location, or of all with "". Raises ChannelDown."""
    start = number_of(cursor)
    answer = await api.read(LISTED, {"skip": start, "take": PER_PAGE}, Answer)
    page, tracked = answer.product_variants, answer.global_settings.track_inventory
    sold = [one for one in page.items if one.product.enabled]
    kept = [listed_of(one, location, tracked=tracked) for one in sold if one.sku]
    end = start + len(page.items)
    more = bool(page.items) and end < page.total_items
    return Listings(kept, str(end) if more else "", more, without_sku=len(sold) - len(kept))


def listed_of(variant: Variant, location: str, *, tracked: bool) -> Listed:
    """In the hub's words; what the shop does not count shows no number. `tracked`: unless it says otherwise."""
    counted = tracked if variant.track_inventory == "INHERIT" else variant.track_inventory == "TRUE"
    levels = [
        Level(level.stock_on_hand, level.stock_allocated)
        for level in variant.stock_levels
        if location in ("", level.stock_location_id)
    ]
    return Listed(variant.sku, variant.name, "", sum(level.shown for level in levels) if counted else None)
