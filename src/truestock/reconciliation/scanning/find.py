"""Finds what codes mean here: a GTIN an item and its units, a label an item, a bin or a location."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from truestock.core.problems import Invalid, Problem
from truestock.reconciliation.scanning.parse import Parsed, parse
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries = load(__package__)


class Known(NamedTuple):
    """An item that a code means: `units` base units in each package that has the code."""

    part: int
    item: int
    sku: str
    name: str
    lot_tracked: bool
    units: int


class Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a code means. `units` base units of an item lie in what was scanned: those of the package, times the
    quantity that the code states itself. Of a bin `location` and `bin` are given, of a location the first."""

    says: Parsed
    what: Literal["item", "bin", "location"]
    sku: str | None = None
    name: str | None = None
    lot_tracked: bool | None = None
    units: int | None = None
    location: str | None = None
    bin: str | None = None


def find(db: Database, code: str, location: str | None = None) -> Found:
    """What one code means; bins of `location` alone where it is given. Raises Invalid, naming what was read."""
    with db.transaction() as conn:
        (found,) = find_all(conn, [code], location)
    if isinstance(found, Problem):
        raise found
    return found


def find_all(conn: Connection, codes: Sequence[str], location: str | None = None) -> list[Found | Problem]:
    """One answer a code, in their order. A SKU means its item, whatever it looks like, unless it is a barcode."""
    said = [_read(code) for code in codes]
    gtins = [one.gtin for one in said if isinstance(one, Parsed) and one.gtin]
    items = known_items(conn, [code.strip() for code in codes if "\0" not in code], gtins)
    labels = sorted({one.code for one in said if isinstance(one, Parsed) and one.form == "label"} - items.keys())
    rows = conn.execute(queries.places_by_label, {"labels": labels, "location": location}) if labels else ()
    places = {label: (place, held) for label, place, held in rows}
    return [_found(code.strip(), one, items, places) for code, one in zip(codes, said, strict=True)]


def known_items(conn: Connection, skus: Iterable[str], gtins: Iterable[str]) -> dict[str, Known]:
    """Items by SKU and by GTIN; kits, which have no stock of their own, are left out."""
    wanted = sorted(set(skus))
    found: dict[str, Known] = {}
    if wanted:
        found |= {key: Known(*row) for key, *row in conn.execute(queries.items_by_sku, {"skus": wanted})}
    if codes := sorted(set(gtins)):
        found |= {key: Known(*row) for key, *row in conn.execute(queries.items_by_gtin, {"gtins": codes})}
    return found


def _read(code: str) -> Parsed | Problem:
    try:
        return parse(code)
    except Problem as problem:
        return problem


def _found(
    code: str, said: Parsed | Problem, items: dict[str, Known], places: dict[str, tuple[str, str | None]]
) -> Found | Problem:
    known = items.get(said.gtin) if isinstance(said, Parsed) and said.gtin else None
    if known is None and code in items:
        known, said = items[code], Parsed(code, "label")
    if isinstance(said, Problem):
        return said
    if known is not None:
        units = known.units * (said.quantity or 1)
        return Found(said, "item", known.sku, known.name, known.lot_tracked, units)
    if said.gtin is not None:
        return Invalid("code", f"{said.code!r} was read, and no item has the barcode {said.gtin}; add it to its item")
    if said.code in places:
        location, held = places[said.code]
        return Found(said, "location" if held is None else "bin", location=location, bin=held)
    return Invalid("code", f"{said.code!r} was read, and is no SKU, bin or location here; scan again, or type the SKU")
