"""The old way of selling: every channel has its own copy of the numbers, refreshed never, every few minutes or nightly.

What makes the comparison fair: a channel books its own sales and returns in its copy at once, so one alone never
oversells; it shows and sells the sum over all the locations it may draw on, holds nothing back, and sells each line as
far as its number goes; a sync is complete, correct and instant, for all channels at the same moment; a physical unit
is taken at the first of the channel's locations that has one, and only a unit that none of them has is oversold."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from truestock.core.replay.answer import Answer, LineAnswer, Outcome, Sample
from truestock.core.replay.events import Delivery, OrderEvent, World
from truestock.core.replay.report import Report
from truestock.core.replay.score import Score


@dataclass(frozen=True, slots=True)
class Sync:
    """When the copies are refreshed: at `offset` past midnight UTC and every `period` from there; None means never."""

    name: str
    period: timedelta | None = None
    offset: timedelta = timedelta()

    def slot(self, at: datetime) -> int:
        """A number that rises by one at every refresh."""
        if self.period is None:
            return 0
        return int((at.timestamp() - self.offset.total_seconds()) // self.period.total_seconds())


NEVER = Sync("never synchronised")


def every(minutes: int) -> Sync:
    """A refresh every so many minutes."""
    return Sync(f"every {minutes} min", timedelta(minutes=minutes))


def nightly(hour: int = 3) -> Sync:
    """A refresh once a day at an hour, UTC."""
    return Sync(f"nightly at {hour}:00", timedelta(days=1), timedelta(hours=hour))


@dataclass(slots=True)
class _Copies:
    """What each channel believes of one item, since the refresh of `slot`; `since` is when it stopped being true."""

    slot: int
    shown: list[int]
    since: list[datetime | None]


class Baseline:
    """One replay of the old way; feed it events in order of time, one at a time or all at once."""

    def __init__(self, world: World, sync: Sync) -> None:
        self._sync = sync
        self._score = Score(world, sync.name)
        self._shelf = self._score.shelf
        self._codes = tuple(channel.code for channel in world.channels)
        self._index = {code: number for number, code in enumerate(self._codes)}
        self._items: dict[str, _Copies] = {}

    def offer(self, event: OrderEvent) -> Outcome:
        """Sell an order, or take a return or cancel back, and say what came of it."""
        admitted = self._score.admit(event)
        if admitted is None:
            return Outcome(())
        answer = self._decide(admitted)
        outcome = self._score.record(admitted, answer)
        own = self._index[event.channel]
        for line, said in zip(admitted.lines, answer, strict=True):
            copies = self._items[line.sku]
            copies.shown[own] += said.qty if admitted.kind != "order" else -said.qty
            self._compare(line.sku, copies, event.at)
        return outcome

    def receive(self, delivery: Delivery) -> None:
        """Lay delivered units on the shelf; the copies hear of them at their next refresh."""
        copies = [self._refreshed(line.sku, self._sync.slot(delivery.at)) for line in delivery.lines]
        self._score.receive(delivery)
        for line, copy in zip(delivery.lines, copies, strict=True):
            self._compare(line.sku, copy, delivery.at)

    def shown(self, channel: str, sku: str, at: datetime) -> int:
        """The number that the channel shows."""
        return self._refreshed(sku, self._sync.slot(at)).shown[self._index[channel]]

    def report(self) -> Report:
        """The figures as they stand."""
        return self._score.report()

    def _decide(self, event: OrderEvent) -> Answer:
        slot = self._sync.slot(event.at)
        channel = self._index[event.channel]
        if event.kind != "order":
            for line in event.lines:
                self._refreshed(line.sku, slot)
            return tuple([LineAnswer(line.qty) for line in event.lines])
        answer: list[LineAnswer] = []
        for line in event.lines:
            copies = self._refreshed(line.sku, slot)
            shown, since = copies.shown[channel], copies.since[channel]
            stale_seconds = (event.at - since).total_seconds() if since else 0.0
            sample = Sample(shown, self._shelf.available(event.channel, line.sku), stale_seconds)
            answer.append(LineAnswer(min(line.qty, shown), None, sample))
        return tuple(answer)

    def _refreshed(self, sku: str, slot: int) -> _Copies:
        """The copies as of the latest refresh: nothing touched the item since, so reading now is reading then."""
        copies = self._items.get(sku)
        if copies is None or copies.slot < slot:
            shown = [self._shelf.available(code, sku) for code in self._codes]
            copies = self._items[sku] = _Copies(slot, shown, [None] * len(shown))
        return copies

    def _compare(self, sku: str, copies: _Copies, at: datetime) -> None:
        for number, code in enumerate(self._codes):
            if copies.shown[number] == self._shelf.available(code, sku):
                copies.since[number] = None
            elif copies.since[number] is None:
                copies.since[number] = at
