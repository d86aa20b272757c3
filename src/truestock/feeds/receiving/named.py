"""Finds the item that a line names, by SKU or by a barcode, whose package may hold several units."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from truestock.catalog.barcodes import StoredBarcode, read_barcodes
from truestock.core.gtin import gtin14
from truestock.core.problems import Invalid
from truestock.ledger.values import NotBooked
from truestock.store.database import Connection


class Names(Protocol):
    """A line that names an item."""

    @property
    def sku(self) -> str | None: ...
    @property
    def barcode(self) -> str | None: ...


class Named(NamedTuple):
    """The item's SKU, and the base units of one that was told."""

    sku: str
    units: int


Barcodes = Mapping[str, StoredBarcode]


def read_named(conn: Connection, lines: Iterable[Names]) -> Barcodes:
    """What the barcodes of these lines mean, by GTIN in 14 digits."""
    gtins = {gtin for line in lines if line.barcode is not None and (gtin := _gtin(line.barcode))}
    return read_barcodes(conn, sorted(gtins)) if gtins else {}


def named(line: Names, barcodes: Barcodes) -> Named | NotBooked:
    """What a line names, or why it names nothing."""
    if (line.sku is None) == (line.barcode is None):
        return NotBooked("invalid", "sku", "name the item by its sku or by a barcode, and by one of them only")
    if line.barcode is None:
        return Named(line.sku or "", 1)
    try:
        gtin = gtin14(line.barcode, "barcode")
    except Invalid as problem:
        return NotBooked("invalid", "barcode", problem.detail)
    found = barcodes.get(gtin)
    if found is None:
        return NotBooked("not-found", "barcode", f"no item has the barcode {line.barcode}; give it to one first")
    return Named(found.item, found.units)


def _gtin(text: str) -> str:
    try:
        return gtin14(text)
    except Invalid:
        return ""
