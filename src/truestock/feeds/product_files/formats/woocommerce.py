"""WooCommerce's product CSV: a row for each product, and one for each variation that names its parent."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from truestock.catalog.listings.content import Image, Pairs, StoredContent
from truestock.core.problems import Problem
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

BARCODE: Final = "GTIN, UPC, EAN, or ISBN"
HEADER: Final = (
    *("ID", "Type", "SKU", BARCODE, "Name", "Published", "Is featured?", "Visibility in catalog", "Short description"),
    *("Description", "Date sale price starts", "Date sale price ends", "Tax status", "Tax class", "In stock?", "Stock"),
    *("Backorders allowed?", "Sold individually?", "Weight (lbs)", "Weight (kg)", "Weight (g)", "Weight (oz)"),
    *("Length (in)", "Width (in)", "Height (in)", "Allow customer reviews?", "Purchase note", "Sale price"),
    *("Regular price", "Categories", "Tags", "Shipping class", "Images", "Download limit", "Download expiry days"),
    *("Parent", "Grouped products", "Upsells", "Cross-sells", "External URL", "Button text", "Position", "Brands"),
)
_TEXTS: Final = {
    "Short description": "summary",
    "Description": "description",
    "Categories": "category",
    "Tax class": "tax_class",
    "Brands": "brand",
}
_READ: Final = frozenset(
    {*_TEXTS, "SKU", "Name", "In stock?", "Stock", "Sale price", "Regular price", "Images", "Parent"}
)
_NAMES: Final = {name.lower(): name for name in HEADER}
_WEIGHT: Final = re.compile(r"Weight \((lbs|kg|g|oz)\)")
_ATTRIBUTE: Final = re.compile(r"Attribute (\d{1,3}) (name|value\(s\))")
_QUANTITIES: Final = ("In stock?", "Stock")
_PARTS: Final = ("name", "value(s)", "visible", "global", "default")
_PAGES: Final = {"grouped", "external"}


class WooCommerce:
    """WooCommerce's forms: products, and stock by SKU."""

    name = "woocommerce"
    quantities = frozenset({"stock", "in_stock?"})

    def read(self, sheet: Sheet, report: ImportReport, how: ReadAs) -> Iterator[Told]:
        """Products and variants in the order of the file."""
        names = columns_of(sheet, ("Type", "SKU"), [_NAMES.get(name.lower(), name) for name in sheet.header])
        rows = list(records(sheet, names, report))
        codes = {f"id:{cells['ID']}": cells["SKU"] for _, cells in rows if cells.get("ID") and cells["SKU"]}
        for line, cells in rows:
            try:
                yield _told(line, cells, codes, report, how)
            except Problem as problem:
                report.refuse(line, problem, cells.get(problem.field or "", ""))

    def header(self, columns: Columns) -> list[str]:
        """The exporter's columns, with as many attributes as any product has."""
        had = columns.kept
        weights = {name for name in had if _WEIGHT.fullmatch(name)} or {"Weight (kg)"}
        wanted = [name for name in HEADER if name in weights or not _WEIGHT.fullmatch(name)]
        if not columns.stock:
            wanted = [name for name in wanted if name not in _QUANTITIES]
        numbered = [f"Attribute {n} {part}" for n in range(1, columns.attributes + 1) for part in _PARTS]
        numbered = [name for name in numbered if _ATTRIBUTE.fullmatch(name) or name in had]
        return [*wanted, *numbered, *sorted(had - {*HEADER, *numbered})]

    def write(self, page: ProductPage) -> Iterator[Cells]:
        """The parent's row before those of its variations; a product without choices is one simple row."""
        if page.product is None:
            yield from (_row(self, variant.full, variant, "simple") for variant in page.variants)
        elif not page.variants and not _types(kept_in(page.product, self.name).get("Type", "")) & _PAGES:
            return  # its variations have gone to another parent
        elif len(page.variants) == 1 and not page.variants[0].own.options:
            yield _row(self, page.variants[0].full, page.variants[0], "simple")
        else:
            yield _row(self, page.product, None, "variable", _choices(page))
            for variant in page.variants:
                row = _row(self, variant.own, variant, "variation", variant.own.options or ())
                yield {**row, "Name": variant.own.title or variant.full.title or "", "Parent": page.product.code}

    def stock_header(self, _: str) -> list[str]:
        """What the importer needs to update what is there by SKU; the shop has one stock, whatever the place."""
        return ["SKU", "In stock?", "Stock"]

    def stock_row(self, _: ProductPage, variant: Variant, __: str) -> Cells:
        """A variant's stock."""
        return {"SKU": variant.sku, **_stock(variant)}


