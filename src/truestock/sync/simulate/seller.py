"""What both sides of a simulation have in common: the shelf of real units, the account, and how orders come in."""

from abc import ABC, abstractmethod
from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from truestock.core.replay.events import OrderEvent
from truestock.core.replay.shelf import Shelf
from truestock.core.replay.simulate.clock import Clock
from truestock.core.replay.simulate.report import Look, Side, side_report
from truestock.core.replay.simulate.scene import Chances, Scene
from truestock.core.replay.simulate.score import Score, earnings
from truestock.core.replay.simulate.staleness import Watch

Taken = tuple[int, str, int]  # item, location, units
Key = tuple[int, str]


class Sold(NamedTuple):
    """An order as its channel sold it: lines are (item, units), none of them 0."""

    channel: int
    ref: str
    at: float
    lines: tuple[tuple[int, int], ...]


class Seller(ABC):
    """Offer events in order of time, look whenever you like, finish once. `shown` is what channels show, by item."""

    name: str

    def __init__(self, scene: Scene, chances: Chances) -> None:
        stage = scene.stage
        self.scene = scene
        self.chances = chances
        self.clock = Clock()
        self.shelf = Shelf(stage)
        self.codes = tuple(channel.code for channel in stage.channels)
        self.skus = tuple(item.sku for item in stage.items)
        self.lives = scene.lives
        prices = [(item.cost_cents, item.price_cents) for item in stage.items]
        self.score = Score(self.lives, earnings(scene.costs, prices), scene.end_s)
        self.watch = Watch(len(self.codes))
        self.shown: list[list[int]] = []
        self.closing = False
        self.heard_at: dict[Key, float] = {}
        self._looks: list[Look] = []
        self._channels, self._items = scene.channels, scene.items
        self._first = [channel.locations[0] for channel in stage.channels]
        self._out: Counter[tuple[int, int]] = Counter()  # units with customers, by channel and item
        self._kept: dict[Key, list[Taken]] = {}  # what the orders took that will be cancelled
        ways = [channel.locations for channel in stage.channels]
        # Channels that draw alike have the same truth: one of them is asked for all.
        self._alike = [ways.index(way) for way in ways]
        places = [frozenset(way) for way in ways]
        self.neighbours = [[n for n, other in enumerate(places) if place & other] for place in places]

    @property
    def now(self) -> float:
        """Seconds from the start; what is settled after the last order counts as of its end."""
        return min(self.clock.now, self.scene.end_s)

    @property
    def moment(self) -> datetime:
        """The same as an instant."""
        return self.scene.start + timedelta(seconds=self.now)

    def offer(self, event: OrderEvent) -> None:
        """An order, return or cancel, and before it all that was due."""
        self.clock.run_to((event.at - self.scene.start).total_seconds())
        channel = self._channels.get(event.channel)
        if channel is None:
            return  # it has returns and no order
        if event.kind == "order":
            self.sell(channel, event.ref, tuple([(self._items[sku], qty) for sku, qty in event.lines]))
        elif event.kind == "return":
            self._return(channel, event)
        else:
            self.cancel(channel, event.ref)

    def look(self, at: float) -> None:
        """Note what every channel shows at an instant."""
        self.clock.run_to(at)
        truths = [self.truth(item) for item in range(len(self.skus))]
        for n, code in enumerate(self.codes):
            shown = sum(numbers[n] for numbers in self.shown)
            self._looks.append(Look(at, code, shown, sum(truth[n] for truth in truths)))

    def finish(self) -> Side:
        """The last order has been offered; what has not been told yet is told now."""
        self.clock.run_to(self.scene.end_s)
        self.watch.end(self.now)
        self.closing = True
        self.clock.run_to(float("inf"))
        return side_report(self.name, self.scene, self.score, self.watch, self._looks)

    def on_shelf(self, item: int) -> list[int]:
        """Units at the locations of each channel."""
        found: list[int] = []
        for n, alike in enumerate(self._alike):
            units = found[alike] if alike < n else self.shelf.available(self.codes[n], self.skus[item])
            found.append(units)
        return found

    def handed_over(self, channel: int, ref: str, taken: list[Taken]) -> None:
        """Units that left the shelf for an order."""
        for item, _, units in taken:
            self._out[channel, item] += units
        if (self.codes[channel], ref) in self.scene.cancels:
            self._kept.setdefault((channel, ref), []).extend(taken)

    def taken_back(self, channel: int, ref: str) -> list[Taken]:
        """Lay a cancelled order's units on the shelf again, as they were taken; of what was sent back already, 0."""
        back = list[Taken]()
        for item, location, taken in self._kept.pop((channel, ref), ()):
            units = min(taken, self._out[channel, item])
            if units:
                self._out[channel, item] -= units
                self.shelf.put_at(location, self.skus[item], units)
                self.score.given_back(channel, units)
            back.append((item, location, units))
        return back

    def _return(self, channel: int, event: OrderEvent) -> None:
        """A parcel comes back to the channel's first location; nobody sends back what he never got."""
        back = []
        for sku, qty in event.lines:
            item = self._items.get(sku, -1)  # one that nobody ordered is out nowhere
            units = min(qty, self._out[channel, item])
            if units:
                self._out[channel, item] -= units
                self.shelf.put_at(self._first[channel], sku, units)
                self.score.given_back(channel, units)
                back.append((item, self._first[channel], units))
        if back:
            self.returned(back)

    @abstractmethod
    def truth(self, item: int) -> list[int]:
        """Units that each channel could deliver now."""

    @abstractmethod
    def sell(self, channel: int, ref: str, lines: tuple[tuple[int, int], ...]) -> None:
        """A customer orders: lines are (item, units)."""

    @abstractmethod
    def cancel(self, channel: int, ref: str) -> None:
        """A customer cancels an order."""

    @abstractmethod
    def returned(self, back: list[Taken]) -> None:
        """Units lie on the shelf again, and whoever keeps the stock has booked them in."""
