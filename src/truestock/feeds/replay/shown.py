"""The numbers that customers see, fed by a hub's change stream, and for how long they have not been true."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import NamedTuple

from truestock.core.replay.answer import Sample
from truestock.core.replay.events import Channel


class Look(NamedTuple):
    """What a customer saw and when; `since` is from when on it is known to be wrong, if it may be."""

    channel: str
    sku: str
    number: int
    at: float
    since: float | None


class Shown:
    """A number is stale from the first move of its item, where the channel draws, until the stream has spoken again.

    Moves are known from answers. The stream may be heard in another thread."""

    def __init__(self, channels: Iterable[Channel] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = Lock()
        self._drawing: dict[str, list[str]] = defaultdict(list)
        for channel in channels:
            for place in channel.locations:
                self._drawing[place].append(channel.code)
        self._numbers: dict[tuple[str, str], tuple[int, float]] = {}
        self._since: dict[tuple[str, str], float] = {}

    def hear(self, channel: str, sku: str, atp: int) -> None:
        """The stream says what the channel shows from now on."""
        with self._lock:
            self._numbers[channel, sku] = max(0, atp), self.clock()
            self._since.pop((channel, sku), None)

    def begin(self, channel: str, sku: str, atp: int) -> None:
        """What the channel shows as long as the stream has said nothing of it."""
        with self._lock:
            self._numbers.setdefault((channel, sku), (max(0, atp), self.clock()))

    def move(self, sku: str, places: Iterable[str], at: float) -> None:
        """Units of the item left or came to these locations at an instant, which may have passed."""
        with self._lock:
            for channel in {channel for place in places for channel in self._drawing.get(place, ())}:
                _, heard_at = self._numbers.get((channel, sku), (0, at))
                if heard_at < at:
                    self._since.setdefault((channel, sku), at)

    def look(self, channel: str, sku: str) -> Look | None:
        """What a customer of the channel sees now; None as long as nobody has said what it shows."""
        with self._lock:
            found = self._numbers.get((channel, sku))
            return found and Look(channel, sku, found[0], self.clock(), self._since.get((channel, sku)))

    def sample(self, look: Look | None, true: int) -> Sample | None:
        """What a customer saw, against what was true when the order was decided; one still true is not stale.

        Where no earlier move is known it moved after the look, and counts from there."""
        if look is None:
            return None
        if look.number != true:
            return Sample(look.number, true, self.clock() - (look.at if look.since is None else look.since))
        with self._lock:
            if look.since is not None and self._since.get((look.channel, look.sku)) == look.since:
                del self._since[look.channel, look.sku]
        return Sample(true, true, 0.0)
