"""Cursors made of several numbers, words or instants: as one text, and back."""

from datetime import datetime

from truestock.core.problems import Invalid

MARK = "~"


def cursor_of(*parts: object) -> str:
    """The key of the last row, as one text."""
    return MARK.join(map(str, parts))


def numbers_of(cursor: str, count: int) -> list[int]:
    """The parts of a cursor made of whole numbers. Raises Invalid."""
    try:
        numbers = [int(part) for part in cursor.split(MARK)]
    except ValueError:
        raise _foreign() from None
    if len(numbers) != count:
        raise _foreign()
    return numbers


def instant_and_id(cursor: str) -> tuple[datetime, int]:
    """The parts of a cursor made of an instant and a number written in hexadecimal. Raises Invalid."""
    at, _, number = cursor.partition(MARK)
    try:
        return datetime.fromisoformat(at), int(number, 16)
    except ValueError:
        raise _foreign() from None


def _foreign() -> Invalid:
    return Invalid("after", "this is no cursor of this list; take the one that its last page gave")
