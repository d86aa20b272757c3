"""Writes what a shop's product pages show: texts, images and prices, of products and variants that are there.

Nothing is made: a SKU that the shop does not have is refused. Summaries, options, attributes and tax classes are left
to the shop."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from truestock.connectors.contract.answers import ChannelDown, Outcome, Throttle
from truestock.connectors.contract.pages import Given, Page, PagesPushed, Written, by_product
from truestock.connectors.shopify import images
from truestock.connectors.shopify.documents import Answer, PageInfo, Part, UserError
from truestock.connectors.shopify.mapping import said, search_for
from truestock.connectors.shopify.transport import AdminApi

FIND = """
query FindPages($search: String!, $after: String) {
  shop { currencyCode }
  productVariants(first: 100, after: $after, query: $search) {
    nodes { id sku product { id mediaCount { count } variantsCount { count } } }
    pageInfo { hasNextPage endCursor }
  }
}"""
SHOW_PRODUCT = """
mutation ShowProduct($product: ProductUpdateInput!) {
  productUpdate(product: $product) { userErrors { field message } }
}"""
SHOW_VARIANTS = """
mutation ShowVariants($product: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $product, variants: $variants, allowPartialUpdates: true) {
    userErrors { field message }
  }
}"""
FIELDS: Final = frozenset({"title", "description", "brand", "category", "images", "price", "compare_at_price"})
FIND_PAGES_MAX: Final = 20
FIND_POINTS: Final = 30.0
PAGE_POINTS: Final = 25.0  # two mutations, each for one variant alone at worst


class Count(Part, frozen=True):
    """How many."""

    count: int


class Product(Part, frozen=True):
    """A page of the shop."""

    id: str
    media_count: Count | None
    variants_count: Count | None


class Variant(Part, frozen=True):
    """What is sold there."""

    id: str
    sku: str | None
    product: Product


class Variants(Part, frozen=True):
    """A page of the search."""

    nodes: list[Variant]
    page_info: PageInfo


class Shop(Part, frozen=True):
    """What its prices are in."""

    currency_code: str


class FindData(Part, frozen=True):
    """The answer to FIND."""

    shop: Shop
    product_variants: Variants


class Payload(Part, frozen=True):
    """What became of a write."""

    user_errors: list[UserError]


class ProductData(Part, frozen=True):
    """The answer to SHOW_PRODUCT."""

    product_update: Payload | None


class VariantsData(Part, frozen=True):
    """The answer to SHOW_VARIANTS."""

    product_variants_bulk_update: Payload | None


Pairs = Sequence[tuple[Page, Variant]]
NOT_DONE: Final = UserError("The shop did not write this, and gave no reason.")


async def push_pages(api: AdminApi, pages: Sequence[Page], given: Given) -> PagesPushed:
    """Write the pages, product by product. Raises ChannelDown, InDoubt."""
    currency, found = await _find(api, [page.sku for page in pages])
    wrong = refused(pages, currency, found)
    products: dict[str, list[tuple[Page, Variant]]] = {}
    for page in pages:
        if page.sku not in wrong:
            (variant,) = found[page.sku]
            products.setdefault(variant.product.id, []).append((page, variant))
    return await by_product(wrong, list(products.values()), lambda pairs: _write(api, pairs, given))


def refused(pages: Sequence[Page], currency: str, found: Mapping[str, Sequence[Variant]]) -> dict[str, Outcome]:
    """The pages that are not written at all, and why."""
    outcomes = {}
    for page in pages:
        variants = found.get(page.sku, ())
        priced = page.price is not None or page.compare_at_price
        if not variants:
            outcomes[page.sku] = Outcome("rejected", "the shop has no variant with this SKU")
        elif len(variants) > 1:
            outcomes[page.sku] = Outcome("rejected", f"the shop has {len(variants)} variants with this SKU")
        elif priced and page.currency and page.currency != currency:
            reason = f"the price here is in {page.currency}, and the shop's prices are in {currency}"
            outcomes[page.sku] = Outcome("rejected", reason)
    return outcomes


def says_of_product(page: Page, variant: Variant) -> bool:
    """Whether a page may say something of its product: not if it stands alone here and there is one of several."""
    count = variant.product.variants_count
    return bool(page.product) or (count is not None and count.count == 1)


def product_variables(page: Page, variant: Variant) -> dict[str, Any] | None:
    """The variables of SHOW_PRODUCT; None when nothing is said of the product. An empty title says nothing."""
    names = {"descriptionHtml": page.description, "vendor": page.brand, "productType": page.category}
    product: dict[str, Any] = {name: value for name, value in names.items() if value is not None}
    if page.title:
        product["title"] = page.title
    return {"product": {"id": variant.product.id, **product}} if product else None


def variant_variables(pairs: Pairs) -> dict[str, Any] | None:
    """The variables of SHOW_VARIANTS; None when no price is said."""
    variants = []
    for page, variant in pairs:
        shown: dict[str, Any] = {} if page.price is None else {"price": money(page.price)}
        if page.compare_at_price is not None:
            shown["compareAtPrice"] = money(page.compare_at_price) if page.compare_at_price else None
        if shown:
            variants.append({"id": variant.id, **shown})
    return {"product": pairs[0][1].product.id, "variants": variants} if variants else None


def money(amount: Decimal) -> str:
    """An amount as the shop writes it: two decimals at least, and no zeros beyond them."""
    text = f"{amount.normalize():f}"
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest:0<2}"


def at_fault(errors: Sequence[UserError], sent: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By the ID of a variant what the shop says against it; an error that names none is about all of them."""
    reasons: dict[str, str] = {}
    for error in errors:
        path = error.field or []
        named = len(path) > 1 and path[0] == "variants" and path[1].isdecimal() and int(path[1]) < len(sent)
        for variant in [sent[int(path[1])]] if named else sent:
            reasons[variant["id"]] = f"{reasons.get(variant['id'], '')} {error.message}".strip()
    return reasons


