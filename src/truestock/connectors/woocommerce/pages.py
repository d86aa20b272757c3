"""Writes what a store's product pages show: names, texts, images and prices, of products that are there.

Nothing is made: a SKU that the store does not have is refused. The store copies each image anew, so that ours are known
by the IDs that it gave them, and those that somebody put there are left alone. Brands, categories, options, attributes
and tax classes are left to the store."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.pages import (
    Arranged,
    Given,
    GivenImages,
    Page,
    PagesPushed,
    arranged,
    in_step,
    known_of,
    wanted_images,
)
from truestock.connectors.woocommerce.mapping import VARIATION, Fault, NotAsAgreed, decoded, gone, lookups, one_line
from truestock.connectors.woocommerce.mapping import refused as refused_entry
from truestock.connectors.woocommerce.transport import Gone, StoreApi

FIELDS: Final = frozenset({"title", "summary", "description", "images", "price", "compare_at_price"})
PER_PAGE: Final = "100"
PRODUCTS: Final = "/products/batch"
T = TypeVar("T")


class Image(msgspec.Struct, frozen=True):
    """One of a product's."""

    id: int


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
    """One entry of a batch, the SKUs whose pages it is about, and how its images shall be."""

    id: int
    says: dict[str, Any]
    skus: list[str]
    images: Arranged | None = None


class Told(msgspec.Struct, frozen=True):
    """What became of an entry: the product's images as they are now, or an error."""

    id: int
    images: list[Image] = []
    error: Fault | None = None


class ToldBatch(msgspec.Struct, frozen=True):
    """The answer to a batch: its entries in the order in which they were sent."""

    update: list[Told]


