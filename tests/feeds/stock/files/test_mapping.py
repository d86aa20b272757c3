"""A mapping is data: what it does to cells, what it cannot do, and how it says that it is wrong."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feeds.stock.files.reads import fault_of, fields_of, rows_of
from truestock.core.problems import Invalid
from truestock.feeds.stock.files import FeedFault, FeedRow, Format, Mapping, mapped, mapping_of
from truestock.feeds.stock.files.cells import Mend
from truestock.feeds.stock.files.steps import Match, Number, plain


def sku_by(*steps: dict[str, Any]) -> Mapping:
    return mapping_of({"fields": {"sku": {"columns": ["a"], "steps": list(steps)}}})


def qty_by(*steps: dict[str, Any], **others: Any) -> Mapping:
    fields = {"sku": {"constant": "X"}, "qty": {"columns": ["a"], "steps": list(steps)}}
    return mapping_of({"fields": fields, **others})


@pytest.mark.parametrize(
    ("cell", "steps", "expected"),
    [
        ("ab-1", [{"do": "upper"}], "AB-1"),
        ("AB", [{"do": "lower"}], "ab"),
        ("00012", [{"do": "strip_zeros"}], "12"),
        ("000", [{"do": "strip_zeros"}], "0"),
        ("DC/A-1/9", [{"do": "split", "by": "/", "part": 2}], "A-1"),
        ("DC/A-1/9", [{"do": "split", "by": "/", "part": -1}], "9"),
        ("lot L77 of 2026", [{"do": "match", "pattern": "L([0-9]+)"}], "77"),
        ("lot L77", [{"do": "match", "pattern": "L[0-9]+"}], "L77"),
        ("red", [{"do": "words", "of": {"red": "R"}}], "R"),
        ("blue", [{"do": "words", "of": {"red": "R"}}], "blue"),
        ("007-x", [{"do": "strip_zeros"}, {"do": "upper"}, {"do": "split", "by": "-"}], "7"),
    ],
)
def test_a_step_makes_of_a_cell_what_it_says(cell: str, steps: list[dict[str, Any]], expected: str) -> None:
    assert fields_of(f"a\n{cell}\n", sku_by(*steps)) == {"sku": expected}


@pytest.mark.parametrize(
    ("cell", "steps", "expected"),
    [
        ("1.234,00", [{"do": "number", "decimal": "comma", "thousands": "point"}], "1234"),
        ("1 234", [{"do": "number", "thousands": "space"}], "1234"),
        ("1'234", [{"do": "number", "thousands": "apostrophe"}], "1234"),
        ("1,00,000", [{"do": "number", "thousands": "comma"}], "100000"),
        ("\u22125", [{"do": "number"}], "-5"),
        ("2.5", [{"do": "multiply", "by": 12}], "30"),
        ("3", [{"do": "multiply", "by": -1}], "-3"),
        ("24000", [{"do": "divide", "by": 1000}], "24"),
        ("1,5", [{"do": "number", "decimal": "comma"}, {"do": "multiply", "by": 6}], "9"),
        ("1.000", [{"do": "number"}], "1"),
        ("1.000", [{"do": "number", "decimal": "comma", "thousands": "point"}], "1000"),
        ("1,000", [{"do": "number", "decimal": "comma"}, {"do": "multiply", "by": 6}], "6"),
    ],
)
def test_figures_come_in_any_form_and_leave_in_one(cell: str, steps: list[dict[str, Any]], expected: str) -> None:
    assert fields_of(f'a\n"{cell}"\n', qty_by(*steps))["qty"] == expected


@pytest.mark.parametrize(
    ("cell", "steps", "reason"),
    [
        ("1,5", [{"do": "number", "decimal": "comma"}], "not a whole number"),
        ("1,2,3", [{"do": "number", "decimal": "comma", "thousands": "point"}], "not a number with a decimal comma"),
        ("7", [{"do": "divide", "by": 2}], "not a multiple of 2"),
        ("x", [{"do": "multiply", "by": 2}], "not a number"),
        ("a", [{"do": "split", "by": "/", "part": 2}], "has no part 2"),
        ("a", [{"do": "match", "pattern": "[0-9]+"}], "does not match"),
        ("grey", [{"do": "words", "of": {"red": "1"}, "others": False}], "not one of the words red"),
        ("999999999", [{"do": "multiply", "by": 12}], "over 1,000,000,000"),
        ("9" * 30, [{"do": "multiply", "by": 12}], "over 1,000,000,000"),
        ("9" * 30, [{"do": "divide", "by": 8}], "not a multiple of 8"),
        ("0." + "3" * 30, [{"do": "multiply", "by": 3}], "not a whole number"),
        ("1.000", [{"do": "multiply", "by": 12}], "1 to some and 1,000 to others"),
    ],
)
def test_what_a_step_cannot_do_is_told(cell: str, steps: list[dict[str, Any]], reason: str) -> None:
    fault = fault_of(f'a\n"{cell}"\n', qty_by(*steps))
    assert (fault.line, fault.field, fault.raw) == (2, "qty", {"a": cell})
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("cell", "step", "expected"),
    [
        ("31.12.2026", {"form": "%d.%m.%Y", "zone": "Europe/Berlin"}, "2026-12-30T23:00:00+00:00"),
        ("31.12.2026", {"form": "%d.%m.%Y"}, "2026-12-31T05:00:00+00:00"),
        ("31.12.2026 06:00 +0100", {"form": "%d.%m.%Y %H:%M %z"}, "2026-12-31T05:00:00+00:00"),
    ],
)
def test_dates_have_a_form_and_a_zone(cell: str, step: dict[str, str], expected: str) -> None:
    fields = {"sku": {"constant": "X"}, "at": {"columns": ["a"], "steps": [{"do": "date", **step}]}}
    assert fields_of(f"a\n{cell}\n", {"fields": fields, "zone": "America/New_York"})["at"] == expected


def test_the_first_column_that_is_not_empty_is_taken_and_else_the_constant() -> None:
    fields = {"sku": {"columns": ["new", "old"]}, "location": {"columns": ["place"], "constant": "DC"}}
    assert rows_of("new,old,place\nA,B,\n,B,S\n,,\n,,S\n", {"fields": fields}) == [
        FeedRow(2, {"sku": "A", "location": "DC"}),
        FeedRow(3, {"sku": "B", "location": "S"}),
        FeedFault(5, "sku", "the item is missing", "name the item, or remove the row", {"place": "S"}),
    ]


def test_a_column_says_in_what_is_counted() -> None:
    mapping = qty_by(pack={"column": "unit", "of": {"EA": 1, "CS": 12}})
    case, fault = rows_of("a,unit\n3,CS\n3,PAL\n", mapping)
    assert case == FeedRow(2, {"sku": "X", "qty": "36"})
    assert isinstance(fault, FeedFault)
    assert "only EA, CS are known" in fault.reason


def test_a_row_that_was_mended_is_mapped_again() -> None:
    (row,) = mapped(Format(), [(7, {"a": "12", "other": None})], qty_by())
    assert row == FeedRow(7, {"sku": "X", "qty": "12"})


def test_a_row_that_was_mended_has_its_columns_as_its_header_spelled_them() -> None:
    mapping = qty_by(pack={"column": "Unit", "of": {"CS": 12}})
    fault = fault_of("A ,UNIT\nx,CS\n", mapping)
    assert mapped(Format(), [(2, {**fault.raw, "A": "3"})], mapping) == [FeedRow(2, {"sku": "X", "qty": "36"})]
    assert mapped(Format(), [(2, {"SKU": "A"})], Mapping()) == [FeedRow(2, {"sku": "A"})]
    (missing,) = mapped(Format("json_lines"), [(2, {"SKU": "A"})], Mapping())
    assert isinstance(missing, FeedFault)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"field": {}}, "unknown field `field`"),
        ({"fields": {"colour": {"columns": ["a"]}}}, "Invalid enum value 'colour'"),
        ({"fields": {"qty": {"columns": ["a"]}}}, "name the column of sku"),
        ({"fields": {"sku": {}}}, "name a column, or give a constant"),
        ({"fields": {"sku": {"columns": ["a"], "steps": [{"do": "dance"}]}}}, "Invalid value 'dance'"),
        ({"fields": {"sku": {"columns": ["a"], "steps": [{"do": "divide", "by": 0}]}}}, ">= 1"),
        ({"fields": {"sku": {"columns": ["a"], "steps": [{"do": "split", "by": "/", "part": 0}]}}}, "count from 1"),
        ({"fields": {"sku": {"columns": ["a"], "steps": [{"do": "date", "form": "%Q"}]}}}, "bad directive"),
        ({"fields": {"sku": {"columns": ["a"], "steps": [{"do": "date", "form": "%H:%M %Z"}]}}}, "write %z for"),
        ({"fields": {"sku": {"columns": ["a"], "steps": [{"do": "date", "form": "%d.%d"}]}}}, "names a part twice"),
        ({"zone": "Mars/Base"}, "no time zone 'Mars/Base'"),
        ({"item_by": "alias"}, "say whose names"),
        ({"counts": "packages"}, "known by barcode only"),
        (b"[" * 100_000, "mapping: "),
        (b"\xff", "mapping: "),
        (7, "Expected `object`"),
    ],
)
def test_a_mapping_that_cannot_be_meant_names_what_is_wrong(data: Any, says: str) -> None:
    with pytest.raises(Invalid) as problem:
        mapping_of(data)
    assert problem.value.field == "mapping"
    assert says in problem.value.detail


def test_a_constant_that_is_none_is_told_before_any_row() -> None:
    fault = fault_of("a\n1\n", {"fields": {"sku": {"columns": ["a"]}, "qty": {"constant": "many"}}})
    assert (fault.field, fault.ends) == ("qty", True)
    assert fault.reason.startswith("the constant: ")


@pytest.mark.parametrize("pattern", ["(a+)+", "(?=a)a", r"(a)\1", "a*b*c*d*", "(a|b)*", "[", "(", "a{2}{3}(", "(?i)a"])
def test_a_pattern_that_could_search_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        Match(pattern=pattern)


@given(st.text("ab[]()|*+?{}.^$\\1,", min_size=1, max_size=30), st.text("ab1,", max_size=100))
def test_a_pattern_that_is_taken_is_quick(pattern: str, text: str) -> None:
    try:
        step = Match(pattern=pattern)
    except ValueError:
        return
    began = time.thread_time()
    for cell in (text, "a" * 100, "ab" * 49 + "!"):
        try:
            step.take(cell)
        except Mend:
            continue
    assert time.thread_time() - began < 2


@given(st.integers(-(10**12), 10**12))
def test_numbers_are_written_back_as_they_are(number: int) -> None:
    for thousands, sign in (("comma", ","), ("space", " "), ("apostrophe", "'")):
        told = f"{number:,}".replace(",", sign)
        assert Number(thousands=thousands).take(told) == str(number)  # type: ignore[arg-type]  # one of the words
    assert plain(Decimal(number)) == str(number)


@pytest.mark.parametrize(
    ("cell", "told"),
    [("5-", "-5"), ("(5)", "-5"), ("1.234,50 -", "-1234.5"), ("(1.234)", "-1234"), ("5", "5"), ("-5", "-5")],
)
def test_a_number_below_zero_may_have_its_sign_behind_it(cell: str, told: str) -> None:
    assert Number("comma", "point").take(cell) == told


@pytest.mark.parametrize("cell", ["(5-", "(5", "5)", "--5", "5--", "-5-", "(-5)", "()", "-"])
def test_a_number_with_half_a_sign_is_none(cell: str) -> None:
    with pytest.raises(Mend):
        Number("comma", "point").take(cell)
