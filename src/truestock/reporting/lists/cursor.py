"""Cursors made of several numbers, words or instants: as one text, and back."""

from datetime import datetime

from truestock.core.checks import BIGINT_MAX
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
    if len(numbers) != count or any(abs(number) > BIGINT_MAX for number in numbers):
        raise _foreign()
    return numbers


def instant_and_id(cursor: str, most: int = BIGINT_MAX) -> tuple[datetime, int]:
    """The parts of a cursor made of an instant and a number up to `most`, written in hexadecimal. Raises Invalid."""
    at, _, written = cursor.partition(MARK)
    try:
        instant, number = datetime.fromisoformat(at), int(written, 16)
    except ValueError:
        raise _foreign() from None
    if not 0 <= number <= most:
        raise _foreign()
    return instant, number


def _foreign() -> Invalid:
    return Invalid("after", "this is no cursor of this list; take the one that its last page gave")
