"""Reads what a shop sells: the variants of its active products, whoever keeps their stock."""

import msgspec

from truestock.connectors.contract.listed import Listed, Listings
from truestock.connectors.shopify.documents import Answer, PageInfo, Part
from truestock.connectors.shopify.transport import AdminApi

LISTED = """
query Listed($after: String) {
  productVariants(first: 100, after: $after, query: "product_status:ACTIVE", sortKey: ID) {
    nodes { sku barcode displayName inventoryQuantity inventoryItem { tracked } }
    pageInfo { hasNextPage endCursor }
  }
}"""


class Item(Part, frozen=True):
    """Whether the shop counts it."""

    tracked: bool


class Variant(Part, frozen=True):
    """What is sold; `inventory_quantity` is what is available over all locations."""

    sku: str | None
    barcode: str | None
    display_name: str
    inventory_quantity: int | None
    inventory_item: Item


class Variants(Part, frozen=True):
    """A page of them."""

    nodes: list[Variant]
    page_info: PageInfo


class ListedData(Part, frozen=True):
    """The answer to LISTED."""

    product_variants: Variants


async def listings(api: AdminApi, cursor: str) -> Listings:
    """A page. Raises ChannelDown, which names the scope read_products where the app lacks it."""
    data, throttle = await api.read(LISTED, {"after": cursor or None}, Answer[ListedData])
    page = listings_of(data.product_variants)
    return msgspec.structs.replace(page, throttle=throttle)


def listings_of(variants: Variants) -> Listings:
    """A page in the hub's words."""
    found = [
        Listed(
            variant.sku,
            variant.display_name,
            variant.barcode or "",
            variant.inventory_quantity if variant.inventory_item.tracked else None,
        )
        for variant in variants.nodes
        if variant.sku
    ]
    info = variants.page_info
    return Listings(found, info.end_cursor or "", info.has_next_page, without_sku=len(variants.nodes) - len(found))
