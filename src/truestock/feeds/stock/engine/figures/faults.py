"""Why rows of a file of figures cannot be taken, and what would mend each."""

from datetime import datetime
from typing import Any, BinaryIO, Final

from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.figures.loading import COLUMNS
from truestock.feeds.stock.engine.refusals import FAULTS_MAX, TooManyFaults
from truestock.feeds.stock.engine.runs import LineFault
from truestock.feeds.stock.engine.settings import FeedSettings
from truestock.feeds.stock.files import as_told
from truestock.store.database import Connection

# So many lines may speak of cells that other lines speak of.
TWICE_MAX: Final = 100_000
REPEATS: Final = "if each is a part, add them up; if not, let repeats of the feed count once. Together they are "
OUT_OF_SCOPE: Final = "is not in the feed's scope"


def faults_of(
    conn: Connection, settings: FeedSettings, source: BinaryIO, now: datetime, *, preview: bool
) -> list[LineFault]:
    """Why rows that were read cannot be taken; in a `preview` lots are new. Raises TooManyFaults."""
    faults, repeats = _twice_told(conn, settings, source, preview=preview)
    twice = {fault.line for fault in faults}
    if twice:
        conn.execute(queries.fault_lines, {"lines": sorted(twice)})
    if repeats:
        conn.execute(queries.repeat_lines, {"lines": sorted(repeats)})
    parameters = {"location": settings.location or None, "after": 0, "limit": FAULTS_MAX + 1}
    rows: list[tuple[Any, ...]] = conn.execute(queries.faults, parameters).fetchall()
    if len(rows) > FAULTS_MAX:
        raise TooManyFaults(f"over {FAULTS_MAX:,} rows cannot be taken; check the feed's mapping", "mapping")
    told = {row[0]: _with_row(_fault(row, settings, now), row) for row in rows if row[0] not in twice}
    by_line = {row[0]: row for row in rows}
    return [*told.values(), *(_with_row(fault, by_line[fault.line]) for fault in faults)]


def _twice_told(
    conn: Connection, settings: FeedSettings, source: BinaryIO, *, preview: bool
) -> tuple[list[LineFault], set[int]]:
    """Lines about one cell that are not one line told twice, and those that only repeat one. Raises TooManyFaults."""
    rows: list[tuple[Any, ...]] = conn.execute(
        queries.twice_told, {"limit": TWICE_MAX + 1, "preview": preview}
    ).fetchall()
    if len(rows) > TWICE_MAX:
        raise TooManyFaults(f"over {TWICE_MAX:,} lines speak of what others speak of; send each cell once", "mapping")
    faults = [
        LineFault(line, "qty", f"{_other(line, first)} says another figure of the same cell", f"add them up: {total}")
        for line, first, total, alike, _ in rows
        if not alike
    ]
    alike = {line: first for line, first, _, alike, of_order in rows if alike and not of_order}
    if alike and not settings.repeats_count_once:
        source.seek(0)
        said = as_told(settings.format, source, alike)
        parts = {first for line, first in alike.items() if said.get(line) != said.get(first, said.get(line))}
        faults += [
            LineFault(
                line,
                "qty",
                f"{_other(line, first)} says the same figure of the same cell, and other things",
                f"{REPEATS}{total}",
            )
            for line, first, total, *_ in rows
            if alike.get(line) in parts
        ]
    wrong = {fault.line for fault in faults}
    return faults, {line for line, first, *_ in rows if line != first and line not in wrong}


def _other(line: int, first: int) -> str:
    """Which line speaks of the same cell too, as the first of them and the others tell it."""
    return f"line {first}" if line != first else "a line further down"


def foreign(fault: LineFault) -> bool:
    """Whether a row that cannot be taken is of nothing that we have in the feed's scope."""
    return fault.field == "sku" or fault.reason.endswith(OUT_OF_SCOPE)


def _with_row(fault: LineFault, row: tuple[Any, ...]) -> LineFault:
    cells = zip(COLUMNS[1:], (*row[1:4], row[13], *row[4:7], *row[14:]), strict=True)
    fields = {name: str(cell) for name, cell in cells if cell is not None}
    return LineFault(fault.line, fault.field, fault.reason, fault.repair, fields, mapped=True)


def _fault(row: tuple[Any, ...], settings: FeedSettings, now: datetime) -> LineFault:
    line, sku, location, lot, status, qty, at, no_item, kit, no_loc, no_lot, no_status, category, *_ = row
    names = "give the source a name for it" if settings.mapping.source else "name the source in the feed's mapping"
    if no_item:
        return LineFault(line, "sku", f"there is no item {sku!r}", f"add the item, or {names}")
    if kit:
        return LineFault(line, "sku", f"{sku} is a kit and has no stock of its own", "tell its components")
    if location is None:
        return LineFault(line, "location", "the row names no location", "name it, or set the feed's location")
    if no_loc:
        detail = f"there is no location {location!r}"
        return LineFault(line, "location", detail, f"add the location, or {names}")
    if qty is None:
        return LineFault(line, "qty", "the quantity is missing", "write how many units there are; 0 for none")
    if qty < 0:
        return LineFault(line, "qty", f"{qty} units cannot lie anywhere", "write 0, or take the row out")
    if no_lot:
        return LineFault(line, "lot", f"{sku} is not lot-tracked, and the row names lot {lot!r}", "leave the lot out")
    if no_status:
        return LineFault(line, "status", f"{status!r} is no status", "write one that is known, as sellable")
    if at is not None and at > now:
        return LineFault(line, "at", f"{at.isoformat()} is in the future", "check the source's clock, or the zone")
    if settings.locations and location not in settings.locations:
        return LineFault(line, "location", f"{location} {OUT_OF_SCOPE}", "add it there, or take the row out")
    return LineFault(line, "sku", f"category {category!r} {OUT_OF_SCOPE}", "add it, or take the row out")
