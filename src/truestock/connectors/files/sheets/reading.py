"""Bytes to a header and numbered rows: CSV in any usual encoding, or a workbook's first sheet; bombs are refused."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from truestock.connectors.files.sheets.workbook import COLUMNS_MAX, ROWS_MAX, NoWorkbook, workbook

# One of these stands between the cells.
DELIMITERS: Final = ",;\t|"
FILE_MAX: Final = 64 * 2**20
CELL_MAX: Final = 131_072
# What a spreadsheet takes for a formula; an export puts an apostrophe before it, and reading takes that off again.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
ENCODINGS: Final = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?")


class NoSheet(Exception):
    """The file cannot be read on from this line; the text says why, and what to do."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and the rows under it, each with its line in the file; `encoding` is how the text was read."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    encoding: str


def open_sheet(source: BinaryIO, encoding: str | None = None) -> Sheet:
    """The sheet in a file, to be read once; its rows may raise NoSheet too. Raises NoSheet."""
    raw = source.read(FILE_MAX + 1)
    if len(raw) > FILE_MAX:
        raise NoSheet(1, f"the file has over {FILE_MAX // 2**20} MB; split it")
    if raw.startswith(b"PK"):
        rows, told = _in_workbook(raw), "workbook"
    elif raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise NoSheet(1, "the file is an old workbook (.xls); save it as .xlsx or as CSV UTF-8")
    else:
        text, told = _decoded(raw, encoding)
        rows = _csv(text)
    line, header = next(rows, (1, []))
    header = [lively(cell.strip()) for cell in header]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise NoSheet(line, "the file is empty; its first line names the columns")
    if len(header) > COLUMNS_MAX:
        raise NoSheet(line, f"the header has {len(header)} columns; at most {COLUMNS_MAX} are read")
    return Sheet(header, _bounded(rows, len(header)), told)


def inert(text: str) -> str:
    """A text as a spreadsheet may open it: what it would take for a formula gets an apostrophe; numbers stay."""
    return f"'{text}" if text.startswith(FORMULA) and not _NUMBER.fullmatch(text) else text


def lively(cell: str) -> str:
    """A cell as it was before `inert`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _bounded(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    for count, (line, cells) in enumerate(rows, 1):
        if count > ROWS_MAX:
            raise NoSheet(line, f"the file has over {ROWS_MAX} rows; split it")
        if any(len(cell) > CELL_MAX for cell in cells):
            raise NoSheet(line, f"line {line} has a cell of over {CELL_MAX} characters; is a quote left open?")
        if any(cells):
            yield line, [lively(cell.strip()) for cell in cells] + [""] * (width - len(cells))


def _csv(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=first.count), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NoSheet(line, f"from line {line} on: {error}; is a quote left open?") from error


def _decoded(raw: bytes, encoding: str | None) -> tuple[str, str]:
    """The text, and the encoding it was read in: the one named, UTF-8, UTF-16 with its mark, or the likeliest."""
    name = encoding or ("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    try:
        text = raw.decode(name)
    except LookupError:
        raise NoSheet(1, f"there is no encoding {name!r}; name one as utf-8 or cp1252") from None
    except UnicodeDecodeError as error:
        if name == "utf-8-sig":
            return _decoded(raw, likeliest(raw))
        line = raw.count(b"\n", 0, error.start) + 1
        raise NoSheet(line, f"line {line} is not in {name}; save the file as CSV UTF-8, or name another") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise NoSheet(line, f"line {line} has a NUL character; this is no CSV file")
    return text, name.removesuffix("-sig")


def likeliest(raw: bytes) -> str:
    """The encoding of a text that is not UTF-8: of those that fit it equally well the most usual one."""
    from charset_normalizer import from_bytes

    found = from_bytes(raw[: 2**20], cp_isolation=list(ENCODINGS))
    fit = {match.encoding: (match.chaos, -match.coherence) for match in found}
    return min((name for name in ENCODINGS if name in fit), key=lambda name: fit[name], default=ENCODINGS[0])


def _in_workbook(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from workbook(raw)
    except NoWorkbook as error:
        raise NoSheet(1, str(error)) from error