async def _find(api: AdminApi, skus: Sequence[str]) -> tuple[str, dict[str, list[Variant]]]:
    """The shop's currency, and by SKU, to the letter, the variants that have it."""
    wanted = set(skus)
    found: dict[str, list[Variant]] = {}
    variables: dict[str, object] = {"search": search_for(skus), "after": None}
    for _ in range(FIND_PAGES_MAX):
        data, _throttle = await api.read(FIND, variables, Answer[FindData])
        for variant in data.product_variants.nodes:
            if variant.sku in wanted:
                found.setdefault(variant.sku, []).append(variant)
        if not data.product_variants.page_info.has_next_page:
            return data.shop.currency_code, found
        variables["after"] = data.product_variants.page_info.end_cursor
    raise ChannelDown(f"the search for {len(skus)} SKUs found far more variants; are there that many doubles?")


async def _write(api: AdminApi, pairs: Pairs, given: Given) -> Written:
    """Write one product; a fault of its texts or images does not keep its prices from being written."""
    throttle = Throttle()
    reasons: dict[str, str] = {}
    page, shared = pairs[0]
    of_product = says_of_product(page, shared)
    if of_product and (variables := product_variables(page, shared)) is not None:
        told, throttle = await api.write(SHOW_PRODUCT, variables, Answer[ProductData])
        wrong = told.product_update.user_errors if told.product_update else [NOT_DONE]
        reasons = {variant.id: said(wrong) for _, variant in pairs if wrong}
    if (variables := variant_variables(pairs)) is not None:
        priced, throttle = await api.write(SHOW_VARIANTS, variables, Answer[VariantsData])
        payload = priced.product_variants_bulk_update
        wrong = payload.user_errors if payload else [NOT_DONE]
        for variant_id, reason in at_fault(wrong, variables["variants"]).items():
            reasons[variant_id] = f"{reasons.get(variant_id, '')} {reason}".strip()
    outcomes = {
        page.sku: Outcome("rejected", reasons[variant.id]) if variant.id in reasons else Outcome("applied")
        for page, variant in pairs
    }
    if not of_product:
        return Written(outcomes, throttle)
    count = shared.product.media_count
    bare = count is not None and count.count == 0
    kept = await images.keep_images(api, shared.product.id, page, given.get(page.sku, ()), bare=bare)
    if kept.fault:
        outcomes = {sku: kept.fault if told.kind == "applied" else told for sku, told in outcomes.items()}
    return Written(outcomes, throttle, images.POINTS if kept.known else 0.0, kept.known)
