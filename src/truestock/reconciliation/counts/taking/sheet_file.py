"""A counted sheet as a CSV file: what its rows say of an item is the count of it."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

import msgspec

from truestock.catalog.load.cells import instant, whole
from truestock.core.identity import content_digest
from truestock.core.problems import Invalid, Problem
from truestock.reconciliation.counts.taking.scans import take_scans
from truestock.reconciliation.counts.tasks import clock, read_task
from truestock.reconciliation.counts.values import SCANS_MAX, Book, Scan, ScanAnswer, Sheet, Upload
from truestock.reconciliation.scanning.find import find_all
from truestock.store.database import Database

T = TypeVar("T")
COLUMNS: Final = ("sku", "code", "lot", "bin", "qty", "counted_at")
ROWS_MAX: Final = 20_000
QTY_MAX: Final = 1_000_000


class RowAnswer(msgspec.Struct, frozen=True):
    """What became of a row; line 1 is the header."""

    line: int
    answer: ScanAnswer


class _Row(NamedTuple):
    """A row that says how many base units."""

    line: int
    sku: str
    lot: str | None
    bin: str | None
    qty: int
    counted_at: datetime | None


def write_sheet(sheet: Sheet) -> str:
    """A sheet to be filled in: one row an item and bin, without a quantity."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for line in sheet.lines:
        if line.state in ("open", "recount"):
            rows.writerows([line.sku, "", "", held, "", ""] for held in line.bins or [""])
    return out.getvalue()


def take_sheet(db: Database, book: Book, task: int, data: bytes, who: str) -> list[RowAnswer]:
    """Count a task by a file; the same file again changes nothing. Raises NotFound, and Invalid naming the line before
    anything is taken.

    Rows without a quantity are passed over. Every item that has others is counted whole by them: 0 says that there is
    none. An item of which a row is refused stays open."""
    rows = _rows(db, task, data)
    # The same figures may come from two who counted.
    digest = content_digest(who.encode() + b"\0" + data).hex()
    # What an earlier file, or the page, has said of these items is said anew.
    first = {row.sku: row.line for row in reversed(rows)}
    anew = [Scan(f"{digest}-{line}-again", task, "again", sku=sku) for sku, line in first.items()]
    scans = [
        Scan(f"{digest}-{row.line}", task, "units", "", row.sku, row.lot, row.bin, row.qty, row.counted_at)
        for row in rows
        if row.qty
    ]
    lines = [row.line for row in rows if row.qty]
    answers = _send(db, book, [*anew, *scans], who)[len(anew) :]
    found = [RowAnswer(line, answer) for line, answer in zip(lines, answers, strict=True)]
    refused = {scan.sku for scan, answer in zip(scans, answers, strict=True) if answer.outcome == "refused"}
    there = {row.sku for row in rows if row.qty}
    last = {row.sku: row for row in rows if row.sku not in refused}
    ends = [_end(f"{digest}-{row.line}-end", task, row, counted=sku in there) for sku, row in last.items()]
    for row, answer in zip(last.values(), _send(db, book, ends, who), strict=True):
        if row.sku not in there or answer.outcome == "refused":
            found.append(RowAnswer(row.line, answer))
    return sorted(found, key=lambda row: row.line)


def _end(key: str, task: int, row: _Row, *, counted: bool) -> Scan:
    """That an item is done, or that there is none of it."""
    return Scan(key, task, "done" if counted else "nothing", sku=row.sku, scanned_at=row.counted_at)


def _send(db: Database, book: Book, scans: Sequence[Scan], who: str) -> list[ScanAnswer]:
    answers: list[ScanAnswer] = []
    for start in range(0, len(scans), SCANS_MAX):
        answers += take_scans(db, book, Upload(list(scans[start : start + SCANS_MAX])), who)
    return answers


def _rows(db: Database, task: int, data: bytes) -> list[_Row]:
    """The rows that say how many, their codes looked up. Raises Invalid."""
    location = read_task(db, task).location
    cells = list(_cells(data))
    with db.transaction() as conn:
        now = clock(conn)
        coded = [(line, row["code"]) for line, row in cells if row["code"]]
        means = dict(zip((line for line, _ in coded), find_all(conn, [c for _, c in coded], location), strict=True))
    rows = []
    for line, row in cells:
        found = means.get(line)
        if isinstance(found, Problem):
            raise Invalid(f"line {line}, code", found.detail)
        sku = row["sku"] or (found.sku if found is not None else None)
        if sku is None or (found is not None and found.sku != sku):
            raise Invalid(f"line {line}, sku", "name the item by its SKU, or by a code of it; here they do not agree")
        qty = _at(line, "qty", row["qty"], whole) * (found.units or 1 if found is not None else 1)
        if not 0 <= qty <= QTY_MAX:
            raise Invalid(f"line {line}, qty", f"{row['qty']} is no count; write a number from 0 to {QTY_MAX}")
        lot = row["lot"] or (found.says.lot if found is not None else None)
        counted_at = _at(line, "counted_at", row["counted_at"], instant) if row["counted_at"] else None
        if counted_at is not None and counted_at > now:
            raise Invalid(f"line {line}, counted_at", f"{row['counted_at']} is to come; write when it was counted")
        rows.append(_Row(line, sku, lot, row["bin"] or None, qty, counted_at))
    return rows


def _cells(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with a quantity, by column, with their line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("file", "it is not in UTF-8; save it as CSV UTF-8") from None
    if "\0" in text:
        raise Invalid("file", "it has NUL characters; it is no CSV file")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise Invalid("file", f"it is no CSV file: {fault}") from None
    names = [name.strip().lower() for name in rows[0]] if rows else []
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or len(set(names)) < len(names) or "qty" not in names:
        raise Invalid("line 1", f"the columns are {', '.join(COLUMNS)}, each once, and qty has to be there")
    if len(rows) > ROWS_MAX:
        raise Invalid("file", f"it has {len(rows)} rows; at most {ROWS_MAX} are taken")
    for line, row in enumerate(rows[1:], 2):
        if len(row) > len(names):
            raise Invalid(f"line {line}", f"it has {len(row)} cells under {len(names)} columns")
        cells = dict.fromkeys(COLUMNS, "") | dict(zip(names, (cell.strip() for cell in row), strict=False))
        if cells["qty"]:
            yield line, cells


def _at(line: int, name: str, cell: str, parse: Callable[[str, str], T]) -> T:
    """A cell's value. Raises Invalid, naming the line."""
    try:
        return parse(name, cell)
    except Invalid as fault:
        raise Invalid(f"line {line}, {name}", fault.detail) from None
