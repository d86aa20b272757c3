"""A plain product file, as suppliers send: one row for each variant, its columns under our names or mapped ones.

An empty cell says nothing. Options and attributes have columns of their own, as `option:Size`, `attribute:Material`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from truestock.catalog.listings.content import Image
from truestock.core.problems import Invalid, Problem
from truestock.feeds.product_files.formats.cells import (
    Cells,
    checked,
    columns_of,
    grams,
    gtin_of,
    money,
    one_line,
    plain,
    records,
    slug,
)
from truestock.feeds.product_files.report import ImportReport
from truestock.feeds.product_files.shapes import Columns, ProductPage, ReadAs, Told, Variant
from truestock.feeds.product_files.sheet import Sheet

_BETWEEN_IMAGES: Final = re.compile(r"[|\s]+|,(?=\s|https?:)")
OPTION: Final = "option:"
ATTRIBUTE: Final = "attribute:"
TEXTS: Final = ("summary", "description", "brand", "category", "tax_class")
FIELDS: Final = (
    *("sku", "product", "title", *TEXTS, "price", "compare_at_price", "currency", "images"),
    *("options", "attributes", "barcode", "weight_g", "weight_kg", "cost"),
)
QUANTITIES: Final = frozenset({"qty", "quantity", "stock", "on_hand", "available"})
_OTHER_NAMES: Final = {
    "sku": ("item", "item_code", "item_number", "article", "article_number", "product_code", "part_number"),
    "product": ("parent", "parent_sku", "handle", "style", "model"),
    "title": ("name", "product_name", "item_name"),
    "summary": ("short_description",),
    "description": ("long_description", "body"),
    "brand": ("vendor", "manufacturer", "make"),
    "category": ("product_category", "type"),
    "price": ("retail_price", "list_price", "rrp"),
    "compare_at_price": ("was_price", "old_price"),
    "images": ("image", "image_url", "image_urls", "picture", "pictures"),
    "barcode": ("gtin", "ean", "upc", "ean13"),
    "cost": ("cost_price", "unit_cost", "purchase_price", "net_price"),
}
_COMMON: Final = {other: name for name, others in _OTHER_NAMES.items() for other in others}


class Plain:
    """Plain tables with our own column names."""

    name = "plain"
    quantities = QUANTITIES

    def read(self, sheet: Sheet, report: ImportReport, how: ReadAs) -> Iterator[Told]:
        """Variants; columns that mean nothing are named in the report."""
        known = {*FIELDS, *QUANTITIES}
        names = columns_of(sheet, ("sku",), _named(sheet.header, how.mapping))
        report.ignored += [
            name for name in names if name and name not in known and not name.startswith((OPTION, ATTRIBUTE))
        ]
        for line, cells in records(sheet, names, report):
            try:
                yield _told(line, cells, report, how)
            except Problem as problem:
                report.refuse(line, problem, cells.get(problem.field or "", ""))

    def header(self, columns: Columns) -> list[str]:
        """Our own names; options and attributes in one column each, as Size: M | Colour: red."""
        return [*(name for name in FIELDS if name != "weight_kg"), *(["qty"] if columns.stock else [])]

    def write(self, page: ProductPage) -> Iterator[Cells]:
        """A row for each variant, with what its product says."""
        for variant in page.variants:
            row = variant.full
            cells = {"sku": variant.sku, "product": row.product or "", "title": row.title or ""}
            cells |= {name: getattr(row, name) or "" for name in (*TEXTS, "currency")}
            cells |= {"price": plain(row.price), "compare_at_price": plain(row.compare_at_price or None)}
            cells["images"] = " | ".join(image.url for image in row.images or ())
            cells["barcode"] = variant.barcodes[0] if variant.barcodes else ""
            cells |= {
                "weight_g": "" if variant.weight_g is None else str(variant.weight_g),
                "cost": plain(variant.cost),
            }
            for name in ("options", "attributes"):
                cells[name] = " | ".join(": ".join(pair) for pair in getattr(row, name) or ())
            if variant.stock is not None:
                cells["qty"] = str(variant.stock)
            yield cells

    def stock_header(self, place: str) -> list[str]:
        """SKU and quantity, with the place if one is named."""
        return ["sku", *(["location"] if place else []), "qty"]

    def stock_row(self, _: ProductPage, variant: Variant, place: str) -> Cells:
        """A variant's stock."""
        return {"sku": variant.sku, "location": place, "qty": str(variant.stock)}


def _named(header: list[str], mapping: Mapping[str, str]) -> list[str]:
    """Our names of the columns: the mapping's first, then our own, then the usual ones. Raises Invalid."""
    for field in mapping:
        if field not in FIELDS and not field.startswith((OPTION, ATTRIBUTE)):
            detail = f"there is no column {field!r}; map one of {', '.join(FIELDS)}, option:NAME or attribute:NAME"
            raise Invalid("mapping", detail)
    meant = {_normal(name): field for field, name in mapping.items()}
    missing = [name for name in mapping.values() if _normal(name) not in map(_normal, header)]
    if missing:
        raise Invalid("mapping", f"the file has no column {', '.join(missing)}; its header or the mapping is another's")
    found = []
    for name in header:
        normal = _normal(name)
        own = normal if normal in FIELDS or normal in QUANTITIES else _COMMON.get(normal, name)
        if name.lower().startswith((OPTION, ATTRIBUTE)):
            kind, _, rest = name.partition(":")
            own = f"{kind.lower()}:{rest.strip()}"
        # A column that happens to have a name that the mapping gives to another is left aside.
        found.append(meant.get(normal, f"{name} (another column is meant)" if own in mapping else own))
    return found


def _normal(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _told(line: int, cells: Cells, report: ImportReport, how: ReadAs) -> Told:
    sku = cells["sku"]
    if not sku and how.make_skus:
        sku = slug(cells.get("title", ""))
    told = Told(line, "variant", checked("sku", sku))
    content: dict[str, Any] = {name: cell for name in TEXTS if (cell := cells.get(name))}
    if title := one_line(cells.get("title", "")):
        content["title"] = told.shown = title
    if product := cells.get("product"):
        content["product"] = checked("product", product)
    for name in ("price", "compare_at_price"):
        if cell := cells.get(name):
            content[name] = money(name, cell)
    if currency := cells.get("currency"):
        content["currency"] = currency.upper()
    if images := cells.get("images"):
        content["images"] = tuple(Image(url) for url in _BETWEEN_IMAGES.split(images) if url)
    for prefix, field in ((OPTION, "options"), (ATTRIBUTE, "attributes")):
        pairs = [(n.removeprefix(prefix), cell) for n, cell in cells.items() if n.startswith(prefix) and cell]
        listed = [part.partition(": ") for part in cells.get(field, "").split(" | ") if part]
        if pairs or listed:
            content[field] = (*((name, value) for name, _, value in listed), *pairs)
    told.content = content
    told.gtin = gtin_of(report, line, "barcode", cells.get("barcode", ""))
    if weight := cells.get("weight_g"):
        told.weight_g = grams("weight_g", weight, "g")
    elif weight := cells.get("weight_kg"):
        told.weight_g = grams("weight_kg", weight, "kg")
    if cost := cells.get("cost"):
        told.cost = money("cost", cost)
    return told
