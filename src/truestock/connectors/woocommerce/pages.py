"""Writes what a store's product pages show: names, texts, images and prices, of products that are there.

Nothing is made: a SKU that the store does not have is refused. Images are given only to a product that has none, since
the store copies each anew. Brands, categories, options, attributes and tax classes are left to the store."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.pages import Page, PagesPushed
from truestock.connectors.woocommerce.mapping import VARIATION, Batch, NotAsAgreed, decoded, gone, lookups, one_line
from truestock.connectors.woocommerce.mapping import refused as refused_entry
from truestock.connectors.woocommerce.transport import Gone, StoreApi

PER_PAGE: Final = "100"
T = TypeVar("T")


class Image(msgspec.Struct, frozen=True):
    """One of a product's. Only that it is there counts."""


class Shown(msgspec.Struct, frozen=True):
    """A product or a variation, as far as its pages need it."""

    id: int
    sku: str = ""
    type: str = ""
    parent_id: int = 0
    images: list[Image] = []


class StoreSettings(msgspec.Struct, frozen=True):
    """What its prices are in."""

    currency: str


class SystemStatus(msgspec.Struct, frozen=True):
    """The part of the system status that is asked for."""

    settings: StoreSettings


class Entry(msgspec.Struct, frozen=True):
    """One entry of a batch, and the SKUs whose pages it is about."""

    id: int
    says: dict[str, Any]
    skus: list[str]


class Pages:
    """The pages of one store."""

    def __init__(self, api: StoreApi) -> None:
        self._api = api
        self._currency = ""

    async def push(self, pages: Sequence[Page]) -> PagesPushed:
        """Write the pages, one batch after the other. Raises ChannelDown and InDoubt."""
        if not self._currency and any(page.currency for page in pages):
            status = await self._read("/system_status", {"_fields": "settings.currency"}, SystemStatus)
            self._currency = status.settings.currency
        found = await self._find([page.sku for page in pages])
        outcomes = refused(pages, self._currency, found)
        going = [(page, found[page.sku][0]) for page in pages if page.sku not in outcomes]
        bare = {shown.id for _, shown in going if shown.type != VARIATION and not shown.images}
        bare |= await self._bare({shown.parent_id for page, shown in going if shown.parent_id and page.images})
        batches = batches_of(going, bare)
        for number, (path, entries) in enumerate(batches):
            try:
                answers = await self._write(path, entries)
            except ChannelDown as down:
                if not number:
                    raise
                unsent = {sku for _, left in batches[number:] for entry in left for sku in entry.skus}
                outcomes |= dict.fromkeys(unsent, Outcome("later", str(down)))
                return PagesPushed(filled(outcomes, going), down.throttle)
            for entry, outcome in zip(entries, answers, strict=True):
                if outcome.kind != "applied":
                    outcomes |= dict.fromkeys(entry.skus, outcome)
        return PagesPushed(filled(outcomes, going))

    async def _find(self, skus: Sequence[str]) -> dict[str, list[Shown]]:
        """By SKU, to the letter, the products and variations that have it."""
        found: dict[str, dict[int, Shown]] = {sku: {} for sku in skus}
        for part in lookups(skus):
            query = {"sku": ",".join(part), "per_page": PER_PAGE, "_fields": "id,sku,type,parent_id,images"}
            for shown in await self._read("/products", query, list[Shown]):
                if shown.sku in found:
                    found[shown.sku][shown.id] = shown
        return {sku: list(same.values()) for sku, same in found.items()}

    async def _bare(self, products: Collection[int]) -> set[int]:
        """Those of the products that have no image."""
        if not products:
            return set()
        query = {"include": ",".join(map(str, sorted(products))), "per_page": PER_PAGE, "_fields": "id,type,images"}
        return {shown.id for shown in await self._read("/products", query, list[Shown]) if not shown.images}

    async def _read(self, path: str, query: Mapping[str, str], form: type[T]) -> T:
        reply = await self._api.read(path, query)
        try:
            return decoded(reply.content, form)
        except NotAsAgreed as error:
            raise ChannelDown(f"the store's answer cannot be read: {error}") from error

    async def _write(self, path: str, entries: Sequence[Entry]) -> list[Outcome]:
        """What became of each entry of one batch."""
        body = msgspec.json.encode({"update": [{"id": entry.id, **entry.says} for entry in entries]})
        try:
            answer = decoded(await self._api.write(path, body), Batch)
        except Gone as error:
            return [gone(str(error)) for _ in entries]
        except NotAsAgreed as error:
            raise InDoubt(f"the store's answer cannot be read: {error}") from error
        if [told.id for told in answer.update] != [entry.id for entry in entries]:
            raise InDoubt("the store's answer cannot be read: its entries are not those that were sent")
        return [refused_entry(told.error)[0] if told.error else Outcome("applied") for told in answer.update]


