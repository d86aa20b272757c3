"""Writes what a shop's product pages show: names, texts, images and prices, of variants that are there.

Nothing is made: a SKU that the shop does not have is refused. Summaries, brands, categories, options, attributes,
compare-at prices and tax classes are left to the shop."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from truestock.connectors.contract.answers import ChannelDown, Outcome
from truestock.connectors.contract.pages import Given, Page, PagesPushed, Written, by_product
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.vendure.answers import Part
from truestock.connectors.vendure.images import SHOW_PRODUCT, Done, Images, Kept, Named
from truestock.connectors.vendure.transport import AdminApi, WrongInput

FIND: Final = """
query Pages($skus: [String!]!, $take: Int!) {
  activeChannel { defaultLanguageCode defaultCurrencyCode availableCurrencyCodes }
  globalSettings { serverConfig { moneyStrategyPrecision } }
  productVariants(options: {filter: {sku: {in: $skus}}, take: $take}) {
    totalItems
    items {
      id sku
      product {
        id translations { languageCode } assets { id } featuredAsset { id }
        variantList(options: {take: 1}) { totalItems }
      }
    }
  }
}"""
SHOW_VARIANTS: Final = """
mutation ShowVariants($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }"""
FIELDS: Final = frozenset({"title", "description", "price"})
DOUBLES_MAX: Final = 4


class Translation(Part, frozen=True):
    """Texts in a language."""

    language_code: str


class Count(Part, frozen=True):
    """How many there are."""

    total_items: int


class Product(Part, frozen=True):
    """A page of the shop; its assets are in the order in which they are shown."""

    id: str
    translations: list[Translation]
    assets: list[Named]
    variant_list: Count
    featured_asset: Named | None = None


class Variant(Part, frozen=True):
    """What is sold there."""

    id: str
    sku: str
    product: Product


class Variants(Part, frozen=True):
    """What was found."""

    items: list[Variant]
    total_items: int


class Channel(Part, frozen=True):
    """The language and the currencies of what the channel shows."""

    default_language_code: str
    default_currency_code: str
    available_currency_codes: list[str]


class ServerConfig(Part, frozen=True):
    """How many decimals its amounts have, which are written without a point."""

    money_strategy_precision: int


class GlobalSettings(Part, frozen=True):
    """What holds for all channels."""

    server_config: ServerConfig


class Found(Part, frozen=True):
    """The answer to FIND."""

    active_channel: Channel
    global_settings: GlobalSettings
    product_variants: Variants


Pairs = Sequence[tuple[Page, Variant]]


class Pages:
    """The pages of one channel of a server."""

    def __init__(self, api: AdminApi, images: Images) -> None:
        self._api = api
        self._images = images

    @property
    def fields(self) -> frozenset[str]:
        """What is written; images where there is a server to fetch them from."""
        return FIELDS | {"images"} if self._images.fetched else FIELDS

    async def push(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        """Write the pages, product by product. Raises ChannelDown, InDoubt."""
        take = len(pages) * DOUBLES_MAX
        skus = sorted(page.sku for page in pages)
        found = await self._api.read(FIND, {"skus": skus, "take": take}, Found)
        if found.product_variants.total_items > take:
            raise ChannelDown(f"the shop has over {take} variants for {len(skus)} SKUs; are there that many doubles?")
        wrong = refused(pages, found)
        products: dict[str, list[tuple[Page, Variant]]] = {}
        variants = {variant.sku: variant for variant in found.product_variants.items}
        for page in pages:
            if page.sku not in wrong:
                variant = variants[page.sku]
                products.setdefault(variant.product.id, []).append((page, variant))
        return await by_product(wrong, list(products.values()), lambda pairs: self._write(pairs, found, given))

    async def _write(self, pairs: Pairs, found: Found, given: Given) -> Written:
        """Write one product; a fault of its texts or images does not keep its prices from being written."""
        page, variant = pairs[0]
        product = variant.product
        of_product = bool(page.product) or product.variant_list.total_items == 1
        texts = product_input(page, product, found) if of_product else None
        prices = variant_inputs(pairs, found)
        reasons = [nameless(product, found)] if of_product and page.description and texts is None else []
        for document, input_ in ((SHOW_PRODUCT, texts), (SHOW_VARIANTS, prices)):
            if input_:
                try:
                    await self._api.write(document, {"input": input_}, Done)
                except WrongInput as wrong:
                    reasons.append(str(wrong))
        kept = Kept()
        if of_product:
            featured = product.featured_asset.id if product.featured_asset else ""
            there = [asset.id for asset in product.assets]
            kept = await self._images.keep(page, product.id, there, featured, given.get(page.sku, ()))
        reasons += kept.reasons
        outcome = Outcome("rejected", one_line("; ".join(reasons))) if reasons else Outcome("applied")
        return Written({page.sku: outcome for page, _ in pairs}, points=kept.calls, images=kept.known)


def refused(pages: Sequence[Page], found: Found) -> dict[str, Outcome]:
    """The pages that are not written at all, and why."""
    reasons: dict[str, str] = {}
    for page in pages:
        same = [variant for variant in found.product_variants.items if variant.sku == page.sku]
        if not same:
            reasons[page.sku] = f"the shop has no variant with the SKU {page.sku}"
        elif len(same) > 1:
            ids = ", ".join(variant.id for variant in same)
            reasons[page.sku] = f"variants {ids} have the same SKU {page.sku}; give each one of its own"
        elif page.price is not None and (reason := unfit(page.price, page.currency, found)):
            reasons[page.sku] = reason
    return {sku: Outcome("rejected", one_line(reason)) for sku, reason in reasons.items()}


def unfit(price: Decimal, currency: str | None, found: Found) -> str:
    """Why a price cannot be set; empty when it can."""
    currencies = found.active_channel.available_currency_codes
    if currency and currency not in currencies:
        return f"the price here is in {currency}, and the channel's prices are in {', '.join(currencies)}"
    digits = found.global_settings.server_config.money_strategy_precision
    if price != round(price, digits):
        return f"the price {price.normalize():f} has more than the {digits} decimals that the shop keeps"
    return ""


def product_input(page: Page, product: Product, found: Found) -> dict[str, Any] | None:
    """What is said of the product, in the channel's language; None for nothing. An empty title says nothing."""
    language = found.active_channel.default_language_code
    names = {"name": page.title or None, "description": page.description}
    said: dict[str, Any] = {name: value for name, value in names.items() if value is not None}
    if language not in {translation.language_code for translation in product.translations}:
        if not page.title:
            return None
        said = {"slug": page.title, "description": "", **said}
    return {"id": product.id, "translations": [{"languageCode": language, **said}]} if said else None


def nameless(product: Product, found: Found) -> str:
    """Why a product takes no text."""
    language = found.active_channel.default_language_code
    return f"product {product.id} has no name in the channel's language {language}; give it a title here, or one there"


def variant_inputs(pairs: Pairs, found: Found) -> list[dict[str, Any]]:
    """The prices of variants, and the name of one that is its product's only one."""
    channel = found.active_channel
    digits = found.global_settings.server_config.money_strategy_precision
    inputs = []
    for page, variant in pairs:
        said: dict[str, Any] = {}
        if page.price is not None:
            amount = int(page.price.scaleb(digits))
            said["prices"] = [{"currencyCode": page.currency or channel.default_currency_code, "price": amount}]
        if page.title and variant.product.variant_list.total_items == 1:
            said["translations"] = [{"languageCode": channel.default_language_code, "name": page.title}]
        if said:
            inputs.append({"id": variant.id, **said})
    return inputs
