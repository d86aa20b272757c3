"""Files of every form are read into the same rows, line by line, with what is wrong said by line."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it comes without types

from tests.feeds.stock.files.reads import fault_of, fields_of, rows_of
from truestock.feeds.stock.files import FeedFault, FeedRow, Format, Lookups, Mapping, as_told, read

ROWS = [FeedRow(2, {"sku": "A-1", "location": "DC", "qty": "12"}), FeedRow(3, {"sku": "B", "location": "", "qty": "0"})]
ROWS[1].fields.pop("location")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_csv_is_read_whatever_stands_between_cells_and_behind_lines(delimiter: str, ends: str) -> None:
    raw = ends.join(
        delimiter.join(cells) for cells in (["SKU", "Location", "qty"], ["A-1", " DC", "12"], ["B", "", "0"])
    )
    assert rows_of(raw) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_a_file_is_written_in_is_seen_by_its_mark_or_itself(encoding: str) -> None:
    assert fields_of("sku,location\nÄpfel,Köln\n".encode(encoding)) == {"sku": "Äpfel", "location": "Köln"}


def test_other_encodings_are_found_out_or_named() -> None:
    raw = "sku;location;reason\nApfelmus;Köln;für Größe geändert\n".encode("cp1252")
    assert fields_of(raw)["reason"] == "für Größe geändert"
    assert fields_of("sku\nŽluť".encode("cp1250"), form=Format(encoding="cp1250")) == {"sku": "Žluť"}
    fault = fault_of("sku\nKöln".encode("cp1252"), form=Format(encoding="utf-8"))
    assert (fault.line, fault.field, fault.ends) == (2, "file", True)
    assert "no encoding" in fault_of("sku\nA", form=Format(encoding="klingon")).reason
    assert "no encoding" in fault_of("sku\nA", form=Format(encoding="zlib")).reason


@pytest.mark.parametrize(
    ("encoding", "sku"), [("cp1252", "Müll|Größe"), ("cp932", "東京倉庫"), ("gb18030", "上海仓库")]
)
def test_an_encoding_that_shows_late_is_found_out_too(encoding: str, sku: str) -> None:
    raw = b"sku,lot\n" + (b"A-1," + b"box " * 22 + b"\n") * 26_000 + f"{sku},x\n".encode(encoding) * 5 + b"C,d\n"
    told = [answer.fields["sku"] for answer in rows_of(raw)[-6:] if isinstance(answer, FeedRow)]
    assert told == [sku] * 5 + ["C"]


def test_lines_are_those_of_the_file_where_cells_go_over_several() -> None:
    raw = 'sku,reason,qty\nA,"one\ntwo",1\n\n,,\nB,"x",oops\n"C",ok,3\n'
    first, second, third = rows_of(raw)
    assert isinstance(first, FeedFault)
    assert (first.line, first.field) == (2, "reason")
    assert (second.line, getattr(second, "field", "")) == (6, "qty")
    assert third == FeedRow(7, {"sku": "C", "reason": "ok", "qty": "3"})


def test_a_row_with_more_cells_than_the_header_is_a_fault() -> None:
    first, second, third = rows_of("sku,qty\nA,1,000\nB,2,,\nC\n")
    assert isinstance(first, FeedFault)
    assert first.field == "line"
    assert [second, third] == [FeedRow(3, {"sku": "B", "qty": "2"}), FeedRow(4, {"sku": "C"})]


def test_a_workbook_is_read_like_a_table_and_its_sheet_by_name() -> None:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        for name, sku in (("first", "A"), ("second", "0012")):
            sheet = book.add_worksheet(name)
            for n, cells in enumerate([("sku", "qty"), (sku, 12), ("B", "oops")]):
                sheet.write_row(n, 0, cells)
    row, fault = rows_of(out.getvalue(), form=Format("xlsx"))
    assert row == FeedRow(2, {"sku": "A", "qty": "12"})
    assert (fault.line, getattr(fault, "field", "")) == (3, "qty")
    assert rows_of(out.getvalue(), form=Format("xlsx", sheet="second"))[0].line == 2
    assert "no sheet 'third'" in fault_of(out.getvalue(), form=Format("xlsx", sheet="third")).reason


def test_json_lines_have_values_and_objects_with_values() -> None:
    mapping = {"fields": {"sku": {"columns": ["item.sku"]}, "qty": {"columns": ["stock.units", "qty"]}}}
    raw = '{"item": {"sku": "A"}, "stock": {"units": 3.0}}\n\n{"item": {"sku": "B"}, "qty": null}\n[1]\n{"item": 1'
    one, two, three, four = rows_of(raw, mapping, Format("json_lines"))
    assert [one, two] == [FeedRow(1, {"sku": "A", "qty": "3"}), FeedRow(3, {"sku": "B"})]
    assert isinstance(three, FeedFault)
    assert isinstance(four, FeedFault)
    assert (three.line, four.line, four.ends) == (4, 5, False)


def test_a_file_without_a_header_has_its_columns_from_the_format() -> None:
    form = Format(columns=("qty", "sku"))
    assert rows_of("1,A\n2,B\n", form=form)[0] == FeedRow(1, {"sku": "A", "qty": "1"})


@pytest.mark.parametrize("raw", ["", "\n", ",,\n", "\ufeff"])
def test_an_empty_file_says_so(raw: str) -> None:
    fault = fault_of(raw)
    assert fault.ends
    assert "empty" in fault.reason


def test_a_column_that_the_mapping_names_and_the_file_lacks_stops_it_with_what_there_is() -> None:
    fault = fault_of("sku,menge\nA,1\n", {"fields": {"sku": {"columns": ["sku"]}, "qty": {"columns": ["qty"]}}})
    assert (fault.field, fault.ends) == ("qty", True)
    assert "it has sku, menge" in fault.reason
    assert fault_of("item,qty\nA,1\n").field == "sku"


def test_what_was_read_before_an_open_quote_stays() -> None:
    row, fault = rows_of('sku,qty\nA,1\n"B,2\nC,3\n')
    assert row == FeedRow(2, {"sku": "A", "qty": "1"})
    assert isinstance(fault, FeedFault)
    assert (fault.line, fault.ends) == (3, True)
    assert "quote" in fault.suggestion


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(
    rows=st.lists(st.tuples(st.sampled_from(["A", "", "=1", "'x"]) | CELL, st.sampled_from(["1", "-3", "x"]) | CELL))
)
def test_blocks_say_what_rows_say(rows: list[tuple[str, str]]) -> None:
    quoted = ["sku,qty"] + [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    rows_of("\n".join(quoted))


def test_names_of_a_source_and_barcodes_are_looked_up() -> None:
    lookups = Lookups({"MAT-1": "A"}, {"WH9": "DC"}, {"00012345678905": ("B", 6)})
    assert rows_of("sku,location\nMAT-1,WH9\nX,Y\n", lookups=lookups) == [
        FeedRow(2, {"sku": "A", "location": "DC"}),
        FeedRow(3, {"sku": "X", "location": "Y"}),
    ]
    one, two, three = rows_of(
        "ean,cases\n012345678905,2\n012345678906,2\n4006381333931,1\n",
        {
            "fields": {"sku": {"columns": ["ean"]}, "qty": {"columns": ["cases"]}},
            "item_by": "barcode",
            "counts": "packages",
        },
        lookups=lookups,
    )
    assert one == FeedRow(2, {"sku": "B", "qty": "12"})
    assert isinstance(two, FeedFault)
    assert isinstance(three, FeedFault)
    assert "check digit" in two.reason
    assert "no item has the barcode" in three.reason
    found = rows_of("sku\nMAT-1\nMAT-2\n", {"item_by": "alias", "source": "erp"}, lookups=lookups)
    assert found[0] == FeedRow(2, {"sku": "A"})
    assert isinstance(found[1], FeedFault)


def test_a_file_on_disk_is_read_from_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_bytes(b"#preface\nsku\nA\n")
    with (tmp_path / "stock.csv").open("rb") as source:
        source.readline()
        assert list(read(Format(), source, Mapping())) == [FeedRow(2, {"sku": "A"})]


@pytest.mark.parametrize(
    ("form", "raw", "alike", "other"),
    [
        (Format(), "sku,qty,bin\nA,5,x\nA,5,y\n\n A , 5,x\n", (2, 5), 3),
        (Format("json_lines"), '{"sku": "A", "bin": 1}\n{"sku": "A", "bin": 2}\n{"sku": "A", "bin": 1}\n', (1, 3), 2),
        (
            Format("edifact", quantity="145"),
            "UNB+UNOC:3+S:14+H:14+261121:0600+7'UNH+1+INVRPT:D:96A:UN'BGM+35+R-1+9'"
            "LIN+1++1:EN'QTY+145:5'LIN+2++2:EN'QTY+145:5'LIN+3++1:EN'QTY+145:5'UNT+9+1'UNZ+1+7'",
            (4, 8),
            6,
        ),
    ],
)
def test_a_line_that_says_the_same_is_told_from_one_that_comes_to_the_same(
    form: Format, raw: str, alike: tuple[int, int], other: int
) -> None:
    told = as_told(form, io.BytesIO(raw.encode()), {*alike, other})
    assert told.keys() == {*alike, other}
    assert told[alike[0]] == told[alike[1]] != told[other]
