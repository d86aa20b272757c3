"""The numbers that customers see, fed by a hub's change stream, and for how long they have not been true."""

import time
from collections import defaultdict
from collections.abc import Callable

from truestock.core.replay.answer import Sample


class Shown:
    """A number is stale from the moment its item moved until the stream has spoken; one still true is not."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._numbers: dict[tuple[str, str], int] = {}
        self._moved: dict[str, float] = {}
        self._heard: dict[tuple[str, str], float] = defaultdict(float)

    def hear(self, channel: str, sku: str, atp: int) -> None:
        """The stream says what the channel shows from now on."""
        self._numbers[channel, sku] = max(0, atp)
        self._heard[channel, sku] = self._clock()

    def move(self, *skus: str) -> None:
        """Units of these items were sold, or came in."""
        self._moved |= dict.fromkeys(skus, self._clock())

    def number(self, channel: str, sku: str) -> int | None:
        """What the channel shows; None before the stream has said anything."""
        return self._numbers.get((channel, sku))

    def sample(self, channel: str, sku: str, shown: int | None, true: int) -> Sample:
        """What a customer saw, against what was true when the order was decided."""
        if shown is None or shown == true:
            return Sample(true, true, 0.0)
        since = max(self._heard[channel, sku], min(self._moved.get(sku, self._clock()), self._clock()))
        return Sample(shown, true, max(0.0, self._clock() - since))
