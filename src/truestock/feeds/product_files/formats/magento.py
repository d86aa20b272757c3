"""Magento's (Adobe Commerce's) product CSV, and the stock file of its sources.

An empty cell says nothing here; the importer's own word empties a field. A configurable product names its variants."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from truestock.catalog.listings.content import Image, Pairs, StoredContent
from truestock.core.problems import Invalid, Problem
from truestock.feeds.product_files.formats.cells import (
    Cells,
    checked,
    columns_of,
    kept_in,
    kept_of,
    money,
    one_line,
    plain,
    records,
)
from truestock.feeds.product_files.report import ImportReport
from truestock.feeds.product_files.shapes import Columns, ProductPage, ReadAs, Told, Variant
from truestock.feeds.product_files.sheet import Sheet

EMPTY: Final = "__EMPTY__VALUE__"
SOURCE: Final = "default"
HEADER: Final = (
    *("sku", "store_view_code", "attribute_set_code", "product_type", "categories", "product_websites", "name"),
    *("description", "short_description", "weight", "product_online", "tax_class_name", "visibility", "price"),
    *("special_price", "special_price_from_date", "special_price_to_date", "url_key", "meta_title", "meta_keywords"),
    *("meta_description", "base_image", "base_image_label", "small_image", "small_image_label", "thumbnail_image"),
    *("thumbnail_image_label", "additional_images", "additional_image_labels", "additional_attributes"),
    *("configurable_variations", "configurable_variation_labels"),
)
_QUANTITIES: Final = ("qty", "is_in_stock")
_TEXTS: Final = {
    "description": "description",
    "short_description": "summary",
    "categories": "category",
    "tax_class_name": "tax_class",
}
_IMAGES: Final = ("base_image", "base_image_label", "additional_images", "additional_image_labels")
_READ: Final = frozenset({*_TEXTS, *_IMAGES, *_QUANTITIES, "sku", "name", "price", "special_price"}) | {
    "additional_attributes"
}
_PAGES: Final = {"grouped", "bundle"}
_BEFORE_A_NAME: Final = re.compile(r",(?=[\w-]+=)")
_DEFAULTS: Final = {"attribute_set_code": "Default", "product_websites": "base"}
Children = dict[str, tuple[str, Pairs]]


class Magento:
    """Magento's forms: products, and stock by source."""

    name = "magento"
    quantities = frozenset(_QUANTITIES)

    def read(self, sheet: Sheet, report: ImportReport, _: ReadAs) -> Iterator[Told]:
        """Products and variants in the order of the file; rows of single store views are noted and left out."""
        names = columns_of(sheet, ("sku", "product_type"), [name.lower() for name in sheet.header])
        rows: list[tuple[int, Cells]] = []
        for line, cells in records(sheet, names, report):
            if view := cells.get("store_view_code"):
                detail = "texts of one store view are not taken; import the rows without a store view"
                report.note(line, Invalid("store_view_code", detail), view)
            else:
                rows.append((line, cells))
        children = _children(rows)
        for line, cells in rows:
            try:
                yield _told(line, cells, children)
            except Problem as problem:
                report.refuse(line, problem, cells.get(problem.field or "", ""))

    def header(self, columns: Columns) -> list[str]:
        """The importer's columns, and what the channel's own files had besides."""
        return [*HEADER, *(_QUANTITIES if columns.stock else ()), *sorted(columns.kept - set(HEADER))]

    def write(self, page: ProductPage) -> Iterator[Cells]:
        """Variants before the configurable product that names them, as the importer wants it."""
        alone = page.product is None or (len(page.variants) == 1 and not page.variants[0].own.options)
        for variant in page.variants:
            row = _row(self, variant.full if alone else variant.own, variant)
            if not alone:
                row = {"visibility": "Not Visible Individually", **row}
                row["name"] = variant.own.title or variant.full.title or ""
            yield row
        if page.product is not None and not alone and (page.variants or _is_page(page.product)):
            yield _row(self, page.product, None) | _variations(self, page)

    def stock_header(self, _: str) -> list[str]:
        """The columns of a stock sources file."""
        return ["source_code", "sku", "status", "quantity"]

    def stock_row(self, _: ProductPage, variant: Variant, place: str) -> Cells:
        """A variant's quantity at the source."""
        return {
            "source_code": place or SOURCE,
            "sku": variant.sku,
            "status": "1" if variant.stock else "0",
            "quantity": str(variant.stock),
        }