def refused(pages: Sequence[Page], currency: str, found: Mapping[str, Sequence[Shown]]) -> dict[str, Outcome]:
    """The pages that are not written at all, and why."""
    outcomes = {}
    for page in pages:
        same = found.get(page.sku, ())
        if not same:
            outcomes[page.sku] = Outcome("rejected", one_line(f"the store has no product with the SKU {page.sku}"))
        elif len(same) > 1:
            ids = ", ".join(str(shown.id) for shown in same)
            outcomes[page.sku] = Outcome("rejected", one_line(f"products {ids} have the same SKU {page.sku}"))
        elif page.price is not None and page.currency and page.currency != currency:
            reason = f"the price here is in {page.currency}, and the store's prices are in {currency}"
            outcomes[page.sku] = Outcome("rejected", reason)
    return outcomes


def batches_of(going: Sequence[tuple[Page, Shown]], bare: Collection[int]) -> list[tuple[str, list[Entry]]]:
    """The batches with their paths: one for products, one for each product with variations; `bare` have no image.

    What is said of a product goes to a variation's parent, unless the listing stands alone here: then others there
    share it."""
    products: dict[int, Entry] = {}
    variations: dict[int, list[Entry]] = {}
    for page, shown in going:
        of_variation = shown.type == VARIATION
        prices = prices_of(page)
        if of_variation and prices:
            variations.setdefault(shown.parent_id, []).append(Entry(shown.id, prices, [page.sku]))
        if of_variation and not page.product:
            continue
        product = shown.parent_id if of_variation else shown.id
        if product in products:
            products[product].skus.append(page.sku)
            continue
        says = texts_of(page, bare=product in bare) | ({} if of_variation else prices)
        if says:
            products[product] = Entry(product, says, [page.sku])
    batches = [("/products/batch", list(products.values()))] if products else []
    return batches + [(f"/products/{parent}/variations/batch", part) for parent, part in variations.items()]


def texts_of(page: Page, *, bare: bool) -> dict[str, Any]:
    """What is said of the product. An empty title says nothing."""
    names = {"name": page.title or None, "description": page.description, "short_description": page.summary}
    says: dict[str, Any] = {name: value for name, value in names.items() if value is not None}
    images = [{"src": picture.url, "alt": picture.alt} for picture in page.images or () if picture.url]
    return {**says, "images": images} if bare and images else says


def prices_of(page: Page) -> dict[str, str]:
    """The store's two prices: what is asked regularly, and less while there is a compare-at price above it."""
    if page.price is None:
        return {}
    before = page.compare_at_price
    if before is None:
        return {"regular_price": money(page.price)}
    if before > page.price:
        return {"regular_price": money(before), "sale_price": money(page.price)}
    return {"regular_price": money(page.price), "sale_price": ""}


def money(amount: Decimal) -> str:
    """An amount without zeros at its end."""
    return f"{amount.normalize():f}"


def filled(outcomes: Mapping[str, Outcome], going: Sequence[tuple[Page, Shown]]) -> dict[str, Outcome]:
    """Applied is what nothing stands against."""
    return {**{page.sku: Outcome("applied") for page, _ in going}, **outcomes}
