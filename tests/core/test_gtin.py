"""Barcodes: the check digit's laws, and refusals that say what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.gtin import LENGTHS, check_digit, gtin14
from truestock.core.problems import Invalid

BODIES = st.sampled_from(LENGTHS).flatmap(
    lambda n: st.text("0123456789", min_size=n - 1, max_size=n - 1).filter(lambda body: bool(body.strip("0")))
)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("4006381333931", "04006381333931"),
        (" 4 006381-333931 ", "04006381333931"),
        ("10614141000415", "10614141000415"),
    ],
)
def test_known_barcodes_are_taken(text: str, whole: str) -> None:
    assert gtin14(text) == whole


@given(BODIES)
def test_a_body_with_its_check_digit_is_valid_and_leading_zeros_change_nothing(body: str) -> None:
    text = body + str(check_digit(body))
    assert gtin14(text) == text.zfill(14) == gtin14(text.zfill(14)) == gtin14(gtin14(text))


@given(BODIES, st.data())
def test_any_one_wrong_digit_is_found(body: str, data: st.DataObject) -> None:
    text = body + str(check_digit(body))
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    with pytest.raises(Invalid):
        gtin14(text[:place] + wrong + text[place + 1 :])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("3.65E+11", "spreadsheet"),
        ("3,65E+11", "spreadsheet"),
        ("", "digits only"),
        ("40063813E3931", "digits only"),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", "digits only"),
        ("123456789", "9 digits"),
        ("00000000", "all zeros"),
        ("4006381333932", "check digit is 1"),
    ],
)
def test_a_refusal_says_what_to_do(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refusal:
        gtin14(text, "barcode")
    assert refusal.value.field == "barcode"
