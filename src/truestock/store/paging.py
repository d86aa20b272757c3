"""Pages of a list: a cursor is the key of the last row shown, so that a page costs the same however deep it lies."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows, and where the next ones start; None at the end."""

    rows: tuple[R, ...]
    next: str | None


def page_of(rows: list[R], limit: int, key: Callable[[R], object]) -> Page[R]:
    """A page of at most `limit` of the rows, of which one more was read to see whether it goes on."""
    shown = tuple(rows[:limit])
    return Page(shown, str(key(shown[-1])) if len(rows) > limit else None)


def substring(text: str | None) -> str | None:
    """A LIKE pattern for any part of a text, taken literally."""
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
