"""Barcodes: which item a GTIN means, and how many base units its package holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from truestock.catalog import queries
from truestock.catalog.changes import PUT, How, Lines, Result, Written, changing, columns, sort_lines
from truestock.catalog.items import stored_items
from truestock.core.checks import check_number, check_text
from truestock.core.gtin import gtin14
from truestock.core.problems import Conflict, NotFound, Problem
from truestock.store.database import Connection, Database

_gtin = attrgetter("gtin")


@dataclass(frozen=True, slots=True)
class BarcodeDraft:
    """A GTIN of 8, 12, 13 or 14 digits for an item; `units` are base units per package (1 by default)."""

    gtin: str
    item: str
    units: int | None = None


@dataclass(frozen=True, slots=True)
class StoredBarcode:
    """A barcode as it is, in 14 digits, with the item's SKU; its id is the item's."""

    id: int
    gtin: str
    item: str
    units: int = 1


def put_barcodes(db: Database, drafts: Sequence[BarcodeDraft], how: How = PUT) -> list[Result]:
    """Give items barcodes, one result per line; a GTIN that another item has is a Conflict."""
    lines = Lines([_normal(draft) for draft in drafts], _gtin, _check)
    with changing(db, how, lines) as work:
        items = stored_items(work.conn, {draft.item for _, draft in lines.open()})
        lines.require("item", "item", items, attrgetter("item"))
        stored = read_barcodes(work.conn, [draft.gtin for _, draft in lines.open()])
        for n, draft in lines.open():
            if (row := stored.get(draft.gtin)) and row.item != draft.item:
                lines.settle(n, Conflict(f"GTIN {draft.gtin} belongs to {row.item!r}; remove it there first", "gtin"))
        found = sort_lines(
            lines, how, "barcode", _gtin, stored, lambda d: StoredBarcode(0, d.gtin, d.item, d.units or 1)
        )
        new = [(n, replace(row, id=items[row.item].id)) for n, row in found.new]
        if new:
            work.conn.execute(queries.insert_barcodes, columns([row for _, row in new]))
        if found.changed:
            work.conn.execute(queries.update_barcodes, columns([row for _, row in found.changed]))
        lines.written(new, found.changed)
    return lines.answers(how)


def remove_barcodes(db: Database, gtins: Sequence[str], how: How = PUT) -> list[Result]:
    """Take barcodes away, one result per line."""
    lines = Lines([_normal(BarcodeDraft(gtin, "any")) for gtin in gtins], _gtin, _check)
    with changing(db, how, lines) as work:
        rows = work.conn.execute(queries.delete_barcodes, {"gtins": [draft.gtin for _, draft in lines.open()]})
        gone = dict[str, int](rows.fetchall())
        for n, draft in lines.open():
            found = draft.gtin in gone
            lines.settle(n, Written(gone[draft.gtin], "ended") if found else NotFound("barcode", draft.gtin))
    return lines.answers(how)


def find_barcodes(db: Database, gtins: Iterable[str]) -> dict[str, StoredBarcode]:
    """What these barcodes mean, by GTIN in 14 digits; unknown ones are left out. Raises Invalid."""
    with db.transaction() as conn:
        return read_barcodes(conn, [gtin14(gtin) for gtin in gtins])


def read_barcodes(conn: Connection, gtins: Iterable[str]) -> dict[str, StoredBarcode]:
    """What these barcodes mean, by GTIN in 14 digits, which is how they are to be given; unknown ones are left out."""
    return {row[1]: StoredBarcode(*row) for row in conn.execute(queries.barcodes, {"gtins": list(gtins)})}


def _normal(draft: BarcodeDraft) -> BarcodeDraft:
    """The draft in 14 digits, so that two spellings of one barcode meet; a wrong one is refused by the check."""
    try:
        return replace(draft, gtin=gtin14(draft.gtin))
    except Problem:
        return draft


def _check(draft: BarcodeDraft) -> None:
    gtin14(draft.gtin)
    check_text("item", draft.item, required=True)
    check_number("units", draft.units, low=1)
