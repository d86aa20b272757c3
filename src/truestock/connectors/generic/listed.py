"""Asks the other side for all that it sells, a page at a time."""

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings
from truestock.connectors.generic.mapping import Quantity
from truestock.connectors.generic.transport import SignedCalls

CURSOR_MAX = 1_000


class Sold(msgspec.Struct, frozen=True):
    """Something that is sold; `sku` is empty where it has none, and `quantity` what is shown now, if you say."""

    sku: str
    title: str = ""
    barcode: str = ""
    quantity: Quantity | None = None


class ListingsPage(msgspec.Struct, frozen=True):
    """A page of all that is sold; the hub goes on from `cursor` while there is `more`."""

    listings: list[Sold]
    cursor: Annotated[str, Meta(max_length=CURSOR_MAX)] = ""
    more: bool = False


async def listings(calls: SignedCalls, path: str, cursor: str) -> Listings:
    """A page, the first with an empty cursor. Raises ChannelDown."""
    page = await calls.get(f"{path}?{urlencode({'cursor': cursor})}" if cursor else path, ListingsPage)
    if page.more and page.cursor in ("", cursor):
        raise ChannelDown("it says that there are more listings, and gives no cursor to go on with")
    found = [Listed(sold.sku, sold.title, sold.barcode, sold.quantity) for sold in page.listings if sold.sku]
    return Listings(found, page.cursor, page.more, without_sku=len(page.listings) - len(found))
