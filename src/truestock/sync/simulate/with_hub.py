"""The side with truestock: one ledger decides, and channels are told what it says as soon as they take it.

A channel that asks the hub at checkout is promised units or refused. Any other sells by its own number; its order
comes later, as already sold, and what no unit backs then is oversold."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from truestock.core.replay.simulate.clock import next_slot
from truestock.core.replay.simulate.report import Side
from truestock.core.replay.simulate.scene import Chances, Scene
from truestock.sync.simulate.books import Books, Numbers, Promised
from truestock.sync.simulate.news import News
from truestock.sync.simulate.pushes import Pushes, Row
from truestock.sync.simulate.seller import Key, Seller, Sold, Taken


class WithHub(Seller):
    """As it would be; `numbers` is what the hub says of each item."""

    name = "truestock"

    def __init__(self, scene: Scene, chances: Chances) -> None:
        super().__init__(scene, chances)
        self._orders = [self._news(n, "orders") for n in range(len(self.codes))]
        self._cancels = [self._news(n, "cancels") for n in range(len(self.codes))]
        self._asks = [life.checkout == "asks_hub" for life in self.lives]
        self._pushes = {n: self._made_pushes(n) for n, asks in enumerate(self._asks) if not asks}
        self._books = Books(scene)
        self.numbers: list[Numbers] = []
        self._untold = [[0] * len(self.codes) for _ in self.skus]  # units sold that the hub has not heard of
        self._promised: dict[Key, list[Promised]] = {}
        self._sold: dict[Key, Sold] = {}
        self._changed: dict[int, None] = {}
        self._publishes = False
        for item in range(len(self.skus)):
            self._begin(item)

    def _news(self, channel: int, kind: str) -> News:
        life = self.lives[channel]
        return News(life, life.poll_every_s, self.chances(f"{self.codes[channel]} {kind}"))

    def _made_pushes(self, channel: int) -> Pushes:
        chance = self.chances(f"{self.codes[channel]} pushes")
        return Pushes(self.lives[channel], self.clock, self.scene.start, chance, partial(self._show, channel))

    def _begin(self, item: int) -> None:
        numbers = self._books.open(item, self.moment)
        self.numbers.append(numbers)
        self.shown.append([*numbers.published])
        self.watch.begin(item, numbers.published, numbers.published, self.truth(item))
        for n, pushes in self._pushes.items():
            listing, told = n * len(self.skus) + item + 1, numbers.published[n]
            pushes.begin(Row(listing, item, numbers.atps[n], told, told))

    def finish(self) -> Side:
        """What waits to be sent at the end stays unsent."""
        self.clock.run_to(self.scene.end_s)
        for pushes in self._pushes.values():
            pushes.stop()
        return super().finish()

    def truth(self, item: int) -> list[int]:
        """What lies there, less what channels with a location in common have sold and not told yet."""
        return self._less_untold(item, self.on_shelf(item))

    def _less_untold(self, item: int, units: Sequence[int]) -> list[int]:
        untold = self._untold[item]
        if not any(untold):
            return [*units]
        return [max(0, units[n] - sum([untold[m] for m in near])) for n, near in enumerate(self.neighbours)]

    def sell(self, channel: int, ref: str, lines: tuple[tuple[int, int], ...]) -> None:
        """Ask the hub, or sell each line as far as the channel's number goes."""
        heard_at = self._orders[channel].heard_at(self.now)
        if self._asks[channel]:
            self._ask(Sold(channel, ref, self.now, lines))
            return
        sold: list[tuple[int, int]] = []
        for item, asked in lines:
            shown = self.shown[item]
            units = min(asked, shown[channel])
            if units:
                shown[channel] -= units
                self._untold[item][channel] += units
                sold.append((item, units))
                self._tell(item)
            self._score(channel, item, asked, units)
        if sold:
            order = Sold(channel, ref, self.now, tuple(sold))
            self.score.sold_order(channel)
            if (self.codes[channel], ref) in self.scene.cancels:
                self._sold[channel, ref] = order
                self.heard_at[channel, ref] = heard_at
            self.clock.at(heard_at, self._hear, order)

    def _ask(self, order: Sold) -> None:
        """The hub promises units at the moment of buying."""
        decision, promised, numbers = self._books.sell(order.channel, order.lines, "partial", self.moment, self.moment)
        granted = [answer.granted for answer in decision.lines]
        sold = [(item, units) for (item, _), units in zip(order.lines, granted, strict=True) if units]
        self._settle(order._replace(lines=tuple(sold)), promised)
        for (item, _), new in zip(order.lines, numbers, strict=True):
            self._change(item, new)
        for (item, asked), units in zip(order.lines, granted, strict=True):
            self._score(order.channel, item, asked, units)
        if sold:
            self.score.sold_order(order.channel)

    def _hear(self, order: Sold) -> None:
        """The hub learns of an order that is sold already: it promises what there is."""
        for item, units in order.lines:
            self._untold[item][order.channel] -= units
        placed_at = self.scene.start + timedelta(seconds=order.at)
        _, promised, numbers = self._books.sell(order.channel, order.lines, "sold", self.moment, placed_at)
        self._settle(order, promised)
        for (item, _), new in zip(order.lines, numbers, strict=True):
            self._change(item, new)

    def _settle(self, order: Sold, promised: list[Promised]) -> None:
        """The shelf gives what was promised, if it is there; what is missing of the sold units was oversold."""
        found: dict[int, int] = {}
        taken: list[Taken] = []
        for held in promised:
            units = self.shelf.take_at(held.location, self.skus[held.item], held.units)
            found[held.item] = found.get(held.item, 0) + units
            taken.append((held.item, held.location, units))
        missing = [(item, units - found.get(item, 0)) for item, units in order.lines if units > found.get(item, 0)]
        if missing:
            self.score.oversell(order.channel, order.at, missing)
        self.handed_over(order.channel, order.ref, taken)
        if (self.codes[order.channel], order.ref) in self.scene.cancels:
            self._promised[order.channel, order.ref] = promised

    def _score(self, channel: int, item: int, asked: int, sold: int) -> None:
        lost = min(asked - sold, self.truth(item)[channel]) if sold < asked else 0
        self.score.line(channel, self.now, item, asked, sold, lost)

    def cancel(self, channel: int, ref: str) -> None:
        """A channel has its units back at once; the hub when it hears, and not before the order."""
        heard_at = self._cancels[channel].heard_at(self.now)
        order = self._sold.pop((channel, ref), None)
        if order is None:
            self._hear_cancel(channel, ref)
            return
        for item, units in order.lines:
            self.shown[item][channel] += units
            self._tell(item)
        self.clock.at(max(heard_at, self.heard_at.pop((channel, ref))), self._hear_cancel, channel, ref)

    def _hear_cancel(self, channel: int, ref: str) -> None:
        promised = self._promised.pop((channel, ref), [])
        back = self.taken_back(channel, ref)
        freed = [held._replace(units=units) for held, (_, _, units) in zip(promised, back, strict=True) if units]
        for item, numbers in self._books.cancel(channel, freed, self.moment):
            self._change(item, numbers)

    def returned(self, back: list[Taken]) -> None:
        """The warehouse books parcels in as they come."""
        for item, location, units in back:
            self._change(item, self._books.receive(item, location, units, self.moment))

    def _change(self, item: int, numbers: Numbers) -> None:
        """An item's numbers are new: channels that ask show them at once, the others when they are published."""
        self.numbers[item] = numbers
        if self.closing:
            return
        for n, asks in enumerate(self._asks):
            if asks:
                self.shown[item][n] = numbers.published[n]
        self._tell(item)
        if self._pushes:
            self._changed[item] = None
            if not self._publishes:
                self._publishes = True
                self.clock.at(next_slot(self.clock.now, self.scene.world.publish_every_s), self._publish)

    def _publish(self) -> None:
        """Look at all that has changed since the last time, as the publisher does."""
        self._publishes = False
        changed, self._changed = self._changed, {}
        for n, pushes in self._pushes.items():
            for item in changed:
                pushes.want(item, self.numbers[item].atps[n], self.numbers[item].published[n])
            pushes.wake()

    def _show(self, channel: int, item: int, number: int) -> None:
        """A push has arrived."""
        if not self.closing:
            self.shown[item][channel] = number
            self.watch.show(item, self.now, channel, number)

    def _tell(self, item: int) -> None:
        if not self.closing:
            right = self._less_untold(item, self.numbers[item].published)
            self.watch.tell(item, self.now, self.shown[item], right, self.truth(item))
