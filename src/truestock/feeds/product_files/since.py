"""Where an export goes on: an instant, or a cursor of the change stream, as people and programs write them."""

from datetime import datetime

from truestock.catalog.load.cells import instant
from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import Invalid

FIELD = "changed_since"


def instant_since(text: str | None) -> datetime | None:
    """An instant; without a zone it is UTC. Raises Invalid."""
    return None if text is None else instant(FIELD, text)


def since(text: str | None) -> datetime | int | None:
    """A cursor if it is digits, else an instant. Raises Invalid."""
    if text is None or not (text.isascii() and text.isdigit()):
        return instant_since(text)
    if int(text[:20]) > BIGINT_MAX:
        raise Invalid(FIELD, "this is no cursor of ours; take the one of the file before")
    return int(text)
