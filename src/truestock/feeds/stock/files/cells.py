"""Cells to what our fields hold, in one form; each says what it cannot take, and what to do. Pure."""

from datetime import UTC, datetime
from typing import Final, get_args
from zoneinfo import ZoneInfo

from truestock.connectors.files.sheets.figures import UNITS_MAX, two_meanings
from truestock.core.checks import TEXT_MAX
from truestock.ledger.values import StatusName

STATUSES: Final[frozenset[str]] = frozenset(get_args(StatusName))


class Mend(Exception):
    """A cell cannot be taken as it is: why, and what to do."""

    def __init__(self, reason: str, suggestion: str) -> None:
        super().__init__(reason)
        self.reason, self.suggestion = reason, suggestion


def units(cell: str) -> str:
    """Whole base units as digits, with a sign below zero. Raises Mend."""
    check_point(cell)
    digits = cell.lstrip("+-")
    whole, point, zeros = digits.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(cell) - len(digits) < 2) or (point and zeros.strip("0")):
        raise Mend(f"{cell[:40]!r} is not a whole number", "write whole units such as 12, or add the step number")
    whole = whole.lstrip("0") or "0"
    if len(whole) > len(str(UNITS_MAX)) or int(whole) > UNITS_MAX:
        raise Mend(f"{cell[:40]} is over {UNITS_MAX:,} units", "check for a barcode in the wrong column")
    return f"-{whole}" if cell.startswith("-") and whole != "0" else whole


def check_point(cell: str) -> None:
    """Refuse a figure that is written like another one of a thousand times as much. Raises Mend."""
    if twice := two_meanings(cell):
        raise Mend(twice, "say which by the step number, or leave the zeros out")


def instant(cell: str, zone: ZoneInfo) -> str:
    """ISO 8601 in UTC, of the years 1970 to 2199; what names no zone is in `zone`. Raises Mend."""
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise Mend(
            f"{cell[:40]!r} is no date", "write it as 2026-11-22 or 2026-11-22T09:14:03Z, or add the step date"
        ) from None
    if not 1970 <= found.year < 2200:
        raise Mend(f"{cell[:40]} is not of the years 1970 to 2199", "leave the cell empty if it means never")
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC).isoformat()


def unquoted(cell: str) -> str:
    """A cell that is written ="00123" so that spreadsheets keep its zeros, without that. Raises Mend."""
    if not cell.startswith("="):
        return cell
    if cell.startswith('="') and cell.endswith('"') and '"' not in cell[2:-1]:
        return cell[2:-1].strip()
    raise Mend(f"{cell[:40]!r} is a formula", "write its value; formulas are not worked out")


def text(cell: str) -> str:
    """A name or a reference. Raises Mend."""
    if len(cell) > TEXT_MAX:
        raise Mend(f"the cell has {len(cell)} characters", f"write at most {TEXT_MAX}")
    if not cell.isprintable():
        raise Mend(f"{cell[:40]!r} holds a character that cannot be seen", "take out line breaks, tabs and the like")
    return cell


def status(cell: str) -> str:
    """A status by our own word, whatever its case and what stands between its words. Raises Mend."""
    word = cell.lower().replace(" ", "_").replace("-", "_")
    if word not in STATUSES:
        known = ", ".join(sorted(STATUSES))
        raise Mend(f"{cell[:40]!r} is no status", f"write one of {known}, or add the step words")
    return word
