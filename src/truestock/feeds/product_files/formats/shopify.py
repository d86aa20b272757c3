"""Shopify's product CSV: the rows of a product share its handle, each with a variant, an image, or both.

Read in the columns of any year since 2017; written in those of 2024, which the newest importer takes too."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from truestock.catalog.listings.content import Image, StoredContent
from truestock.core.problems import Invalid, Problem
from truestock.feeds.product_files.formats.cells import (
    Cells,
    barcode_cell,
    checked,
    columns_of,
    grams,
    gtin_of,
    kept_in,
    kept_of,
    money,
    one_line,
    plain,
    records,
    slug,
    weight_cell,
)
from truestock.feeds.product_files.report import ImportReport
from truestock.feeds.product_files.shapes import Columns, ProductPage, ReadAs, Told, Variant
from truestock.feeds.product_files.sheet import Sheet

OPTIONS: Final = ("Option1", "Option2", "Option3")
QUANTITY: Final = "Variant Inventory Qty"
HEADER: Final = (
    *("Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published"),
    *(f"{option} {part}" for option in OPTIONS for part in ("Name", "Value")),
    *("Variant SKU", "Variant Grams", "Variant Inventory Tracker", QUANTITY, "Variant Inventory Policy"),
    *("Variant Fulfillment Service", "Variant Price", "Variant Compare At Price", "Variant Requires Shipping"),
    *("Variant Taxable", "Variant Barcode", "Image Src", "Image Position", "Image Alt Text", "Gift Card", "SEO Title"),
    *("SEO Description", "Variant Image", "Variant Weight Unit", "Variant Tax Code", "Cost per item", "Status"),
)
_SINCE_2025: Final = {
    "url handle": "Handle",
    "description": "Body (HTML)",
    "published on online store": "Published",
    "sku": "Variant SKU",
    "barcode": "Variant Barcode",
    "price": "Variant Price",
    "compare-at price": "Variant Compare At Price",
    "charge tax": "Variant Taxable",
    "tax code": "Variant Tax Code",
    "inventory tracker": "Variant Inventory Tracker",
    "inventory quantity": QUANTITY,
    "continue selling when out of stock": "Variant Inventory Policy",
    "weight value (grams)": "Variant Grams",
    "weight unit for display": "Variant Weight Unit",
    "requires shipping": "Variant Requires Shipping",
    "fulfillment service": "Variant Fulfillment Service",
    "product image url": "Image Src",
    "variant image url": "Variant Image",
}
_NAMES: Final = {name.lower(): name for name in HEADER} | _SINCE_2025
_OF_VARIANTS: Final = re.compile(r"(Variant |Unit price |Price / |Compare At Price / |Option\d )")
_TEXTS: Final = {"Body (HTML)": "description", "Vendor": "brand", "Product Category": "category"}
_READ: Final = frozenset(
    {*_TEXTS, "Handle", "Title", "Variant SKU", QUANTITY, "Variant Price", "Variant Compare At Price"}
    | {"Image Src", "Image Position", "Image Alt Text", "Variant Image", "Variant Tax Code"}
    | {"Cost per item", *(f"{option} {part}" for option in OPTIONS for part in ("Name", "Value"))}
)
_POLICIES: Final = {"true": "continue", "false": "deny"}
Row = tuple[int, Cells]


class Shopify:
    """Shopify's forms: products by handle, stock with one column for each location."""

    name = "shopify"
    quantities = frozenset({"variant_inventory_qty", "inventory_quantity"})

    def read(self, sheet: Sheet, report: ImportReport, how: ReadAs) -> Iterator[Told]:
        """Products, each before its variants."""
        names = columns_of(sheet, ("Handle",), [_NAMES.get(name.lower(), name) for name in sheet.header])
        handles: dict[str, list[Row]] = {}
        for line, cells in records(sheet, names, report):
            try:
                handles.setdefault(checked("Handle", cells["Handle"]), []).append((line, cells))
            except Problem as problem:
                report.refuse(line, problem, cells["Handle"])
        for handle, rows in handles.items():
            yield _product(handle, rows)
            for line, cells in rows:
                if not (cells.get("Option1 Value") or cells.get("Variant SKU") or cells.get("Variant Price")):
                    continue
                try:
                    yield _variant(handle, line, cells, rows[0][1], report, how)
                except Problem as problem:
                    report.refuse(line, problem, cells.get(problem.field or "", ""))

    def header(self, columns: Columns) -> list[str]:
        """The columns of 2024, and what the channel's own files had besides."""
        return [*(name for name in HEADER if columns.stock or name != QUANTITY), *sorted(columns.kept - set(HEADER))]

    def write(self, page: ProductPage) -> Iterator[Cells]:
        """As many rows as there are variants, or images if they are more; none of a product that has none left."""
        if not page.variants:
            return
        product = page.product or page.variants[0].full
        handle = product.code if page.product else slug(product.code)
        images = product.images or ()
        for n in range(max(len(page.variants), len(images), 1)):
            row = {"Handle": handle}
            if n == 0:
                row |= {"Title": product.title or "", **{c: getattr(product, f) or "" for c, f in _TEXTS.items()}}
                row |= kept_in(product, self.name)
            if n < len(page.variants):
                row |= _variant_row(page, page.variants[n], named=n == 0)
            if n < len(images):
                row |= {"Image Src": images[n].url, "Image Position": str(n + 1), "Image Alt Text": images[n].alt}
            yield row

    def stock_header(self, place: str) -> list[str]:
        """The shop's file of available units, with a column that has the location's name."""
        if not place:
            raise Invalid("place", "Shopify's stock file has a column for each location; give the shop's name of it")
        options = [f"{option} {part}" for option in OPTIONS for part in ("Name", "Value")]
        return ["Handle", "Title", *options, "SKU", "HS Code", "COO", place]

    def stock_row(self, page: ProductPage, variant: Variant, place: str) -> Cells:
        """A variant's available units. Raises Invalid without a handle, by which the shop finds it."""
        if page.product is None:
            raise Invalid("handle", "its handle is not known; import the shop's product file first")
        options = _options(variant.own)
        return {
            "Handle": page.product.code,
            "Title": page.product.title or variant.full.title or "",
            **options,
            "SKU": variant.sku,
            place: str(variant.stock),
        }


