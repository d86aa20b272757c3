"""Rows to bytes: CSV as the other side wants it, or a workbook. Nothing that is written runs as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from truestock.connectors.files.sheets.reading import inert

Cell = str | int
Delimiter = Literal["comma", "semicolon", "tab", "pipe"]
DELIMITERS: Final[dict[Delimiter, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
WORKBOOK: Final = ".xlsx"
# What a workbook's numbers keep exact.
EXACT_MAX: Final = 2**53
ROWS_MAX: Final = 1_048_576


class Style(NamedTuple):
    """How CSV is written; `guarded`: a text that a spreadsheet would take for a formula gets an apostrophe."""

    delimiter: Delimiter = "comma"
    encoding: str = "utf-8"
    line_end: Literal["crlf", "lf"] = "crlf"
    header: bool = True
    guarded: bool = True


def written(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], style: Style) -> bytes:
    """A file with these rows: a workbook if its name says so. Raises UnicodeEncodeError; see `fits`."""
    if name.lower().endswith(WORKBOOK):
        return _workbook(header, rows, style)
    out = io.StringIO(newline="")
    ends = "\r\n" if style.line_end == "crlf" else "\n"
    writer = csv.writer(out, delimiter=DELIMITERS[style.delimiter], lineterminator=ends)
    safe = inert if style.guarded else str
    if style.header:
        writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue().encode(style.encoding)


def fits(text: str, name: str, style: Style) -> bool:
    """Whether a text can be written into a file of that name."""
    if name.lower().endswith(WORKBOOK):
        return len(text) <= 32_767
    try:
        text.encode(style.encoding)
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _workbook(header: Sequence[str], rows: Iterable[Sequence[Cell]], style: Style) -> bytes:
    """Texts stay texts, whatever they look like: 001234 keeps its zeros, and =1+1 is not worked out."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it comes without types

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet()
        first = [list(header)] if style.header else []
        for number, row in enumerate([*first, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, int) and abs(cell) < EXACT_MAX:
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, str(cell))
    return out.getvalue()
