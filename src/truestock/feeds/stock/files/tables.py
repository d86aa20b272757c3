"""Files with a header as rows of cells: CSV a piece at a time, and a workbook's sheet."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from truestock.connectors.files.sheets.reading import DELIMITERS, FILE_MAX, lively
from truestock.connectors.files.sheets.workbook import COLUMNS_MAX, NoWorkbook, workbook
from truestock.feeds.stock.files.text import NoText, check_size, text_of
from truestock.feeds.stock.files.values import Format

if TYPE_CHECKING:
    import _csv

AT_ONCE: Final = 5_000
ROWS_MAX: Final = 10_000_000
# As spreadsheets write it for one another.
_SEPARATOR: Final = re.compile(r'"?sep=.?"?[\s,;]*', re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
Rows = tuple[list[int], list[list[str]]]


class Table(NamedTuple):
    """A header and what is below it, by blocks of lines and rows; blank rows are left out. Blocks may raise NoText."""

    header: list[str]
    blocks: Iterator[Rows]
    delimiter: str = ""
    encoding: str = ""


def table_of(form: Format, source: BinaryIO) -> Table:
    """The table in a CSV file or workbook, to be read once. Raises NoText."""
    if form.name == "xlsx":
        return _sheet(form, source)
    text = text_of(source, form.encoding, "CSV file")
    first = text.open().readline()
    if _SEPARATOR.fullmatch(first):
        told = "the first line says what stands between cells, and not how the columns are called"
        raise NoText(1, told, "take it out; what stands between cells is found out")
    delimiter = delimiter_of(form, first)
    try:
        reader = csv.reader(text.open(), delimiter=delimiter, strict=True)
    except (TypeError, ValueError):
        raise NoText(1, f"{delimiter!r} cannot stand between cells", "name a delimiter such as , or ;") from None
    return _with_header(form, _blocks(reader))._replace(
        delimiter=delimiter, encoding=text.encoding.removesuffix("-sig")
    )


def delimiter_of(form: Format, first: str) -> str:
    """What stands between the cells of a CSV file, by its first line unless its form says it."""
    return form.delimiter or max(DELIMITERS, key=first.count)


def _blocks(reader: "_csv.Reader") -> Iterator[Rows]:
    done = 0
    total = 0
    while True:
        rows: list[list[str]] = []
        fault: NoText | None = None
        try:
            # What was read before an error stays in the list.
            rows.extend(islice(reader, AT_ONCE if total else 1))
        except csv.Error as error:
            line = reader.line_num if "limit" in str(error) else done + 1
            fault = NoText(line, f"the file cannot be read on: {error}", "is a quote left open, or not doubled?")
        lines = list(range(done + 1, done + len(rows) + 1))
        if reader.line_num != done + len(rows):
            lines = _lines(done + 1, rows)
            if fault is not None:
                fault.line = lines[-1] + 1 + _breaks(rows[-1]) if rows else done + 1
        done = reader.line_num
        total += len(rows)
        if total > ROWS_MAX:
            fault = NoText(lines[0], f"the file has over {ROWS_MAX:,} rows", "split it")
            rows = []
        if rows:
            yield lines[: len(rows)], rows
        if fault is not None:
            raise fault
        if not rows:
            return


def _lines(line: int, rows: Sequence[Sequence[str]]) -> list[int]:
    """Where rows start, of which some go over several lines."""
    lines = []
    for row in rows:
        lines.append(line)
        line += 1 + _breaks(row)
    return lines


def _breaks(row: Sequence[str]) -> int:
    return sum(len(_LINE_END.findall(cell)) for cell in row if "\n" in cell or "\r" in cell)


def _sheet(form: Format, source: BinaryIO) -> Table:
    check_size(source, FILE_MAX, "save the sheet as CSV UTF-8")
    return _with_header(form, _sheet_blocks(source.read(), form.sheet))


def _sheet_blocks(raw: bytes, sheet: str) -> Iterator[Rows]:
    try:
        rows = workbook(raw, sheet)
        size = 1
        while block := list(islice(rows, size)):
            yield [line for line, _ in block], [cells for _, cells in block]
            size = AT_ONCE
    except NoWorkbook as error:
        raise NoText(1, str(error), "save the sheet as CSV UTF-8") from error


def _with_header(form: Format, blocks: Iterator[Rows]) -> Table:
    """Raises NoText."""
    nothing: Rows = ([1], [[]])
    lines, rows = next(blocks, nothing)
    header = [lively(name.strip()) for name in form.columns or rows[0]]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise NoText(lines[0], "the file is empty, or its first line is", "its first line names the columns")
    if len(header) > COLUMNS_MAX:
        reason = f"the header has {len(header):,} columns; at most {COLUMNS_MAX:,} are read"
        raise NoText(lines[0], reason, "leave out what is not needed")
    if form.columns:
        blocks = chain([(lines, rows)], blocks)
    return Table(header, _filled(blocks, len(header)))


def _filled(blocks: Iterator[Rows], width: int) -> Iterator[Rows]:
    """Blocks without blank rows, and rows not shorter than the header."""
    for lines, rows in blocks:
        if set(map(len, rows)) == {width} and all(map(any, rows)):
            yield lines, rows
            continue
        kept = [n for n, row in enumerate(rows) if any(row)]
        told = [rows[n] + [""] * (width - len(rows[n])) for n in kept]
        if told:
            yield [lines[n] for n in kept], [row if any(row[width:]) else row[:width] for row in told]
