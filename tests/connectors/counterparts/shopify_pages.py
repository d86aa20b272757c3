"""What a shop shows of its products: pages with texts, media and prices, as its schema has them."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


class Pages:
    """Products with their variants. `no_title` and `no_price` are the words in which the next writes are refused."""

    def __init__(self) -> None:
        self.products: dict[str, Json] = {}
        self.variants: dict[str, Json] = {}
        self.no_title = ""
        self.no_price: dict[str, str] = {}

    def put(self, *skus: str, images: int = 0, **shown: str) -> str:
        """A product with a variant for each SKU."""
        number = 500 + len(self.products)
        product: Json = {
            "id": f"gid://shopify/Product/{number}",
            "title": shown.get("title", "Old"),
            "descriptionHtml": shown.get("description", "old text"),
            "vendor": "",
            "productType": "",
            "media": [{"originalSource": f"https://cdn.example/{n}.jpg"} for n in range(images)],
        }
        self.products[product["id"]] = product
        for sku in skus:
            gid = f"gid://shopify/ProductVariant/{900 + len(self.variants)}"
            self.variants[gid] = {"id": gid, "sku": sku, "of": product["id"], "price": "1.00", "compareAtPrice": None}
        return str(product["id"])

    def variant(self, sku: str) -> Json:
        """The variant of a SKU."""
        return next(one for one in self.variants.values() if one["sku"] == sku)

    def found(self, terms: Sequence[str]) -> list[Json]:
        """Variants whose SKU begins so, in any case."""
        return [
            {"id": one["id"], "sku": one["sku"], "product": self._about(one["of"])}
            for one in self.variants.values()
            if any(one["sku"].lower().startswith(term) for term in terms)
        ]

    def _about(self, product: str) -> Json:
        count = sum(one["of"] == product for one in self.variants.values())
        media = len(self.products[product]["media"])
        return {
            "id": product,
            "mediaCount": {"count": media, "precision": "EXACT"},
            "variantsCount": {"count": count, "precision": "EXACT"},
        }

    def update_product(self, product: Json, media: Sequence[Json] | None) -> Json:
        """productUpdate."""
        known = self.products.get(product["id"])
        if known is None:
            return {"userErrors": [{"field": ["product", "id"], "message": "Product does not exist"}]}
        if self.no_title:
            return {"userErrors": [{"field": ["product", "title"], "message": self.no_title}]}
        known |= {name: value for name, value in product.items() if name in known}
        known["media"] = known["media"] + list(media or [])
        return {"userErrors": []}

    def update_variants(self, product: str, variants: Sequence[Mapping[str, Any]]) -> Json:
        """productVariantsBulkUpdate, in part where a part is wrong."""
        errors = []
        for place, given in enumerate(variants):
            known = self.variants[given["id"]]
            assert known["of"] == product
            if reason := self.no_price.get(known["sku"]):
                errors.append({"field": ["variants", str(place), "price"], "message": reason})
            else:
                known |= given
        return {"userErrors": errors}
