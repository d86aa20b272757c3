"""What codes say: every form that labels on goods come in, and what is said of those that cannot be read."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.gtin import check_digit
from truestock.core.problems import Invalid
from truestock.reconciliation.scanning.parse import CODE_MAX, Parsed, parse

GTIN = "09501101530003"
GS = "\x1d"


@pytest.mark.parametrize(
    ("read", "gtin"),
    [
        ("9501101530003", GTIN),
        ("042100005264", "00042100005264"),
        ("96385074", "00000096385074"),
        ("19501101530000", "19501101530000"),
        ("04252614", "00042100005264"),
        ("]E09501101530003", GTIN),
        ("]E496385074", "00000096385074"),
        (" 9501101530003\r\n", GTIN),
    ],
)
def test_plain_numbers_of_every_length_are_one_gtin(read: str, gtin: str) -> None:
    said = parse(read)
    assert (said.form, said.gtin) == ("gtin", gtin)


@pytest.mark.parametrize(
    "read",
    [
        f"]C101{GTIN}1726123110AB-1{GS}3712",
        f"]d201{GTIN}1726123110AB-1{GS}3712",
        f"]C1{GS}01{GTIN}1726123110AB-1{GS}3712",
        f"01{GTIN}1726123110AB-1{GS}3712",
        f"01{GTIN}1726123110AB-1<GS>3712",
        f"(01){GTIN}(17)261231(10)AB-1(37)12",
        f"https://id.example.com/01/{GTIN}/10/AB-1?17=261231&37=12",
    ],
)
def test_one_label_says_the_same_however_it_is_written(read: str) -> None:
    said = parse(read)
    assert (said.gtin, said.lot, said.expires_on, said.quantity) == (GTIN, "AB-1", date(2026, 12, 31), 12)


def test_weights_serials_and_best_before_are_read() -> None:
    said = parse(f"(01){GTIN}(3103)001250(15)270131(21)S-9")
    assert (said.weight_kg, said.expires_on, said.serial) == (Decimal("1.250"), date(2027, 1, 31), "S-9")


def test_a_day_of_nought_is_the_last_of_its_month() -> None:
    assert parse(f"01{GTIN}17270200").expires_on == date(2027, 2, 28)


@pytest.mark.parametrize("read", ["A-01-02", "LAMP", "12345", "17", "01-2026", "100200300400500600"])
def test_what_is_no_code_of_gs1_is_a_label(read: str) -> None:
    assert parse(read) == Parsed(read, "label")


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ("9501101530004", "check digit is 3"),
        ("(01)09501101530004", "Expected 3, got 4"),
        ("(10)AB1", "names no item"),
        ("(b)", "cannot be read as GS1"),
        ("https://example.com/lamp", "cannot be read as GS1"),
        ("https://[/01/4006381333931", "cannot be read as GS1"),
        (f"01{GTIN}1726139910A", "cannot be read as GS1"),
        (f"01{GTIN}30{GS}10AB1", "says no number where its quantity is"),
        ("", "nothing was read"),
        ("x" * (CODE_MAX + 1), "at most 500"),
        ("a\x07b", "characters that no label has"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_was_read(read: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        parse(read)
    assert refused.value.field == "code"


@given(st.text(max_size=80) | st.text(alphabet="0123456789()]CdE<GS>\x1d/?=", max_size=80))
def test_nothing_that_is_read_ends_in_another_error(read: str) -> None:
    with suppress(Invalid):
        said = parse(read)
        assert said.gtin is None or (len(said.gtin) == 14 and int(said.gtin[-1]) == check_digit(said.gtin[:-1]))


@given(st.integers(0, 10**12 - 1), st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True), st.integers(1, 99_999_999))
def test_what_is_printed_is_what_is_read(number: int, lot: str, quantity: int) -> None:
    digits = f"9{number:012d}"
    gtin = f"{digits}{check_digit(digits)}"
    said = parse(f"]d201{gtin}10{lot}{GS}37{quantity}")
    assert (said.gtin, said.lot, said.quantity) == (gtin, lot, quantity)
