"""What a shop shows of its products: pages with texts, media and prices, as its schema has them."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

Json = dict[str, Any]


class Pages:
    """Products with their variants. `no_title` and `no_price` are the words in which the next writes are refused,
    `busy` is the code that the next changes to images get instead of an effect."""

    def __init__(self) -> None:
        self.products: dict[str, Json] = {}
        self.variants: dict[str, Json] = {}
        self.no_title = ""
        self.no_price: dict[str, str] = {}
        self.busy = ""
        self._media = count(1)

    def put(self, *skus: str, images: int = 0, **shown: str) -> str:
        """A product with a variant for each SKU."""
        number = 500 + len(self.products)
        product: Json = {
            "id": f"gid://shopify/Product/{number}",
            "title": shown.get("title", "Old"),
            "descriptionHtml": shown.get("description", "old text"),
            "vendor": "",
            "productType": "",
            "media": [],
        }
        for n in range(images):
            self.hang(product, f"https://cdn.example/{n}.jpg")
        self.products[product["id"]] = product
        for sku in skus:
            gid = f"gid://shopify/ProductVariant/{900 + len(self.variants)}"
            self.variants[gid] = {"id": gid, "sku": sku, "of": product["id"], "price": "1.00", "compareAtPrice": None}
        return str(product["id"])

    def hang(self, product: Json, source: str, alt: str = "") -> str:
        """An image of a product, behind its others; its ID."""
        gid = f"gid://shopify/MediaImage/{next(self._media)}"
        product["media"].append({"id": gid, "originalSource": source, "alt": alt, "__typename": "MediaImage"})
        return gid

    def images(self, product: str) -> list[tuple[str, str]]:
        """The images of a product in their order, with their words."""
        return [(media["originalSource"], media["alt"]) for media in self.products[product]["media"]]

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
        number = sum(one["of"] == product for one in self.variants.values())
        media = len(self.products[product]["media"])
        return {
            "id": product,
            "mediaCount": {"count": media, "precision": "EXACT"},
            "variantsCount": {"count": number, "precision": "EXACT"},
        }

    def update_product(self, product: Json, media: Sequence[Json] | None) -> Json:
        """productUpdate."""
        known = self.products.get(product["id"])
        if known is None:
            return {"userErrors": [{"field": ["product", "id"], "message": "Product does not exist"}]}
        if self.no_title:
            return {"userErrors": [{"field": ["product", "title"], "message": self.no_title}]}
        known |= {name: value for name, value in product.items() if name in known}
        for given in media or []:
            self.hang(known, given["originalSource"], given["alt"])
        return {"product": self.told(product["id"]), "userErrors": []}

    def told(self, product: str) -> Json | None:
        """A product with its media."""
        known = self.products.get(product)
        return None if known is None else {"id": product, "media": {"nodes": list(known["media"])}}

    def update_files(self, files: Sequence[Json]) -> Json:
        """fileUpdate: other words for files, and products that no longer have them."""
        if self.busy:
            return {"userErrors": [{"code": self.busy, "field": ["files"], "message": "Files must be ready"}]}
        for given in files:
            for product in self.products.values():
                for media in product["media"]:
                    if media["id"] == given["id"] and given.get("alt") is not None:
                        media["alt"] = given["alt"]
                if product["id"] in (given.get("referencesToRemove") or []):
                    product["media"] = [media for media in product["media"] if media["id"] != given["id"]]
        return {"userErrors": []}

    def sort_media(self, product: str, moves: Sequence[Json]) -> Json:
        """productReorderMedia: one move after the other."""
        if self.busy:
            return {"mediaUserErrors": [{"code": self.busy, "field": ["id"], "message": "Media must be ready"}]}
        media = self.products[product]["media"]
        for move in moves:
            (moved,) = [one for one in media if one["id"] == move["id"]]
            media.remove(moved)
            media.insert(int(move["newPosition"]), moved)
        return {"mediaUserErrors": []}

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