class Pages:
    """The pages of one store. `site` is its address, which with a product's ID names a page."""

    def __init__(self, api: StoreApi, site: str) -> None:
        self._api = api
        self._site = site
        self._currency = ""

    async def push(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        """Write the pages, one batch after the other. Raises ChannelDown and InDoubt."""
        if not self._currency and any(page.currency for page in pages):
            status = await self._read("/system_status", {"_fields": "settings.currency"}, SystemStatus)
            self._currency = status.settings.currency
        found = await self._find([page.sku for page in pages])
        outcomes = refused(pages, self._currency, found)
        going = [(page, found[page.sku][0]) for page in pages if page.sku not in outcomes]
        there = {shown.id: shown.images for _, shown in going if shown.type != VARIATION}
        there |= await self._images(
            {shown.parent_id for page, shown in going if page.product and shown.parent_id and page.images is not None}
        )
        plans = self._plans(going, there, given)
        known = {sku: self._known(product, plan) for product, (sku, plan) in plans.items() if plan.idle}
        batches = batches_of(going, {product: plan for product, (_, plan) in plans.items() if not plan.idle})
        for number, (path, entries) in enumerate(batches):
            try:
                answers = await self._write(path, entries)
            except (ChannelDown, InDoubt) as fault:
                if not number:
                    raise
                unsent = {sku for _, left in batches[number:] for entry in left for sku in entry.skus}
                outcomes |= dict.fromkeys(unsent, Outcome("later", str(fault)))
                if isinstance(fault, ChannelDown):
                    return PagesPushed(filled(outcomes, going), fault.throttle, given=known)
                outcomes |= dict.fromkeys(
                    (sku for entry in entries for sku in entry.skus), Outcome("unknown", str(fault))
                )
                return PagesPushed(filled(outcomes, going), given=known)
            for entry, (outcome, images) in zip(entries, answers, strict=True):
                if outcome.kind != "applied":
                    outcomes |= dict.fromkeys(entry.skus, outcome)
                elif entry.images is not None:
                    sku, _ = plans[entry.id]
                    known[sku] = self._known(entry.id, entry.images.made([str(image.id) for image in images]))
        # A budget holds half a batch for each page; those for images come on top.
        return PagesPushed(
            filled(outcomes, going), points=sum(not plan.idle for _, plan in plans.values()), given=known
        )

    def _plans(
        self, going: Sequence[tuple[Page, Shown]], there: Mapping[int, Sequence[Image]], given: Given
    ) -> dict[int, tuple[str, Arranged]]:
        """By product how its images shall be, and the SKU of the page that says so; none for what stays as it is."""
        plans: dict[int, tuple[str, Arranged]] = {}
        for page, shown in going:
            product = product_of(page, shown)
            wanted = wanted_images(page)
            if wanted is None or product not in there or product in plans:
                continue
            known = known_of(self._name(product), given.get(page.sku, ()))
            if not in_step(wanted, known, bare=not there[product]):
                plans[product] = page.sku, arranged(wanted, [str(image.id) for image in there[product]], known)
        return plans

    def _name(self, product: int) -> str:
        return f"{self._site}#{product}"

    def _known(self, product: int, plan: Arranged) -> GivenImages:
        return GivenImages(self._name(product), plan.ours, plan.others)

    async def _find(self, skus: Sequence[str]) -> dict[str, list[Shown]]:
        """By SKU, to the letter, the products and variations that have it."""
        found: dict[str, dict[int, Shown]] = {sku: {} for sku in skus}
        for part in lookups(skus):
            query = {"sku": ",".join(part), "per_page": PER_PAGE, "_fields": "id,sku,type,parent_id,images"}
            for shown in await self._read("/products", query, list[Shown]):
                if shown.sku in found:
                    found[shown.sku][shown.id] = shown
        return {sku: list(same.values()) for sku, same in found.items()}

    async def _images(self, products: Collection[int]) -> dict[int, list[Image]]:
        """The images of products."""
        if not products:
            return {}
        query = {"include": ",".join(map(str, sorted(products))), "per_page": PER_PAGE, "_fields": "id,type,images"}
        return {shown.id: shown.images for shown in await self._read("/products", query, list[Shown])}

    async def _read(self, path: str, query: Mapping[str, str], form: type[T]) -> T:
        reply = await self._api.read(path, query)
        try:
            return decoded(reply.content, form)
        except NotAsAgreed as error:
            raise ChannelDown(f"the store's answer cannot be read: {error}") from error

    async def _write(self, path: str, entries: Sequence[Entry]) -> list[tuple[Outcome, list[Image]]]:
        """What became of each entry of one batch, and the images that its product has now."""
        body = msgspec.json.encode({"update": [{"id": entry.id, **entry.says} for entry in entries]})
        try:
            answer = decoded(await self._api.write(path, body), ToldBatch)
        except Gone as error:
            return [(gone(str(error)), []) for _ in entries]
        except NotAsAgreed as error:
            raise InDoubt(f"the store's answer cannot be read: {error}") from error
        if [told.id for told in answer.update] != [entry.id for entry in entries]:
            raise InDoubt("the store's answer cannot be read: its entries are not those that were sent")
        return [
            (refused_entry(told.error)[0] if told.error else Outcome("applied"), told.images) for told in answer.update
        ]


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


def product_of(page: Page, shown: Shown) -> int:
    """The product that a page may say something of; 0 for a variation that stands alone here: others share it."""
    if shown.type != VARIATION:
        return shown.id
    return shown.parent_id if page.product else 0


def batches_of(going: Sequence[tuple[Page, Shown]], images: Mapping[int, Arranged]) -> list[tuple[str, list[Entry]]]:
    """The batches with their paths: one for products, one for each product with variations, then those for images.

    The store fetches images while the call waits, and refuses an entry with one that it cannot have: each product in
    `images` has a batch of its own, and nothing else in it."""
    products: dict[int, Entry] = {}
    variations: dict[int, list[Entry]] = {}
    pictures: dict[int, Entry] = {}
    for page, shown in going:
        of_variation = shown.type == VARIATION
        prices = prices_of(page)
        if of_variation and prices:
            variations.setdefault(shown.parent_id, []).append(Entry(shown.id, prices, [page.sku]))
        product = product_of(page, shown)
        if product in images:
            new = Entry(product, {"images": images_of(images[product])}, [], images[product])
            pictures.setdefault(product, new).skus.append(page.sku)
        says = texts_of(page) | ({} if of_variation else prices)
        if product and says:
            products.setdefault(product, Entry(product, says, [])).skus.append(page.sku)
    batches = [(PRODUCTS, list(products.values()))] if products else []
    batches += [(f"/products/{parent}/variations/batch", part) for parent, part in variations.items()]
    return batches + [(PRODUCTS, [entry]) for entry in pictures.values()]


def texts_of(page: Page) -> dict[str, str]:
    """What is said of the product. An empty title says nothing."""
    names = {"name": page.title or None, "description": page.description, "short_description": page.summary}
    return {name: value for name, value in names.items() if value is not None}


def images_of(plan: Arranged) -> list[dict[str, Any]]:
    """All images of a product: those that it has by ID, the rest by address."""
    ours: list[dict[str, Any]] = [
        {"id": int(image.id), "alt": image.alt} if image.id else {"src": image.url, "alt": image.alt}
        for place, image in enumerate(plan.ours)
        if image.id or place in plan.making
    ]
    others = [{"id": int(id_)} for id_ in plan.others]
    return ours + others if plan.ours_first else others + ours


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
