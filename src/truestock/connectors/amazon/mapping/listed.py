"""All that a seller lists in one marketplace, the oldest first, in the hub's words; and from where to read on. Pure.

Amazon pages through the first thousand of what a search finds. What is beyond is found by another search, for what was
made at or after the last one that was read."""

from typing import Final

import msgspec

from truestock.connectors.amazon.mapping.listings import CENTRES, Availability
from truestock.connectors.amazon.mapping.reading import NotAsAgreed
from truestock.connectors.contract.listed import Listed

BARCODES: Final = "externally_assigned_product_identifier"


class Summary(msgspec.Struct, frozen=True, rename="camel"):
    """A listing in one marketplace; `created_date` as it was written."""

    marketplace_id: str
    created_date: str = ""
    item_name: str = ""


class Identifier(msgspec.Struct, frozen=True):
    """A product's number that others gave it: an EAN, UPC or GTIN."""

    value: str = ""


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """A listing, with what the seller has said of the product."""

    sku: str
    summaries: list[Summary] = []
    attributes: dict[str, msgspec.Raw] = {}
    fulfillment_availability: list[Availability] = []

    @property
    def from_centres(self) -> bool:
        """Whether Amazon fulfils it."""
        return any(one.fulfillment_channel_code.startswith(CENTRES) for one in self.fulfillment_availability)

    @property
    def barcode(self) -> str:
        """Its first number; empty where it has none, or it cannot be read."""
        try:
            found = msgspec.json.decode(self.attributes.get(BARCODES, b"[]"), type=list[Identifier])
        except msgspec.MsgspecError:
            return ""
        return next((one.value for one in found if one.value), "")


class Pagination(msgspec.Struct, frozen=True, rename="camel"):
    """The page after this one, as far as Amazon pages."""

    next_token: str = ""


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """Some of what a search found."""

    items: list[Entry] = []
    number_of_results: int = 0
    pagination: Pagination = Pagination()


class Place(msgspec.Struct, frozen=True):
    """Where to read on: a search for what was made at or after an instant, the page that a token names, and how many
    of the search were read before it."""

    after: str = ""
    token: str = ""
    read: int = 0


def place_of(cursor: str) -> Place:
    """As it was written; the beginning for "". Raises NotAsAgreed."""
    try:
        return msgspec.json.decode(cursor, type=Place) if cursor else Place()
    except msgspec.MsgspecError as error:
        raise NotAsAgreed("the listings' cursor is none of this connector's") from error


def place_after(place: Place, page: Page) -> Place | None:
    """Where to read on after a page, None at the end. Raises NotAsAgreed."""
    read = place.read + len(page.items)
    if page.pagination.next_token:
        return Place(place.after, page.pagination.next_token, read)
    if read >= page.number_of_results:
        return None
    newest = max((one.created_date for entry in page.items for one in entry.summaries), default="")
    if newest <= place.after:
        raise NotAsAgreed(f"{page.number_of_results} listings are found, and no more than {read} can be read")
    return Place(newest)


def listed_of(entry: Entry) -> Listed:
    """In the hub's words; shown is what the merchant has of it, and nothing is said of Amazon's centres."""
    title = next((one.item_name for one in entry.summaries if one.item_name), "")
    own = [
        one.quantity for one in entry.fulfillment_availability if not one.fulfillment_channel_code.startswith(CENTRES)
    ]
    return Listed(entry.sku, title, entry.barcode, next((quantity for quantity in own if quantity is not None), None))
