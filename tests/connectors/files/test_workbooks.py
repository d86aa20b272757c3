"""Workbooks that would spread or unpack to more than a machine has are refused before they do."""

import io
import tracemalloc
import zipfile

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it comes without types

from truestock.connectors.files.sheets.reading import NoSheet, open_sheet
from truestock.connectors.files.sheets.workbook import NoWorkbook, workbook


def made(cells: dict[tuple[int, int], object], sheet: str = "stock") -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for (row, column), value in cells.items():
            page.write(row, column, value)
        book.add_worksheet("second").write(0, 0, "sku")
    return out.getvalue()


def changed(raw: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry))
    return out.getvalue()


def refused(raw: bytes) -> str:
    with pytest.raises(NoWorkbook) as problem:
        list(workbook(raw))
    return str(problem.value)


def test_rows_have_their_numbers_and_a_sheet_is_found_by_its_name() -> None:
    raw = made({(0, 0): "sku", (2, 1): 12, (2, 0): "A"})
    assert list(workbook(raw)) == [(1, ["sku", ""]), (2, ["", ""]), (3, ["A", "12"])]
    assert list(workbook(raw, "second")) == [(1, ["sku"])]


def test_a_sheet_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(NoWorkbook, match="no sheet 'third'; it has stock, second"):
        list(workbook(made({(0, 0): "sku"}), "third"))


@pytest.mark.parametrize("corner", [(1_048_575, 16_383), (400_000, 900), (0, 16_383)])
def test_two_cells_far_apart_are_refused_before_what_is_between_is_laid_out(corner: tuple[int, int]) -> None:
    assert "the sheet" in refused(made({(0, 0): "sku", corner: "x"}))


def test_a_part_that_unpacks_without_end_is_refused_in_little_memory() -> None:
    raw = changed(made({(0, 0): "sku"}), "xl/sharedStrings.xml", b" " * (300 * 2**20))
    assert len(raw) < 2**20
    tracemalloc.start()
    assert "unpacks to over 256 MB" in refused(raw)
    assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    tracemalloc.stop()


def test_what_is_no_workbook_is_refused() -> None:
    raw = made({(0, 0): "sku"})
    assert "no .xlsx" in refused(changed(raw, "xl/workbook.xml", b"").replace(b"xl/workbook.xml", b"xl/workbook.xmm"))
    assert "cannot be read" in refused(b"PK\x03\x04 and nothing else")
    assert "cannot be read" in refused(changed(raw, "xl/workbook.xml", b"<workbook"))
    assert "cannot be read" in refused(raw[: len(raw) // 2])
    with pytest.raises(NoSheet, match="cannot be read"):
        open_sheet(io.BytesIO(b"PK\x03\x04 and nothing else"))
