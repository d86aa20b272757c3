"""Barcodes: a GTIN-8, 12, 13 or 14 is checked by its check digit and written in 14 digits, so it has one form."""

import re

from truestock.core.problems import Invalid

LENGTHS = (8, 12, 13, 14)
_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")


def check_digit(digits: str) -> int:
    """The digit that belongs behind these: weights 3, 1, 3, 1 ... from the right, filled up to ten."""
    weighted = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return -weighted % 10


def gtin14(text: str, field: str = "gtin") -> str:
    """The 14 digits of a barcode; spaces and hyphens between digits are ignored. Raises Invalid, naming `field`."""
    digits = re.sub(r"[ \-]", "", text.strip())
    if _ROUNDED.fullmatch(digits):
        raise Invalid(field, f"{text!r} was rounded by a spreadsheet; export the column as text")
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid(field, f"{text!r} is not a barcode: a GTIN has digits only")
    if len(digits) not in LENGTHS:
        raise Invalid(field, f"{text!r} has {len(digits)} digits; a GTIN has 8, 12, 13 or 14 (are leading zeros lost?)")
    if not digits.strip("0"):
        raise Invalid(field, f"{text!r} is all zeros; leave the barcode out if there is none")
    expected = check_digit(digits[:-1])
    if int(digits[-1]) != expected:
        raise Invalid(field, f"{text!r} ends in {digits[-1]} where its check digit is {expected}; read it again")
    return digits.zfill(14)
