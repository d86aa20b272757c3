"""Bytes to a header and numbered rows: CSV in any usual encoding, or a workbook's first sheet; bombs are refused."""

from collections.abc import Iterator
from typing import BinaryIO

from truestock.catalog.load.reading import Unreadable
from truestock.connectors.files.sheets import reading
from truestock.connectors.files.sheets.reading import FORMULA, NoSheet, Sheet, inert, lively

__all__ = ["FORMULA", "Sheet", "inert", "lively", "open_sheet"]


def open_sheet(source: BinaryIO, encoding: str | None = None) -> Sheet:
    """The sheet in a file, to be read once; its rows may raise Unreadable too. Raises Unreadable."""
    try:
        found = reading.open_sheet(source, encoding)
    except NoSheet as end:
        raise Unreadable(end.line, str(end)) from end
    return Sheet(found.header, _rows(found), found.encoding)


def _rows(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from sheet.rows
    except NoSheet as end:
        raise Unreadable(end.line, str(end)) from end
