"""The time by which all goes that runs for a channel."""

from datetime import UTC, datetime
from time import monotonic
from typing import Final


class Clock:
    """`steady` measures how long something lasts or waits, in seconds from no instant in particular; `now` is the
    instant that rows are compared with."""

    def steady(self) -> float:
        """Seconds; never goes back."""
        return monotonic()

    def now(self) -> datetime:
        """This instant."""
        return datetime.now(UTC)


CLOCK: Final = Clock()
