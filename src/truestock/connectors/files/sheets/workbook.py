"""A workbook's sheet as rows of texts. What would unpack or spread to more than the bounds is refused before any of it
is laid out: two cells far apart are enough to ask for gigabytes."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Final

UNPACKED_MAX: Final = 256 * 2**20
PARTS_MAX: Final = 2_000
COLUMNS_MAX: Final = 1_000
ROWS_MAX: Final = 500_000
CELLS_MAX: Final = 5_000_000
_CHUNK: Final = 2**20
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError)
# The place of a cell or a row, as C5 or 5.
_PLACE: Final = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,20})([0-9]{1,20})\s*["']""")


class NoWorkbook(Exception):
    """The workbook cannot be read; the text says why, and what to do."""


def workbook(raw: bytes, sheet: str = "") -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet, the first if none is named, each with its number. Raises NoWorkbook."""
    from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

    try:
        book = CalamineWorkbook.from_filelike(_checked(raw))
        if sheet and sheet not in book.sheet_names:
            named = ", ".join(book.sheet_names[:20])
            raise NoWorkbook(f"the workbook has no sheet {sheet!r}; it has {named}")
        found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        if found.total_width > COLUMNS_MAX or found.total_height > ROWS_MAX:
            raise NoWorkbook(f"the sheet has over {COLUMNS_MAX} columns or {ROWS_MAX:,} rows; save what is needed")
        rows = found.iter_rows()
    except (*_BROKEN, CalamineError, WorksheetNotFound, IndexError) as error:
        raise NoWorkbook(f"the workbook cannot be read: {str(error)[:200]}; save the sheet as CSV UTF-8") from error
    for line, cells in enumerate(rows, 1):
        yield line, [_cell(cell) for cell in cells]


def _checked(raw: bytes) -> IO[bytes]:
    """The parts that matter, packed anew after each was seen whole: a part's own word on its size is not believed.

    Raises NoWorkbook and what zipfile does."""
    clean = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as packed, zipfile.ZipFile(clean, "w", compresslevel=1) as kept:
        parts = [entry for entry in packed.infolist() if entry.filename.endswith((".xml", ".rels"))]
        names = {entry.filename for entry in parts}
        if "xl/workbook.xml" not in names:
            raise NoWorkbook("this is no .xlsx workbook; save the sheet as .xlsx or as CSV UTF-8")
        if len(parts) > PARTS_MAX or len(names) < len(parts):
            raise NoWorkbook(f"the workbook has over {PARTS_MAX:,} parts, or two of one name; save it anew")
        unpacked = 0
        for entry in parts:
            bounds = _Bounds()
            entry_out = zipfile.ZipInfo(entry.filename)
            entry_out.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(entry) as part, kept.open(entry_out, "w") as copy:
                while chunk := part.read(_CHUNK):
                    unpacked += len(chunk)
                    if unpacked > UNPACKED_MAX:
                        size = UNPACKED_MAX // 2**20
                        raise NoWorkbook(f"the workbook unpacks to over {size} MB; save the sheet as CSV UTF-8")
                    bounds.see(chunk)
                    copy.write(chunk)
    clean.seek(0)
    return clean


class _Bounds:
    """How far the cells of one part reach."""

    def __init__(self) -> None:
        self._rows = self._columns = 1
        self._rest = b""
        self._cells = 0

    def see(self, chunk: bytes) -> None:
        """Look at the next piece of the part. Raises NoWorkbook."""
        text = self._rest + chunk
        for column, row in set(_PLACE.findall(text)):
            self._rows = max(self._rows, int(row))
            self._columns = max(self._columns, _number(column))
        self._rest = text[-100:]
        self._cells += chunk.count(b"<c")
        if self._columns > COLUMNS_MAX or self._rows > ROWS_MAX:
            raise NoWorkbook(f"the sheet has over {COLUMNS_MAX} columns or {ROWS_MAX:,} rows; save what is needed")
        if max(self._rows * self._columns, self._cells) > CELLS_MAX:
            raise NoWorkbook(f"the sheet spreads over more than {CELLS_MAX:,} cells; save it as CSV UTF-8")


def _number(column: bytes) -> int:
    """The number of a column by its letters: 1 for A or none, 27 for AA."""
    number = 0
    for letter in column.upper()[:8]:
        number = number * 26 + letter - 64
    return max(1, number)


def _cell(value: object) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)
