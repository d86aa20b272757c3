"""Checks of single values that people and programs send; each raises Invalid, naming the field and what to do."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from truestock.core.problems import Invalid

TEXT_MAX = 200
INT_MAX = 2**31 - 1
BIGINT_MAX = 2**63 - 1


def check_text(field: str, value: str | None, required: bool = False, at_most: int = TEXT_MAX) -> None:
    """A text without control characters or blanks around it; None passes unless it is required."""
    if not value:
        if required:
            raise Invalid(field, f"{field} is missing; give it a value")
        return
    if len(value) > at_most:
        raise Invalid(field, f"{field} has {len(value)} characters; at most {at_most} are allowed")
    if not value.isprintable():
        raise Invalid(field, f"{field} {value!r} has control characters; take them out")
    if value != value.strip():
        raise Invalid(field, f"{field} {value!r} has blanks around it; take them out")


def check_number(field: str, value: float | Decimal | None, low: int = 0, high: int = INT_MAX) -> None:
    """A number between the bounds, both allowed; None passes."""
    # The first test is for NaN, which a Decimal refuses to compare.
    if value is not None and (value != value or not low <= value <= high):
        raise Invalid(field, f"{field} is {value}; give a number from {low} to {high}")


def check_choice(field: str, value: str | None, choices: Collection[str], required: bool = False) -> None:
    """One of the words; None passes unless it is required."""
    if value is None and not required:
        return
    if value not in choices:
        raise Invalid(field, f"{field} {value or ''!r} is unknown; choose one of {', '.join(choices)}")


def check_years(field: str, value: datetime | None) -> None:
    """An instant that is one in every zone; None passes."""
    if value is not None and not 1 < value.year < 9999:
        raise Invalid(field, f"{value.isoformat()} is too far away; give a date from the year 2 to 9998")


def check_zone(field: str, value: datetime | None) -> None:
    """An instant that says its zone; None passes."""
    if value is not None and value.tzinfo is None:
        raise Invalid(field, f"{field} has no time zone; write it as 2026-11-27T00:00:00+01:00")
