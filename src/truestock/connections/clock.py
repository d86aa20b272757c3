"""The time by which all goes that runs for a channel, and the chance that keeps waits apart."""

from datetime import UTC, datetime
from random import random
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


def by_chance() -> float:
    """From 0 to 1, so that what failed together does not come back together."""
    return random()  # noqa: S311  it keeps nothing secret
