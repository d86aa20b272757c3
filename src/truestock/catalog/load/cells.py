"""Cells of a CSV file to values; each parser raises Invalid with what to write instead."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation

from truestock.core.problems import Invalid

YES = {"yes", "y", "true", "t", "1"}
NO = {"no", "n", "false", "f", "0"}
# Before the point, or zeros behind it: 1e999999 would fill the memory when it is written out.
DIGITS_MAX = 40


def text(_: str, cell: str) -> str:
    """The cell as it stands."""
    return cell


def several(_: str, cell: str) -> tuple[str, ...]:
    """Values with a bar between them, as S|M|L."""
    return tuple(value for part in cell.split("|") if (value := part.strip()))


def whole(name: str, cell: str) -> int:
    """A whole number, without thousands separators."""
    try:
        return int(cell) if cell.isascii() and len(cell) <= 20 else int("not a number")
    except ValueError:
        raise Invalid(name, f"{cell[:40]!r} is not a whole number; write it like 1200") from None


def decimal(name: str, cell: str) -> Decimal:
    """A decimal number with a point."""
    try:
        value = Decimal(cell)
    except InvalidOperation:
        raise Invalid(name, f"{cell[:40]!r} is not a number; write it like 12.50") from None
    if not value.is_finite() or abs(value.adjusted()) > DIGITS_MAX:
        raise Invalid(name, f"{cell[:40]!r} is no number that can be meant; write it like 12.50")
    return value


def number(name: str, cell: str) -> float:
    """A coordinate."""
    return float(decimal(name, cell))


def boolean(name: str, cell: str) -> bool:
    """yes or no, true or false, 1 or 0."""
    word = cell.lower()
    if word not in YES | NO:
        raise Invalid(name, f"{cell[:40]!r} is neither yes nor no; write yes or no")
    return word in YES


def instant(name: str, cell: str) -> datetime:
    """An ISO date or time; without a zone it is UTC, a date is its midnight."""
    try:
        value = datetime.fromisoformat(cell)
    except ValueError:
        raise Invalid(name, f"{cell[:40]!r} is not a date; write 2026-11-27 or 2026-11-27T08:00:00+01:00") from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def clock(name: str, cell: str) -> time:
    """A time of day."""
    try:
        return time.fromisoformat(cell)
    except ValueError:
        raise Invalid(name, f"{cell[:40]!r} is not a time of day; write it like 14:30") from None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, how a cell is read, and what it holds."""

    name: str
    parse: Callable[[str, str], object]
    help: str
    required: bool = False
