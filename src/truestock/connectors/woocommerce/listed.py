"""Reads what a store sells: its published products, and each variable one's variations in their place."""

import math
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings
from truestock.connectors.woocommerce.mapping import VARIATION, WITHOUT_STOCK, NotAsAgreed, decoded
from truestock.connectors.woocommerce.transport import Gone, StoreApi

PER_PAGE: Final = "100"
VARIABLE: Final = "variable"
FIELDS: Final = "id,sku,name,type,manage_stock,stock_quantity,global_unique_id,attributes"
IN_ORDER: Final = {"status": "publish", "per_page": PER_PAGE, "orderby": "id", "order": "asc", "_fields": FIELDS}


class Option(msgspec.Struct, frozen=True):
    """One of a variation's choices, such as blue; of a product nothing that is needed."""

    option: str = ""


class Sold(msgspec.Struct, frozen=True):
    """A product or a variation; a store before WooCommerce 9.2 has no `global_unique_id`, which is the barcode."""

    id: int
    sku: str = ""
    name: str = ""
    type: str = VARIATION
    manage_stock: bool | str = False
    stock_quantity: float | int | None = None
    global_unique_id: str = ""
    attributes: list[Option] = []


class Place(msgspec.Struct, frozen=True):
    """Where to read on: `page` of the products; before it, the variations of these (id, name), from `part` on."""

    page: int = 1
    parents: list[tuple[int, str]] = []
    part: int = 1


async def listings(api: StoreApi, cursor: str) -> Listings:
    """A page: of products, or of one product's variations. Raises ChannelDown."""
    try:
        place = msgspec.json.decode(cursor, type=Place) if cursor else Place()
    except msgspec.MsgspecError as error:
        raise ChannelDown("the listings' cursor is none of this connector's") from error
    if place.parents:
        return await _variations(api, place)
    reply = await api.read("/products", {**IN_ORDER, "page": str(place.page)})
    products = _read(reply.content)
    parents = [(product.id, product.name) for product in products if product.type == VARIABLE]
    last = place.page >= pages_of(reply.headers.get("x-wp-totalpages", "1"))
    sold = [product for product in products if product.type != VARIABLE and product.type not in WITHOUT_STOCK]
    return _page([listed_of(product) for product in sold], Place(0 if last else place.page + 1, parents))


async def _variations(api: StoreApi, place: Place) -> Listings:
    (parent, name), *others = place.parents
    after = Place(place.page, others)
    try:
        reply = await api.look(f"/products/{parent}/variations", {**IN_ORDER, "page": str(place.part)})
    except Gone:
        return _page([], after)
    if place.part < pages_of(reply.headers.get("x-wp-totalpages", "1")):
        after = msgspec.structs.replace(place, part=place.part + 1)
    return _page([listed_of(variation, name) for variation in _read(reply.content)], after)


def _page(found: list[Listed], after: Place) -> Listings:
    """A page, and where it goes on: a page 0 of products without parents is the end."""
    kept = [listed for listed in found if listed.sku]
    more = bool(after.parents) or after.page > 0
    cursor = msgspec.json.encode(after).decode() if more else ""
    return Listings(kept, cursor, more, without_sku=len(found) - len(kept))


def _read(body: bytes) -> list[Sold]:
    try:
        return decoded(body, list[Sold])
    except NotAsAgreed as error:
        raise ChannelDown(f"the store's products cannot be read: {error}") from error


def listed_of(sold: Sold, parent: str = "") -> Listed:
    """In the hub's words; a variation is called after its product and its choices."""
    options = ", ".join(one.option for one in sold.attributes if one.option) if parent else ""
    title = " - ".join(part for part in (parent, options) if part) or sold.name
    counted = sold.manage_stock is True and sold.stock_quantity is not None
    shown = math.floor(sold.stock_quantity or 0) if counted else None
    return Listed(sold.sku, title, sold.global_unique_id, shown)


def pages_of(told: str) -> int:
    """How many pages there are, as a header says; 1 where it says nothing that can be read."""
    return int(told) if told.isascii() and told.isdecimal() else 1
