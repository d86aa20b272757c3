"""Files that are meant to break what reads them, or broke on their way: refused or told by line, in little memory."""

import gzip
import io
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.connectors.files.test_workbooks import changed, made
from tests.feeds.stock.files.reads import fault_of, fields_of, rows_of
from truestock.feeds.stock.files import FeedFault, FeedRow, Format, Mapping, blocks, read
from truestock.feeds.stock.files.text import FILE_MAX

MB = 2**20
JSON = Format("json_lines")
X12 = Format("x12")


@contextmanager
def within(megabytes: int, seconds: float = 20.0) -> Iterator[None]:
    """At most so much memory is taken, and so long of the processor."""
    began = time.thread_time()
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MB
    finally:
        tracemalloc.stop()
    assert time.thread_time() - began < seconds


class Endless(io.RawIOBase):
    """A file of one pattern over and over, of any size, that takes no memory itself."""

    def __init__(self, pattern: bytes, size: int, head: bytes = b"") -> None:
        self._pattern, self._size, self._head, self._at = pattern, size, head, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + {0: 0, 1: self._at, 2: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        count = max(0, min(self._size - self._at, self._size if size < 0 else size))
        begin = self._at
        self._at += count
        times = count // len(self._pattern) + 2
        skip = begin % len(self._pattern)
        body = (self._pattern * times)[skip : skip + count]
        return self._head[begin : begin + count] + body[len(self._head[begin : begin + count]) :]


def last_of(source: io.RawIOBase, form: Format) -> FeedFault:
    *_, fault = read(form, source, Mapping())  # type: ignore[arg-type]  # it is read, sought and told, no more
    assert isinstance(fault, FeedFault)
    return fault


@pytest.mark.parametrize("form", [Format(), JSON], ids=["csv", "json_lines"])
def test_one_line_of_a_gigabyte_is_refused_after_its_first_megabytes(form: Format) -> None:
    with within(16):
        fault = last_of(Endless(b"a", 2**30 - 1), form)
    assert (fault.line, fault.ends) == (1, True)
    assert "over 1,048,576 bytes" in fault.reason


def test_a_file_that_is_too_large_is_refused_with_the_bound() -> None:
    with within(16, 5):
        assert "over 1,024 MB" in last_of(Endless(b"sku,qty\n" * 1_000, FILE_MAX + 8), Format()).reason
        assert "over 64 MB" in last_of(Endless(b"ISA", 65 * MB), X12).reason
        assert "over 16 MB" in last_of(Endless(b"UNB", 17 * MB), Format("edifact")).reason
        assert "over 64 MB" in last_of(Endless(b"PK", 65 * MB), Format("xlsx")).reason


def test_ten_million_columns_are_refused_in_the_header_and_told_in_a_row() -> None:
    with within(64):
        assert "over 1,048,576 bytes" in fault_of("sku" + "," * 10_000_000).reason
        assert "at most 1,000" in fault_of("sku," * 200_000).reason
        fault = fault_of("sku,qty\nA" + ",1" * 500_000)
    assert (fault.line, fault.field) == (2, "line")
    assert "500001 cells" in fault.reason
    assert len(fault.raw) <= 2


def test_a_quote_that_is_never_closed_ends_the_file_in_little_memory() -> None:
    raw = b'sku,qty\nA,1\n"' + b"x,1\n" * 2_000_000
    with within(24):
        *rows, fault = read(Format(), io.BytesIO(raw), Mapping())
    assert rows == [FeedRow(2, {"sku": "A", "qty": "1"})]
    assert isinstance(fault, FeedFault)
    assert fault.ends


def test_nothing_but_faults_is_told_in_blocks_that_end() -> None:
    raw = b"sku,qty\n" + b"A,x\n" * 30_000
    with within(48):
        assert sum(len(block.faults) for block in blocks(Format(), io.BytesIO(raw), Mapping())) == 30_000


def test_a_zip_bomb_in_a_workbook_is_refused() -> None:
    raw = changed(made({(0, 0): "sku"}), "xl/worksheets/sheet1.xml", b"<c/>" * (70 * MB))
    with within(32):
        assert fault_of(raw, form=Format("xlsx")).ends
    assert "the sheet" in fault_of(made({(0, 0): "sku", (1_000_000, 9_000): "x"}), form=Format("xlsx")).reason


def test_a_file_under_another_name_is_told() -> None:
    assert "cannot be read" in fault_of("sku\nA\n", form=Format("xlsx")).reason
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("stock.csv", "sku\nA\n")
    assert "no .xlsx workbook" in fault_of(out.getvalue(), form=Format("xlsx")).reason
    assert fault_of(made({(0, 0): "sku"})).ends
    for form in (X12, Format("edifact")):
        assert "begins with" in fault_of("sku\nA\n", form=form).reason


@pytest.mark.parametrize(
    ("raw", "line"), [(b"sku\nA\0\n", 2), (b"s\0ku\nA\n", 1), (b"sku\nA\nB\n\0", 4), (b"\xff\xfes\0k\0u\0\n\0\0\0", 2)]
)
def test_nul_characters_are_told_by_line(raw: bytes, line: int) -> None:
    fault = fault_of(raw)
    assert (fault.line, fault.ends) == (line, True)
    assert "NUL" in fault.reason


def test_marks_and_mixed_line_ends_do_no_harm() -> None:
    expected = [FeedRow(2, {"sku": "A"}), FeedRow(3, {"sku": "B"}), FeedRow(5, {"sku": "C"})]
    assert rows_of("\ufeffsku\r\nA\nB\r\rC\n") == expected
    assert fault_of(b"\xff\xfe\x41").ends
    assert fault_of(b"\x80\x81\x82", form=Format(encoding="utf-8")).ends


@pytest.mark.parametrize(
    ("cell", "field", "says"),
    [
        ("1e308", "qty", "not a whole number"),
        ("1e5", "qty", "not a whole number"),
        ("NaN", "qty", "not a whole number"),
        ("inf", "qty", "not a whole number"),
        ("9" * 400, "qty", "over 1,000,000,000"),
        ("1.5", "qty", "not a whole number"),
        ("12.000", "qty", "12 to some and 12,000 to others"),
        ("--1", "qty", "not a whole number"),
        ("١٢", "qty", "not a whole number"),
        ("0000-01-01", "at", "no date"),
        ("9999-12-31", "at", "leave the cell empty if it means never"),
        ("0001-01-01T00:00:00+14:00", "at", "1970 to 2199"),
        ("2026-02-30", "at", "no date"),
        ("=1+1", "qty", "formula"),
        ("=cmd|' /C calc'!A0", "sku", "formula"),
        ("x" * 201, "sku", "at most 200"),
        ("a\x07b", "sku", "cannot be seen"),
        ("a\u202eb", "sku", "cannot be seen"),
        ("lost", "status", "no status"),
    ],
)
def test_cells_that_cannot_be_meant_are_told_by_line_and_field(cell: str, field: str, says: str) -> None:
    columns = {"sku": "A", "qty": "1", "at": "", "status": ""} | {field: cell}
    raw = ",".join(columns) + "\nB,2,,\n" + ",".join(f'"{told}"' for told in columns.values()) + "\nC,3,,\n"
    first, fault, last = rows_of(raw)
    assert isinstance(fault, FeedFault)
    assert (fault.line, fault.field, fault.ends) == (3, field, False)
    assert says in f"{fault.reason}; {fault.suggestion}"
    assert (first.line, last.line) == (2, 4)


def test_what_is_below_zero_and_what_a_spreadsheet_keeps_is_read() -> None:
    assert fields_of('sku,qty\n"=""00123""",-5\n') == {"sku": "00123", "qty": "-5"}
    assert fields_of("sku,qty\n'-A,+5.00\n") == {"sku": "-A", "qty": "5"}


@pytest.mark.parametrize(
    "line",
    [
        '{"a":' * 500 + "1" + "}" * 500,
        "[" * 500_000,
        '{"sku": "A", "qty": ' + "9" * 100_000 + "}",
        '{"sku": ["A"]}',
        '{"sku": {"a": {"b": {"c": {"d": {"e": 1}}}}}}',
        "{" + ",".join(f'"k{n}": 1' for n in range(2_000)) + "}",
        '{"sku": "A", "qty": 1e308}',
        '{"sku": "A", "qty": true}',
        '{"sku": "\\u0000"}',
        '{"sku": "\\ud800"}',
        "null",
        '{"sku": "A"} {"sku": "B"}',
    ],
)
def test_objects_that_cannot_be_rows_are_told_and_the_next_is_read(line: str) -> None:
    with within(32):
        fault, row = rows_of(f'{line}\n{{"sku": "B"}}\n', form=JSON)
    assert isinstance(fault, FeedFault)
    assert (fault.line, fault.ends) == (1, False)
    assert row == FeedRow(2, {"sku": "B"})


def test_edi_without_ends_is_told() -> None:
    isa = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261122*0914*U*00401*000000001*0*P*>~"
    with within(64):
        assert "over 20,000 characters" in fault_of(isa + "GS*" + "x" * 5 * MB, form=X12).reason
        assert "over 200 elements" in fault_of(isa + "GS" + "*" * 5_000, form=X12).reason
        assert fault_of(isa * 300, form=X12).line == 300
        assert "over 1,000 interchanges" in fault_of(isa * 1_001, form=X12).reason
        assert fault_of("ISA", form=X12).ends
        assert "begins with 'ISAGE" in fault_of("ISAGE**00*  *00*~", form=X12).reason
        assert fault_of("UNB+'" * 300, form=Format("edifact")).field == "UNZ"
        assert fault_of("UNB+" + "x" * 100_000, form=Format("edifact")).ends


@pytest.mark.parametrize(
    ("raw", "says", "do"),
    [
        (made({(0, 0): "sku"}), "a workbook or an archive", "name to xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old kind", ".xlsx"),
        (gzip.compress(b"sku,qty\nA,1\n", mtime=0), "packed with gzip", "unpack"),
        (b"%PDF-1.7\n%", "a PDF", "a table"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html><table>", "a web page or XML", "CSV UTF-8"),
        (b"sep=;\r\nsku;qty\r\nA;1\r\n", "what stands between cells", "take it out"),
    ],
)
def test_what_is_sent_in_place_of_a_table_is_named(raw: bytes, says: str, do: str) -> None:
    (fault,) = rows_of(raw)
    assert isinstance(fault, FeedFault)
    assert (says in fault.reason, do in fault.suggestion, fault.ends) == (True, True, True)


def test_a_title_above_the_header_is_told() -> None:
    (fault,) = rows_of("Stock of 22.11.2026\n\nsku,qty\nA,1\n")
    assert isinstance(fault, FeedFault)
    assert "take out the lines above" in fault.suggestion