def _told(line: int, cells: Cells, codes: dict[str, str], report: ImportReport, how: ReadAs) -> Told:
    types = _types(cells["Type"])
    is_variation = "variation" in types
    is_product = "variable" in types or bool(types & _PAGES)
    pairs = _pairs(cells)
    parent = codes.get(cells.get("Parent", ""), cells.get("Parent", ""))
    sku = cells["SKU"]
    if not sku and is_product and cells.get("ID"):
        sku = f"id:{cells['ID']}"
    if not sku and how.make_skus:
        values = [slug(value) for _, value in pairs if value]
        sku = "-".join([parent, *values]) if is_variation else slug(cells.get("Name", ""))
    told = Told(line, "product" if is_product else "variant", checked("SKU", sku))
    told.page = bool(types & _PAGES)
    told.content = {field: cells[column] for column, field in _TEXTS.items() if column in cells}
    if name := one_line(cells.get("Name", "")):
        told.content["title"] = told.shown = name
    told.content |= _prices(cells)
    if "Images" in cells:
        told.content["images"] = tuple(Image(url) for part in cells["Images"].split(",") if (url := part.strip()))
    told.content["options" if is_variation else "attributes"] = pairs
    if is_variation:
        told.content["product"] = checked("Parent", parent)
    if not is_product:
        told.gtin = gtin_of(report, line, BARCODE, cells.get(BARCODE, ""))
        _weigh(told, cells)
    kept = kept_of(cells, _READ)
    kept = {name: cell for name, cell in kept.items() if not _ATTRIBUTE.fullmatch(name)}
    told.content["cells"] = {WooCommerce.name: kept}
    return told


def _types(cell: str) -> set[str]:
    return {word.strip() for word in cell.lower().split(",")}


def _weigh(told: Told, cells: Cells) -> None:
    for name, cell in cells.items():
        if cell and (match := _WEIGHT.fullmatch(name)):
            told.weight_g = grams(name, cell, match[1]) or None


def _pairs(cells: Cells) -> Pairs:
    numbers = sorted(int(match[1]) for name in cells if (match := _ATTRIBUTE.fullmatch(name)) and match[2] == "name")
    names = [(cells[f"Attribute {n} name"], cells.get(f"Attribute {n} value(s)", "")) for n in numbers]
    return tuple((name, value) for name, value in names if name)


def _prices(cells: Cells) -> dict[str, Any]:
    """The price asked now, and the one before; the shop has both only while there is a sale."""
    regular, sale = cells.get("Regular price"), cells.get("Sale price")
    if regular and sale:
        return {"price": money("Sale price", sale), "compare_at_price": money("Regular price", regular)}
    if asked := regular or sale:
        return {"price": money("Regular price", asked), "compare_at_price": Decimal(0)}
    return {}


def _choices(page: ProductPage) -> Pairs:
    """A parent's attributes; where it has none, all that its variants offer."""
    assert page.product is not None
    if page.product.attributes:
        return page.product.attributes
    offered: dict[str, dict[str, None]] = {}
    for variant in page.variants:
        for name, value in variant.own.options or ():
            offered.setdefault(name, {})[value] = None
    return tuple((name, ", ".join(values)) for name, values in offered.items())


def _row(
    form: WooCommerce, row: StoredContent, variant: Variant | None, kind: str, pairs: Pairs | None = None
) -> Cells:
    kept = kept_in(variant.own if variant else row, form.name)
    cells = {"Type": kind, **kept}
    if not row.code.startswith("id:"):
        cells["SKU"] = row.code
    cells |= {"Name": row.title or "", **{column: getattr(row, field) or "" for column, field in _TEXTS.items()}}
    cells["Images"] = ", ".join(image.url for image in row.images or ())
    before = plain(row.compare_at_price or None)
    cells |= {"Regular price": before or plain(row.price), "Sale price": plain(row.price) if before else ""}
    for n, (name, value) in enumerate(pairs if pairs is not None else row.attributes or (), 1):
        cells |= {f"Attribute {n} name": name, f"Attribute {n} value(s)": value}
    if variant is not None:
        cells[BARCODE] = barcode_cell(variant, kept.get(BARCODE, ""))
        weight = next((name for name in kept if _WEIGHT.fullmatch(name)), "Weight (kg)")
        cells[weight] = weight_cell(variant, kept.get(weight, ""), weight[len("Weight (") : -1])
        cells |= _stock(variant)
    return cells


def _stock(variant: Variant) -> Cells:
    if variant.stock is None:
        return {}
    return {"In stock?": "1" if variant.stock else "0", "Stock": str(variant.stock)}
