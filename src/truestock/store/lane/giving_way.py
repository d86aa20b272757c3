"""Gives way: where others slow long work down, its pieces get small and pause between, so that who waits goes first."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

# So many times as long as the quickest may a piece take before others are taken to be waiting: workers of one task
# slow each other down too. At half as long again a file took a half longer, and buyers waited no less.
SLOWED: Final = 3.0
SMALLER: Final = 2
PAUSE_MAX_S: Final = 0.2


class GivingWay:
    """Of one worker; its pieces are alike but for their size."""

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._quickest = float("inf")
        self._slowed = False

    def size(self, most: int) -> int:
        """How large the next piece should be: `most` where nobody is in the way."""
        return max(1, most // SMALLER) if self._slowed else most

    @contextmanager
    def piece(self, size: int) -> Iterator[None]:
        """A piece of work of so many things; afterwards it pauses as long as it was slower than need be."""
        began = self._clock()
        yield
        took = self._clock() - began
        self._quickest = min(self._quickest, took / max(1, size))
        late = took - SLOWED * self._quickest * size
        self._slowed = late > 0
        self._sleep(min(PAUSE_MAX_S, max(0.0, late)))
