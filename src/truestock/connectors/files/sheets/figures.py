"""Cells to units, amounts and instants, as other people's files write them. Pure."""

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final, Literal

UNITS_MAX: Final = 10**9
MONEY_MAX: Final = 10**14
Decimals = Literal["point", "comma"]
# One thousand with a sign between its groups, or one with three places behind its point.
_ONE_OR_THOUSAND: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}\.000", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}(\.0+)?", re.ASCII)
_PLAIN: Final = re.compile(r"[+-]?[0-9]{0,20}", re.ASCII)
_CENTS: Final = re.compile(r"[0-9]{0,20}", re.ASCII)
# 1,00,000 is written in India; the last group has three digits everywhere, so that no cents are taken for one.
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?=([,. '\u00a0\u202f]))(\1[0-9]{2,3})*\1[0-9]{3}", re.ASCII)


class NoFigure(Exception):
    """A cell is not what its column should hold; the text says what to write."""


def two_meanings(cell: str) -> str:
    """What a figure is to whom, where it is one to some and a thousand to others; empty where it is not."""
    if not _ONE_OR_THOUSAND.fullmatch(cell):
        return ""
    one = cell.partition(".")[0]
    return f"{cell} is {one} to some and {one},000 to others"


def units(cell: str, least: int = 0, most: int = UNITS_MAX, decimal: Decimals = "point") -> int:
    """Whole units. With a point, as files without a word about it have, 1.000 may be a thousand, and is none.

    Raises NoFigure."""
    told = cell
    if decimal == "comma":
        whole, comma, zeros = cell.partition(",")
        told = (
            (re.sub(r"[. '\u00a0\u202f]", "", whole) if _GROUPED.fullmatch(whole) else whole) + (comma and ".") + zeros
        )
    elif twice := two_meanings(cell):
        raise NoFigure(f"{twice}; write {cell.partition('.')[0]}, or all digits of it without a point")
    if not _WHOLE.fullmatch(told):
        raise NoFigure(f"{cell[:40]!r} is not a whole number; write it such as 12")
    found = int(told.partition(".")[0])
    if not least <= found <= most:
        raise NoFigure(f"{cell[:40]} is not from {least} to {most:,}")
    return found


def amount(cell: str, decimal: Decimals) -> Decimal:
    """Money; a currency's sign or letters before or behind it, and what groups its digits, are passed over.

    Raises NoFigure."""
    sign = "." if decimal == "point" else ","
    text = re.sub(r"^[^\d+.,-]+|[^\d.,]+$", "", cell.strip())
    whole, _, cents = text.rpartition(sign) if sign in text else (text, "", "")
    if _GROUPED.fullmatch(whole) and sign not in whole:
        whole = re.sub(r"[^\d+-]", "", whole)
    if not (_PLAIN.fullmatch(whole) and _CENTS.fullmatch(cents) and (whole + cents)[-1:].isdigit()):
        raise NoFigure(f"{cell[:40]!r} is no amount; write it such as 12{sign}50, or set `decimal`")
    found = Decimal(f"{whole}.{cents}" if cents else whole)
    if abs(found) >= MONEY_MAX:
        raise NoFigure(f"{cell[:40]!r} is not below {MONEY_MAX:,}")
    return found


def instant(cell: str, zone: tzinfo, form: str) -> datetime:
    """An instant in UTC, in the form that was set or ISO 8601; what names no zone is in `zone`. Raises NoFigure."""
    found: datetime | None = None
    if form:
        try:
            found = datetime.strptime(cell, form)  # noqa: DTZ007  its zone is put in below
        except ValueError:
            found = None
    try:
        found = found or datetime.fromisoformat(cell)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        hint = f"write it as {form}" if form else "write it as 2026-11-22T09:14:03Z, or set time_format"
        raise NoFigure(f"{cell[:40]!r} is no time; {hint}") from None
