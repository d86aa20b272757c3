"""The hub's lines as WooCommerce's batches, and WooCommerce's answers as the hub's outcomes; it calls nobody."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome

WORDS_MAX: Final = 300
LOOKUP_SKUS: Final = 50
# Servers take about 8,000 characters of address; a character may become up to twelve of them.
LOOKUP_CHARS: Final = 600
FIELDS: Final = "id,sku,type,parent_id,manage_stock,stock_quantity"
VARIATION: Final = "variation"
PARENT: Final = "parent"
WITHOUT_STOCK: Final = {"grouped", "external"}
T = TypeVar("T")


class NotAsAgreed(Exception):
    """An answer that is not of the form that WooCommerce has published; the text says where."""


class Fault(msgspec.Struct, frozen=True):
    """Why one entry of a batch was refused. `data` holds the status, if anything."""

    code: str = ""
    message: str = ""
    data: object = None

    @property
    def status(self) -> int:
        """The HTTP status that the entry would have had by itself; 0 when it is not told."""
        told = self.data.get("status") if isinstance(self.data, dict) else None
        return told if isinstance(told, int) else 0


class Product(msgspec.Struct, frozen=True):
    """A product or a variation, or the error of an entry in a batch.

    `manage_stock`: the word "parent" where a variation takes part in its parent's stock."""

    id: int
    sku: str = ""
    type: str = ""
    parent_id: int = 0
    manage_stock: bool | str = False
    stock_quantity: float | int | None = None
    error: Fault | None = None


class Batch(msgspec.Struct, frozen=True):
    """The answer to a batch: its entries in the order in which they were sent."""

    update: list[Product]


class Refusal(msgspec.Struct, frozen=True):
    """How a whole call is refused."""

    code: str = ""
    message: str = ""

    @property
    def is_of_a_thing(self) -> bool:
        """Whether it is about a product or an order that is not there, and not about the route."""
        words = set(self.code.split("_"))
        return {"invalid", "id"} <= words and bool(words & {"product", "order"})


class Environment(msgspec.Struct, frozen=True):
    """What the store tells of itself."""

    version: str
    site_url: str = ""


class Status(msgspec.Struct, frozen=True):
    """The part of the system status that is asked for."""

    environment: Environment


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a SKU's stock is kept: a product, or a variation of `parent`; 0 for none."""

    parent: int
    id: int


class Write(msgspec.Struct, frozen=True):
    """A line, and the place that its SKU means."""

    line: Line
    place: Place


class Verdict(msgspec.Struct, frozen=True):
    """What one call decided: an outcome for each SKU, and the SKUs to be looked up anew."""

    outcomes: dict[str, Outcome]
    forget: list[str]