def _children(rows: list[tuple[int, Cells]]) -> Children:
    """The product and the options of every SKU that a configurable product names; the first one has it."""
    found: Children = {}
    for _, cells in rows:
        if cells["product_type"] != "configurable":
            continue
        for variation in cells.get("configurable_variations", "").split("|"):
            pairs = _pairs(variation)
            sku = dict(pairs).get("sku", "")
            found.setdefault(sku, (cells["sku"], tuple(pair for pair in pairs if pair[0] != "sku")))
    return found


def _pairs(text: str) -> Pairs:
    """Texts as a=1,b=2, where a comma before no name belongs to the value."""
    named = [part.partition("=") for part in _BEFORE_A_NAME.split(text) if "=" in part]
    return tuple((name.strip(), value) for name, _, value in named)


def _told(line: int, cells: Cells, children: Children) -> Told:
    kind = cells["product_type"].lower()
    is_product = kind == "configurable" or kind in _PAGES
    told = Told(line, "product" if is_product else "variant", checked("sku", cells["sku"]), page=kind in _PAGES)
    said = {name: "" if cell == EMPTY else cell for name, cell in cells.items() if cell}
    told.content = {field: said[column] for column, field in _TEXTS.items() if column in said}
    if name := one_line(said.get("name", "")):
        told.content["title"] = told.shown = name
    told.content |= _prices(said)
    if images := _images(said):
        told.content["images"] = images
    if "additional_attributes" in said:
        told.content["attributes"] = _pairs(said["additional_attributes"])
    if not is_product and told.code in children:
        told.content["product"], told.content["options"] = children[told.code]
    told.content["cells"] = {Magento.name: kept_of(cells, _READ)}
    return told


def _prices(said: Cells) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if price := said.get("price"):
        found["price"] = money("price", price)
    if "special_price" in said:
        found["compare_at_price"] = Decimal(0)
    if (special := said.get("special_price")) and price:
        found = {"price": money("special_price", special), "compare_at_price": money("price", price)}
    return found


def _images(said: Cells) -> tuple[Image, ...]:
    base = said.get("base_image", "")
    first = (Image(base, one_line(said.get("base_image_label", ""))),) if base else ()
    urls = [url.strip() for url in said.get("additional_images", "").split(",") if url.strip()]
    labels = said.get("additional_image_labels", "").split(",")
    more = [Image(url, one_line(labels[n]) if n < len(labels) else "") for n, url in enumerate(urls)]
    return (*first, *more)


def _row(form: Magento, row: StoredContent, variant: Variant | None) -> Cells:
    kept = kept_in(variant.own if variant else row, form.name)
    cells = {**_DEFAULTS, "product_type": "simple" if variant else "configurable", **kept, "sku": row.code}
    cells |= {"name": row.title or "", **{column: getattr(row, field) or "" for column, field in _TEXTS.items()}}
    before = plain(row.compare_at_price or None)
    cells |= {"price": before or plain(row.price), "special_price": plain(row.price) if before else ""}
    images = row.images or ()
    if images:
        cells |= {"base_image": images[0].url, "base_image_label": images[0].alt}
        cells["additional_images"] = ",".join(image.url for image in images[1:])
        cells["additional_image_labels"] = ",".join(image.alt.replace(",", " ") for image in images[1:])
    cells["additional_attributes"] = ",".join(f"{name}={value}" for name, value in row.attributes or ())
    if variant is not None and variant.weight_g is not None and "weight" not in kept:
        cells["weight"] = plain(Decimal(variant.weight_g) / 1000)
    if variant is not None and variant.stock is not None:
        cells |= {"qty": str(variant.stock), "is_in_stock": "1" if variant.stock else "0"}
    return cells


def _is_page(product: StoredContent) -> bool:
    """Whether a product is one without variants; another that has none has lost them to another product."""
    return kept_in(product, Magento.name).get("product_type") in _PAGES


def _variations(form: Magento, page: ProductPage) -> Cells:
    """The variants as the configurable product names them; as the file had it while that is what is there."""
    assert page.product is not None
    had = kept_in(page.product, form.name).get("configurable_variations", "")
    if {dict(_pairs(variation)).get("sku") for variation in had.split("|")} == {v.sku for v in page.variants}:
        return {}
    named = [
        ",".join([f"sku={variant.sku}", *(f"{_code(name)}={value}" for name, value in variant.own.options or ())])
        for variant in page.variants
    ]
    labels = {_code(name): name for variant in page.variants for name, _ in variant.own.options or ()}
    return {
        "configurable_variations": "|".join(named),
        "configurable_variation_labels": ",".join(f"{code}={name}" for code, name in labels.items()),
    }


def _code(name: str) -> str:
    """An option's name as an attribute's code."""
    return re.sub(r"\W+", "_", name.strip().lower())
