"""Reads what a seller has put into eBay's inventory, whether it is offered at present or not."""

import re
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings, number_of
from truestock.connectors.vendors.ebay.calls.transport import EbayApi
from truestock.connectors.vendors.ebay.stock import INVENTORY

AT_ONCE: Final = 100
# What comes next is told as an address, of which these are believed.
NEXT: Final = re.compile(r"[?&]offset=([0-9]{1,9})(&|$)")
# What eBay has for a product that has no such number.
NO_NUMBER: Final = "does not apply"


class Product(msgspec.Struct, frozen=True):
    """What is sold."""

    title: str = ""
    ean: list[str] = []
    upc: list[str] = []
    isbn: list[str] = []

    @property
    def barcode(self) -> str:
        """The first that it has."""
        return next((one for one in (*self.ean, *self.upc, *self.isbn) if one and one.lower() != NO_NUMBER), "")


class ToShip(msgspec.Struct, frozen=True):
    """How many may be sent."""

    quantity: int | None = None


class Availability(msgspec.Struct, frozen=True, rename="camel"):
    """How many there are; what can be fetched at a shop's door is not the hub's."""

    ship_to_location_availability: ToShip = ToShip()


class Item(msgspec.Struct, frozen=True):
    """An inventory item."""

    sku: str = ""
    product: Product = Product()
    availability: Availability = Availability()


class Items(msgspec.Struct, frozen=True, rename="camel"):
    """A page of them; `next` is the address of the one after it."""

    inventory_items: list[Item] = []
    next: str = ""


async def listings(api: EbayApi, cursor: str) -> Listings:
    """A page. Raises ChannelDown."""
    page = await api.read(f"{INVENTORY}/inventory_item?limit={AT_ONCE}&offset={number_of(cursor)}", Items)
    after = NEXT.search(page.next)
    if page.next and (after is None or after[1] == cursor):
        raise ChannelDown("eBay says that there are more inventory items, and not from where to read on")
    kept = [listed_of(item) for item in page.inventory_items if item.sku]
    return Listings(
        kept, after[1] if after else "", after is not None, without_sku=len(page.inventory_items) - len(kept)
    )


def listed_of(item: Item) -> Listed:
    """In the hub's words."""
    shown = item.availability.ship_to_location_availability.quantity
    return Listed(item.sku, item.product.title, item.product.barcode, shown)
