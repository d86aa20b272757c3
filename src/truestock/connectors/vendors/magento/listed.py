"""Reads what a shop sells: its enabled products that are kept in stock by themselves, with what its sources have."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from truestock.connectors.contract.listed import Listed, Listings, number_of
from truestock.connectors.vendors.magento.search import Filter, Search
from truestock.connectors.vendors.magento.transport import RestApi

PER_PAGE: Final = 50
ENABLED: Final = "1"
# Put together of other products, which have the stock.
PUT_TOGETHER: Final = "configurable,bundle,grouped"
# What sources have of SKUs, and how many calls that took.
Units = Callable[[Sequence[str]], Awaitable[tuple[dict[str, int], int]]]


class Attribute(msgspec.Struct, frozen=True):
    """One of a product's attributes; some are lists."""

    attribute_code: str
    value: msgspec.Raw = msgspec.Raw(b"null")


class Product(msgspec.Struct, frozen=True):
    """What is sold."""

    sku: str = ""
    name: str = ""
    custom_attributes: list[Attribute] = []

    def text_of(self, attribute: str) -> str:
        """What an attribute says; empty where the product has none, or none that is a text."""
        for one in self.custom_attributes:
            if one.attribute_code == attribute:
                value = msgspec.json.decode(one.value)
                return value.strip() if isinstance(value, str) else ""
        return ""


class Products(msgspec.Struct, frozen=True):
    """A page of them, of so many."""

    items: list[Product]
    total_count: int


async def listings(api: RestApi, units: Units, barcode: str, cursor: str) -> Listings:
    """A page; `barcode` is the code of the attribute that has it, or empty. Raises ChannelDown."""
    number = number_of(cursor, first=1)
    filters = [Filter("status", "eq", ENABLED), Filter("type_id", "nin", PUT_TOGETHER)]
    page = await api.find("/products", Search(filters, ["entity_id"], PER_PAGE, number), Products)
    kept = [product for product in page.items if product.sku]
    shown, calls = await units([product.sku for product in kept]) if kept else ({}, 0)
    found = [Listed(one.sku, one.name, one.text_of(barcode), shown.get(one.sku)) for one in kept]
    more = number * PER_PAGE < page.total_count
    after = str(number + 1) if more else ""
    return Listings(found, after, more, without_sku=len(page.items) - len(kept), points=float(calls))
