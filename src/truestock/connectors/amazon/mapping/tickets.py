"""What is remembered of a number that Amazon has accepted: by which way, what, and since when."""

from datetime import UTC, datetime
from typing import Literal

import msgspec


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """A number on its way: by a patch, or as message `number` of the feed `id`; accepted `at` (Unix seconds).

    `was` is what the listing was thought to show before, None when that was unknown."""

    way: Literal["patch", "feed"]
    id: str
    number: int
    quantity: int
    at: int
    was: int | None = None

    @property
    def since(self) -> datetime:
        """When it was accepted."""
        return datetime.fromtimestamp(self.at, UTC)

    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


def read(text: str) -> Ticket | None:
    """The ticket that was kept; None for what is none of ours."""
    try:
        return msgspec.json.decode(text, type=Ticket)
    except msgspec.MsgspecError:
        return None
