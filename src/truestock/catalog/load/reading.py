"""Bytes to rows: decodes, finds the delimiter, checks the header; refuses what is no honest CSV file."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import BinaryIO

from truestock.catalog.load.cells import Column
from truestock.core.problems import Invalid

LINE_BYTES_MAX = 1_000_000
CELL_MAX = 10_000
COLUMNS_MAX = 100
DELIMITERS = ",;\t|"


class Unreadable(Exception):
    """The file cannot be read on from this line; `problem` says why."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.problem = Invalid("file", detail)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A data line: its number in the file, counting the header as 1, and its cells by column."""

    line: int
    cells: dict[str, str]
    surplus: int


def rows_of(source: BinaryIO, columns: Sequence[Column], aliases: Mapping[str, str] | None = None) -> Iterator[RawRow]:
    """The data rows of a CSV file; empty cells and empty lines are left out. Raises Unreadable.

    With `aliases` (other names of columns, in small letters) the file is another system's: columns that mean nothing
    here are then no fault, and stand in the rows under their own names."""
    lines = _lines(source)
    first = next(lines, "")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        header = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error:
        raise Unreadable(
            1, "the header goes on behind a line break of the old Mac; save the file as CSV UTF-8"
        ) from None
    names = _checked_header(header, columns, aliases)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 2
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(line, f"from line {line} on: {error}; is a quote left open?") from error
        if any(cells):
            yield _row(line, names, cells)
        line = reader.line_num + 2


def _row(line: int, names: list[str], cells: list[str]) -> RawRow:
    given = {name: value for name, cell in zip(names, cells, strict=False) if (value := cell.strip())}
    if any(len(value) > CELL_MAX for value in given.values()):
        raise Unreadable(line, f"line {line} has a cell of over {CELL_MAX} characters; is a quote left open?")
    return RawRow(line, given, sum(1 for cell in cells[len(names) :] if cell.strip()))


def _lines(source: BinaryIO) -> Iterator[str]:
    number = 0
    while raw := source.readline(LINE_BYTES_MAX + 1):
        number += 1
        if number == 1 and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Unreadable(1, "the file is UTF-16; save it as CSV UTF-8")
        if number == 1 and raw.startswith(b"PK"):
            raise Unreadable(1, "the file is a workbook or an archive; save it as CSV UTF-8")
        if len(raw) > LINE_BYTES_MAX:
            raise Unreadable(number, f"line {number} has over {LINE_BYTES_MAX} bytes; this is no CSV file")
        if b"\0" in raw:
            raise Unreadable(number, f"line {number} has a NUL byte; this is no CSV file in UTF-8")
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(number, f"line {number} is not UTF-8; save the file as CSV UTF-8") from error


def _checked_header(header: list[str], columns: Sequence[Column], aliases: Mapping[str, str] | None) -> list[str]:
    names = [name.strip().lower().replace(" ", "_") for name in header]
    names = [(aliases or {}).get(name, name) for name in names]
    known = [column.name for column in columns]
    if len(names) > COLUMNS_MAX:
        raise Unreadable(1, f"the header has {len(names)} columns; at most {COLUMNS_MAX} are read")
    faults = []
    for name in names:
        if name not in known and aliases is None:
            near = get_close_matches(name[:100], known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the columns are {', '.join(known)}"
            faults.append(f"column {name[:100]!r} is unknown; {hint}")
    faults += [f"column {name!r} stands there twice" for name in known if names.count(name) > 1]
    faults += [f"column {c.name!r} is missing" for c in columns if c.required and c.name not in names]
    if faults:
        raise Unreadable(1, "; ".join(faults))
    return names
