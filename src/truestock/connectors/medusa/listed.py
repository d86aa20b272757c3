"""Reads what a shop sells: the variants of its published products, with what its stock locations would sell."""

from decimal import Decimal
from typing import Final

from truestock.connectors.contract.listed import Listed, Listings, number_of
from truestock.connectors.medusa.answers import LocationLevel, Part
from truestock.connectors.medusa.settings import MedusaSettings
from truestock.connectors.medusa.stock import level_of
from truestock.connectors.medusa.transport import AdminApi

PER_PAGE: Final = 100
PUBLISHED: Final = "published"
LEVELS: Final = "inventory_items.inventory.location_levels"
FIELDS: Final = ",".join(
    [
        *("id", "sku", "title", "barcode", "ean", "upc", "manage_inventory"),
        *("product.title", "product.status", "product.sales_channels.id"),
        "inventory_items.required_quantity",
        *(f"{LEVELS}.{field}" for field in ("location_id", "stocked_quantity", "reserved_quantity")),
    ]
)


class SalesChannel(Part, frozen=True):
    """Where a product is sold."""

    id: str


class Product(Part, frozen=True):
    """What a variant is of."""

    title: str = ""
    status: str = ""
    sales_channels: list[SalesChannel] | None = None


class Inventory(Part, frozen=True):
    """What stock is kept of."""

    location_levels: list[LocationLevel | None] | None = None


class Needed(Part, frozen=True):
    """What one sale takes."""

    required_quantity: Decimal = Decimal(1)
    inventory: Inventory | None = None

    def sales(self, location: str) -> int:
        """How many sales that is enough for, at one location or over all of them."""
        levels = self.inventory.location_levels if self.inventory else None
        units = sum(level_of(level).shown for level in levels or [] if level and location in ("", level.location_id))
        return int(units // max(self.required_quantity, Decimal(1)))


class Variant(Part, frozen=True):
    """What is sold."""

    sku: str | None
    title: str | None = None
    barcode: str | None = None
    ean: str | None = None
    upc: str | None = None
    manage_inventory: bool = False
    product: Product | None = None
    inventory_items: list[Needed | None] | None = None

    def sold(self, sales_channel: str) -> bool:
        """Whether buyers see it, in one sales channel or in any."""
        if self.product is None or self.product.status != PUBLISHED:
            return False
        return not sales_channel or sales_channel in [one.id for one in self.product.sales_channels or []]


class Variants(Part, frozen=True):
    """A page of them, of so many."""

    variants: list[Variant]
    count: int


async def listings(api: AdminApi, settings: MedusaSettings, cursor: str) -> Listings:
    """A page. Raises ChannelDown."""
    start = number_of(cursor)
    query = [("fields", FIELDS), ("order", "id"), ("limit", str(PER_PAGE)), ("offset", str(start))]
    page = await api.read("/product-variants", query, Variants)
    sold = [one for one in page.variants if one.sold(settings.sales_channel)]
    kept = [listed_of(one, settings.location) for one in sold if one.sku]
    end = start + len(page.variants)
    more = bool(page.variants) and end < page.count
    return Listings(kept, str(end) if more else "", more, without_sku=len(sold) - len(kept))


def listed_of(variant: Variant, location: str) -> Listed:
    """In the hub's words; what the shop does not count shows no number."""
    needed = [one for one in variant.inventory_items or [] if one]
    shown = min((one.sales(location) for one in needed), default=None) if variant.manage_inventory else None
    product = variant.product.title if variant.product else ""
    title = " - ".join(part for part in (product, variant.title) if part)
    return Listed(variant.sku or "", title, variant.barcode or variant.ean or variant.upc or "", shown)