def _product(handle: str, rows: list[Row]) -> Told:
    line, first = rows[0]
    told = Told(line, "product", handle)
    told.content = {field: first[column] for column, field in _TEXTS.items() if column in first}
    if first.get("Title"):
        told.content["title"] = one_line(first["Title"])
    if "Image Src" in first:
        found = [(_position(cells, n), _image(cells)) for n, (_, cells) in enumerate(rows) if cells["Image Src"]]
        told.content["images"] = tuple(image for _, image in sorted(found, key=lambda pair: pair[0]))
    kept = {name: cell for name, cell in kept_of(first, _READ).items() if not _OF_VARIANTS.match(name)}
    told.content["cells"] = {Shopify.name: kept}
    return told


def _position(cells: Cells, n: int) -> tuple[int, int]:
    """Images are in the order of their positions, those without one where they stand."""
    given = cells.get("Image Position", "")
    return (int(given) if given.isascii() and given.isdigit() and len(given) < 9 else n + 1, n)


def _image(cells: Cells) -> Image:
    return Image(cells["Image Src"], one_line(cells.get("Image Alt Text", "")))


def _variant(handle: str, line: int, cells: Cells, first: Cells, report: ImportReport, how: ReadAs) -> Told:
    pairs = [
        (first.get(f"{option} Name") or cells.get(f"{option} Name", ""), cells.get(f"{option} Value", ""))
        for option in OPTIONS
    ]
    options = tuple((name, value) for name, value in pairs if name and value)
    if options == (("Title", "Default Title"),):
        options = ()
    values = [value for _, value in options]
    sku = cells.get("Variant SKU", "")
    if not sku and how.make_skus:
        sku = "-".join([handle, *map(slug, values)])
    told = Told(line, "variant", checked("Variant SKU", sku), {"product": handle, "options": options})
    if first.get("Title"):
        told.shown = one_line(first["Title"]) + (f" - {', '.join(values)}" if values else "")
    told.content |= _prices(cells)
    if "Variant Image" in cells:
        told.content["images"] = (Image(cells["Variant Image"]),) if cells["Variant Image"] else ()
    if "Variant Tax Code" in cells:
        told.content["tax_class"] = cells["Variant Tax Code"]
    told.gtin = gtin_of(report, line, "Variant Barcode", cells.get("Variant Barcode", ""))
    if weight := cells.get("Variant Grams"):
        told.weight_g = grams("Variant Grams", weight, "g") or None
    if cost := cells.get("Cost per item"):
        told.cost = money("Cost per item", cost)
    kept = kept_of(cells, _READ)
    if cells is first:
        kept = {name: cell for name, cell in kept.items() if _OF_VARIANTS.match(name)}
    if (policy := kept.get("Variant Inventory Policy", "").lower()) in _POLICIES:
        kept["Variant Inventory Policy"] = _POLICIES[policy]
    told.content["cells"] = {Shopify.name: kept}
    return told


def _prices(cells: Cells) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if price := cells.get("Variant Price"):
        found["price"] = money("Variant Price", price)
    if (before := cells.get("Variant Compare At Price")) is not None:
        found["compare_at_price"] = money("Variant Compare At Price", before) if before else Decimal(0)
    return found


def _options(row: StoredContent) -> Cells:
    pairs = row.options or (("Title", "Default Title"),)
    cells: Cells = {}
    for option, (name, value) in zip(OPTIONS, pairs, strict=False):
        cells |= {f"{option} Name": name, f"{option} Value": value}
    return cells


def _variant_row(page: ProductPage, variant: Variant, *, named: bool) -> Cells:
    own = variant.own
    kept = kept_in(own, Shopify.name)
    row = dict(kept)
    row |= {name: cell for name, cell in _options(own).items() if named or name.endswith("Value")}
    row |= {
        "Variant SKU": variant.sku,
        "Variant Grams": weight_cell(variant, kept.get("Variant Grams", ""), "g"),
        "Variant Price": plain(own.price),
        "Variant Compare At Price": plain(own.compare_at_price or None),
        "Variant Barcode": barcode_cell(variant, kept.get("Variant Barcode", "")),
        "Variant Tax Code": own.tax_class or "",
        "Cost per item": plain(variant.cost),
    }
    if page.product and own.images:
        row["Variant Image"] = own.images[0].url
    if variant.stock is not None:
        row[QUANTITY] = str(variant.stock)
    return row
