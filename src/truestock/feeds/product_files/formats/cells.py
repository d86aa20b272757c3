"""Cells of product files to values and back, as all formats have them."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from truestock.catalog.listings.content import PRICE_MAX, StoredContent
from truestock.catalog.load.cells import decimal
from truestock.catalog.load.reading import Unreadable
from truestock.core.checks import check_text
from truestock.core.gtin import gtin14
from truestock.core.problems import Invalid, Problem
from truestock.feeds.product_files.report import ImportReport
from truestock.feeds.product_files.shapes import Variant
from truestock.feeds.product_files.sheet import Sheet

GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "lbs": Decimal("453.59237"), "oz": Decimal("28.349523125")}
GRAMS_MAX = 2**31 - 1
Cells = dict[str, str]


def records(sheet: Sheet, names: list[str], report: ImportReport) -> Iterator[tuple[int, Cells]]:
    """The rows by column, each with its line; a row that does not fit, or the end of what can be read, is reported."""
    try:
        for line, cells in sheet.rows:
            report.lines += 1
            if any(cells[len(names) :]):
                detail = "the line has more cells than the header; quote cells that hold the delimiter"
                report.refuse(line, Invalid("line", detail))
                continue
            yield line, dict(zip(names, cells, strict=False))
    except Unreadable as end:
        report.stopped = end.line
        report.refuse(end.line, end.problem)


def columns_of(sheet: Sheet, needed: tuple[str, ...], names: list[str]) -> list[str]:
    """The header's names, none of the needed ones missing or twice. Raises Unreadable."""
    faults = [f"column {name!r} is missing" for name in needed if name not in names]
    faults += [f"column {name!r} stands there twice" for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if faults:
        raise Unreadable(1, f"{'; '.join(faults)}; the header has {', '.join(sheet.header[:20])}")
    return names


def kept_of(cells: Mapping[str, str], known: frozenset[str]) -> Cells:
    """What a row says in columns that mean nothing here."""
    return {name: cell for name, cell in cells.items() if cell and name and name not in known}


def kept_in(row: StoredContent, form: str) -> Cells:
    """What a format keeps of a row."""
    return (row.cells or {}).get(form, {})


def one_line(text: str) -> str:
    """A title as one line without characters that nobody sees."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def slug(text: str) -> str:
    """A text as shops put it into addresses."""
    return re.sub(r"[^\w]+", "-", text.casefold()).strip("-")


def money(name: str, cell: str) -> Decimal:
    """A price: digits with a point, or with a comma before the last one or two."""
    whole, comma, cents = cell.rpartition(",")
    value = decimal(name, f"{whole}.{cents}" if comma and len(cents) < 3 and whole.isdigit() else cell)
    if not 0 <= value <= PRICE_MAX or value != round(value, 6):
        raise Invalid(name, f"{cell[:40]!r} is no price; write it like 12.50")
    return value


def grams(name: str, cell: str, unit: str) -> int:
    """A weight in whole grams, rounded half up."""
    found = int(decimal(name, cell) * GRAMS[unit] + Decimal("0.5"))
    if not 0 <= found <= GRAMS_MAX:
        raise Invalid(name, f"{cell[:40]!r} is no weight; write it like 0.25")
    return found


def weight_cell(variant: Variant, raw: str, unit: str) -> str:
    """The weight as the file had it while it still holds, else the item's."""
    if variant.weight_g is None:
        return raw
    if raw and grams("weight", raw, unit) == variant.weight_g:
        return raw
    return plain(round(variant.weight_g / GRAMS[unit], 4))


def barcode_cell(variant: Variant, raw: str) -> str:
    """The barcode as the file had it while it still is the item's, or was none; else the item's first."""
    try:
        same = bool(raw) and gtin14(raw) in variant.barcodes
    except Problem:
        same = not variant.barcodes
    return raw if same else variant.barcodes[0].removeprefix("0") if variant.barcodes else ""


def plain(value: Decimal | None) -> str:
    """A number without an exponent or zeros at its end."""
    return "" if value is None else f"{value.normalize():f}"


def checked(name: str, text: str) -> str:
    """A SKU or code that can be one. Raises Invalid."""
    if not text:
        detail = f"the row has no {name}; give it one in the shop, or let SKUs be made (make_skus)"
        raise Invalid(name, detail)
    check_text(name, text)
    return text


def gtin_of(report: ImportReport, line: int, name: str, cell: str) -> str | None:
    """A barcode in 14 digits; a wrong one is noted, and the row goes in without."""
    try:
        return gtin14(cell, name) if cell else None
    except Problem as problem:
        report.note(line, problem, cell)
        return None
