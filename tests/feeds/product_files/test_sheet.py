"""Files into rows: encodings, workbooks, formulas, and what is no table."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.catalog.load.reading import Unreadable
from truestock.connectors.files.sheets import reading
from truestock.feeds.product_files.sheet import FORMULA, Sheet, inert, lively, open_sheet

CELLS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c><c r="B1" t="inlineStr"><is><t>ean</t></is></c></row>'
)


def workbook(rows: str, dimension: str = "") -> bytes:
    """A workbook of one sheet, as a spreadsheet would save it."""
    kind = "http://schemas.openxmlformats.org/"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kind}package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{kind}package/2006/relationships"><Relationship Id="r1" '
        f'Type="{kind}officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{kind}spreadsheetml/2006/main" xmlns:r="{kind}officeDocument/2006/'
        'relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{kind}package/2006/relationships"><Relationship Id="r1" '
        f'Type="{kind}officeDocument/2006/relationships/worksheet" Target="worksheets/s.xml"/></Relationships>',
        "xl/worksheets/s.xml": f'<worksheet xmlns="{kind}spreadsheetml/2006/main">{dimension}<sheetData>{rows}'
        "</sheetData></worksheet>",
    }
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return raw.getvalue()


def opened(raw: bytes, encoding: str | None = None) -> Sheet:
    return open_sheet(io.BytesIO(raw), encoding)


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")]
)
def test_the_usual_encodings_are_read_without_being_named(encoding: str, told: str) -> None:
    text = "sku;title\nA;Müller's Größe - 5 €, déjà vu\n"
    found = opened(text.encode(encoding))
    assert (found.header, found.encoding) == (["sku", "title"], told)
    assert list(found.rows) == [(2, ["A", "Müller's Größe - 5 €, déjà vu"])]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("A;Piñata, crêpe, smørrebrød", "cp1252"),
        ("A;Zażółć gęślą jaźń", "cp1250"),
        ("A;" + "\u043f\u0438\u0441\u044c\u043c\u0435\u043d\u043d\u044b\u0439 " * 3 + "x", "cp1251"),
    ],
)
def test_what_windows_saved_is_read_by_its_letters(text: str, encoding: str) -> None:
    found = opened(f"sku;title\n{text}\n".encode(encoding))
    assert list(found.rows) == [(2, text.split(";"))]


def test_an_encoding_that_is_named_is_taken() -> None:
    assert list(opened("sku\nж\n".encode("cp1251"), "cp1251").rows) == [(2, ["ж"])]
    with pytest.raises(Unreadable, match="no encoding 'klingon'"):
        opened(b"sku\n", "klingon")
    with pytest.raises(Unreadable, match="line 3") as unreadable:
        opened(b"sku\nA\n\xff\n", "utf-8")
    assert unreadable.value.line == 3


def test_a_workbook_gives_its_first_sheet_with_whole_numbers_whole() -> None:
    rows = CELLS + '<row r="3"><c r="A3" t="inlineStr"><is><t>X</t></is></c><c r="B3"><v>4006381333931</v></c></row>'
    found = opened(workbook(rows))
    assert (found.header, found.encoding) == (["sku", "ean"], "workbook")
    assert list(found.rows) == [(3, ["X", "4006381333931"])]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"PK\x03\x04 not a workbook", "cannot be read"),
        (b"\xd0\xcf\x11\xe0old", "old workbook"),
        (b"", "empty"),
        (b"sku\nA\0B\n", "NUL"),
        (b",".join(b"c%d" % n for n in range(1_500)) + b"\n", "1500 columns"),
        (workbook('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "over 1000 columns"),
    ],
)
def test_what_is_no_table_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        list(opened(raw).rows)


def test_bombs_are_refused_at_their_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreadable, match="field larger") as cell:
        list(opened(b"sku\nA\n" + b"x" * 140_000 + b"\n").rows)
    assert cell.value.line == 3
    monkeypatch.setattr(reading, "ROWS_MAX", 2)
    with pytest.raises(Unreadable, match="over 2 rows") as rows:
        list(opened(b"sku\nA\nB\nC\n").rows)
    assert rows.value.line == 4
    monkeypatch.setattr("truestock.connectors.files.sheets.workbook.UNPACKED_MAX", 1_000)
    with pytest.raises(Unreadable, match="unpacks to over"):
        opened(workbook(CELLS))
    monkeypatch.setattr(reading, "FILE_MAX", 10)
    with pytest.raises(Unreadable, match="split it"):
        opened(b"sku\n" + b"A\n" * 10)


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "-X"])
def test_formulas_are_made_inert(cell: str) -> None:
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+49", "-12.50", "a=b", "'quoted'", ""])
def test_numbers_and_texts_stay(cell: str) -> None:
    assert inert(cell) == cell


@given(st.text())
def test_what_was_made_inert_is_read_as_it_was_and_never_runs(text: str) -> None:
    cell = inert(text)
    assert not cell.startswith(FORMULA) or cell == text != ""
    if not text.startswith("'"):
        assert lively(cell) == text