def one_line(text: str) -> str:
    """Another's words made fit to store and show: one line of printable characters, at most WORDS_MAX."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[:4000]).split())[:WORDS_MAX]


def decoded(body: bytes, form: type[T]) -> T:
    """An answer in its published form; fields that are not needed are passed over. Raises NotAsAgreed."""
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotAsAgreed(one_line(str(error))) from error


def refusal_of(body: bytes) -> Refusal:
    """How a whole call was refused. Raises NotAsAgreed, also for a page that is no answer of the API."""
    return decoded(body, Refusal)


def lookups(skus: Iterable[str]) -> list[list[str]]:
    """Parts of the SKUs that one question can ask for. The store splits at commas, so a SKU with one goes alone."""
    found: list[list[str]] = []
    part: list[str] = []
    for sku in skus:
        if "," in sku:
            found.append([sku])
        elif part and (len(part) == LOOKUP_SKUS or sum(map(len, part)) + len(sku) > LOOKUP_CHARS):
            found.append(part)
            part = [sku]
        else:
            part.append(sku)
    return [*found, part] if part else found


def by_sku(products: Iterable[Product], skus: Sequence[str]) -> dict[str, list[Product]]:
    """The products with exactly these SKUs; the store finds them in any case, and what a comma parts as well."""
    found: dict[str, dict[int, Product]] = {sku: {} for sku in skus}
    for product in products:
        if product.sku in found:
            found[product.sku][product.id] = product
    return {sku: list(same.values()) for sku, same in found.items()}


def placed(sku: str, same: Sequence[Product]) -> Place | Outcome:
    """Where the stock of a SKU is kept, or why it cannot be set and what to do."""
    if not same:
        advice = "give the product or variation this SKU, in the same upper and lower case, and take it out of the bin"
        return Outcome("rejected", one_line(f"the store has no product with the SKU {sku}; {advice}"))
    if len(same) > 1:
        ids = ", ".join(str(product.id) for product in same)
        return Outcome("rejected", one_line(f"products {ids} have the same SKU {sku}; give each one of its own"))
    product = same[0]
    return unmanaged(product) or Place(product.parent_id if product.type == VARIATION else 0, product.id)


def unmanaged(product: Product) -> Outcome | None:
    """Why a product takes no number, None when it does."""
    if product.manage_stock is True:
        return None
    if product.type in WITHOUT_STOCK:
        advice = f"a {product.type} product keeps no stock; take the listing off this channel"
    elif product.manage_stock == PARENT:
        advice = "the variation shares its product's stock; turn on Manage stock at the variation itself"
    else:
        advice = (
            "its stock is not managed; turn on Track stock quantity for this product (Manage stock at a variation), "
            "and Enable stock management in WooCommerce > Settings > Products > Inventory"
        )
    return Outcome("rejected", one_line(f"product {product.id}: {advice}"))


def shown(same: Sequence[Product]) -> int | None:
    """The number that is shown for a SKU; None when there is not exactly one that keeps its own."""
    if len(same) != 1 or unmanaged(same[0]) or same[0].stock_quantity is None:
        return None
    return math.floor(same[0].stock_quantity)


def calls(writes: Sequence[Write]) -> list[tuple[str, list[Write]]]:
    """The batches, each with its path: one for all products, one for each product with variations."""
    by_parent: dict[int, list[Write]] = {}
    for write in sorted(writes, key=lambda write: write.place):
        by_parent.setdefault(write.place.parent, []).append(write)
    return [
        (f"/products/{parent}/variations/batch" if parent else "/products/batch", part)
        for parent, part in by_parent.items()
    ]


def body(writes: Sequence[Write]) -> bytes:
    """The body of one batch. An empty one is taken as well, and changes nothing."""
    entries = [{"id": write.place.id, "stock_quantity": write.line.quantity} for write in writes]
    return msgspec.json.encode({"update": entries})


def judged(answer: Batch, writes: Sequence[Write]) -> Verdict:
    """The outcome of each line of one batch. Raises NotAsAgreed when the entries are not those that were sent."""
    if [entry.id for entry in answer.update] != [write.place.id for write in writes]:
        raise NotAsAgreed("its entries are not those that were sent")
    outcomes, forget = {}, []
    for write, entry in zip(writes, answer.update, strict=True):
        outcome, again = _outcome(write.line, entry)
        outcomes[write.line.sku] = outcome
        if again:
            forget.append(write.line.sku)
    return Verdict(outcomes, forget)


def _outcome(line: Line, entry: Product) -> tuple[Outcome, bool]:
    """What an entry says of its line, and whether the line's SKU has to be looked up anew."""
    if entry.error:
        return refused(entry.error)
    if entry.sku != line.sku:
        return gone(f"product {entry.id} has the SKU {entry.sku or 'none'} by now"), True
    if lacking := unmanaged(entry):
        return lacking, True
    if entry.stock_quantity != line.quantity:
        told = f"told {line.quantity}, it shows {entry.stock_quantity}"
        return Outcome("stale", told, shown([entry])), False
    return Outcome("applied"), False


def refused(fault: Fault) -> tuple[Outcome, bool]:
    """What an entry's refusal means, and whether its SKU has to be looked up anew."""
    said = one_line(fault.message or fault.code or "the store gave no reason")
    if fault.status == 404:
        return gone(said), True
    if fault.status in (401, 403):
        return Outcome("rejected", one_line(f"{said} The key's user may not edit this product.")), False
    if fault.status == 429 or fault.status >= 500:
        return Outcome("later", said), False
    return Outcome("rejected", said), False


def gone(said: str) -> Outcome:
    """The product is not what it was when it was looked up."""
    return Outcome("later", one_line(f"{said}; the SKU is looked up anew"))
