"""The side without truestock: every channel sells by a copy of its own, refreshed from a master that hears late.

A channel lowers its copy as it sells. The master is another copy: it takes an order when it is told of it. A run reads
the master and overwrites the channel's number, which may be an older one than the channel's own."""

from collections.abc import Sequence

from truestock.core.replay.shelf import Shelf
from truestock.core.replay.simulate.clock import lag, next_slot
from truestock.core.replay.simulate.scene import Chances, Scene
from truestock.sync.simulate.news import News, answers_at
from truestock.sync.simulate.seller import Seller, Sold, Taken

Lines = Sequence[tuple[int, int]]  # item, number


class Today(Seller):
    """As it is."""

    name = "today"

    def __init__(self, scene: Scene, chances: Chances) -> None:
        super().__init__(scene, chances)
        self._master = Shelf(scene.stage)
        self._orders = [self._news(n, "orders") for n in range(len(self.codes))]
        self._cancels = [self._news(n, "cancels") for n in range(len(self.codes))]
        self._copies = [_Copies(self, n) for n in range(len(self.codes))]
        self._sold: dict[tuple[int, str], Sold] = {}
        for item in range(len(self.skus)):
            truth = self.truth(item)
            shown = self._allocated(truth)
            self.shown.append(shown)
            self.watch.begin(item, shown, shown, truth)

    def _news(self, channel: int, kind: str) -> News:
        life = self.lives[channel]
        return News(life, life.today.poll_every_s, self.chances(f"{self.codes[channel]} {kind}"))

    def truth(self, item: int) -> list[int]:
        """What lies there: a unit that was sold is gone, whoever knows it."""
        return self.on_shelf(item)

    def allocated(self, channel: int, item: int) -> int:
        """The number that a run reads for a channel."""
        units = self._master.available(self.codes[channel], self.skus[item])
        return int(units * self.lives[channel].today.allocation_percent / 100)

    def _allocated(self, truth: list[int]) -> list[int]:
        return [int(units * life.today.allocation_percent / 100) for units, life in zip(truth, self.lives, strict=True)]

    def sell(self, channel: int, ref: str, lines: tuple[tuple[int, int], ...]) -> None:
        """Each line as far as the channel's number goes; a unit that is not there is oversold."""
        heard_at = self._orders[channel].heard_at(self.now)
        sold: list[tuple[int, int]] = []
        missing: list[tuple[int, int]] = []
        for item, asked in lines:
            shown = self.shown[item]
            units = min(asked, shown[channel])
            if units:
                shown[channel] -= units
                found = self._take(channel, ref, item, units)
                sold.append((item, units))
                if found < units:
                    missing.append((item, units - found))
                self._tell(item)
                self._copies[channel].mark(item)
            lost = min(asked - units, self.on_shelf(item)[channel]) if units < asked else 0
            self.score.line(channel, self.now, item, asked, units, lost)
        if sold:
            self.score.sold_order(channel)
            order = Sold(channel, ref, self.now, tuple(sold))
            if (self.codes[channel], ref) in self.scene.cancels:
                self.heard_at[channel, ref] = heard_at
                self._sold[channel, ref] = order
            self.clock.at(heard_at, self._hear, order)
        if missing:
            self.score.oversell(channel, self.now, missing)

    def _take(self, channel: int, ref: str, item: int, units: int) -> int:
        """A unit is taken at the first of the channel's locations that has one."""
        left, taken = units, list[Taken]()
        for location in self.scene.stage.channels[channel].locations:
            found = self.shelf.take_at(location, self.skus[item], left)
            if found:
                taken.append((item, location, found))
                left -= found
            if not left:
                break
        self.handed_over(channel, ref, taken)
        return units - left

    def _hear(self, order: Sold) -> None:
        """The master learns of an order."""
        for item, units in order.lines:
            self._master.take(self.codes[order.channel], self.skus[item], units)
            self._mark(order.channel, item)

    def cancel(self, channel: int, ref: str) -> None:
        """The channel has its units back at once, the master when it hears, and not before the order."""
        heard_at = self._cancels[channel].heard_at(self.now)
        order = self._sold.pop((channel, ref), None)
        if order is None:
            return
        self.taken_back(channel, ref)
        for item, units in order.lines:
            self.shown[item][channel] += units
            self._tell(item)
        self.clock.at(max(heard_at, self.heard_at.pop((channel, ref))), self._hear_cancel, order)

    def _hear_cancel(self, order: Sold) -> None:
        for item, units in order.lines:
            self._master.put(self.codes[order.channel], self.skus[item], units)
            self._mark(order.channel, item)

    def returned(self, back: list[Taken]) -> None:
        """The master books parcels in as they come."""
        for item, location, units in back:
            self._master.put_at(location, self.skus[item], units)
            self._tell(item)
            for copies in self._copies:
                copies.mark(item)

    def _mark(self, channel: int, item: int) -> None:
        for n in self.neighbours[channel]:
            self._copies[n].mark(item)

    def _tell(self, item: int) -> None:
        if not self.closing:
            truth = self.truth(item)
            self.watch.tell(item, self.now, self.shown[item], self._allocated(truth), truth)


class _Copies:
    """One channel's copies and the runs that refresh them."""

    def __init__(self, side: Today, channel: int) -> None:
        self._side = side
        self._channel = channel
        self._life = side.lives[channel]
        self._chance = side.chances(f"{side.codes[channel]} runs")
        start = side.scene.start
        midnight_s = start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6
        self._offset_s = self._life.today.sync_offset_s - midnight_s
        self._changed: dict[int, None] = {}
        self._waits = False
        self._arrived_at = 0.0

    def mark(self, item: int) -> None:
        """The copy of an item may not be what the master has; the next run looks at it."""
        every = self._life.today.sync_every_s
        if not every or self._side.closing:
            return
        self._changed[item] = None
        if not self._waits:
            self._waits = True
            self._side.clock.at(next_slot(self._side.clock.now, every, self._offset_s), self._run)

    def _run(self) -> None:
        self._waits = False
        changed = sorted(self._changed)
        if self._side.closing:
            return
        self._changed.clear()
        if self._chance() < self._life.today.failure_percent / 100:
            self._again(changed)
            return
        calls: dict[int, list[tuple[int, int]]] = {}
        for place, item in enumerate(changed):
            number = self._side.allocated(self._channel, item)
            if number != self._side.shown[item][self._channel]:
                position = item if self._life.today.sends == "all" else place
                calls.setdefault(position // self._life.lines_per_call, []).append((item, number))
        for call, lines in calls.items():
            self._send(call, lines)

    def _send(self, call: int, lines: Lines) -> None:
        """The calls of a run go out at the channel's rate, and come in in their order."""
        life, clock = self._life, self._side.clock
        failed = self._chance() < life.push_loss_percent / 100
        queued_s = max(0.0, call + 1 - life.burst) / life.calls_per_s
        arrives = clock.now + life.today.sync_lag_s + queued_s + lag(life.push_lag_s, self._chance)
        self._arrived_at = max(self._arrived_at, arrives)
        clock.at(self._arrived_at, self._arrive, lines, failed)

    def _arrive(self, lines: Lines, failed: bool) -> None:
        side = self._side
        if side.closing:
            return
        if failed or answers_at(self._life.outages, side.clock.now) > side.clock.now:
            self._again([item for item, _ in lines])
            return
        for item, number in lines:
            side.shown[item][self._channel] = number
            side.watch.show(item, side.now, self._channel, number)

    def _again(self, items: Sequence[int]) -> None:
        for item in items:
            self.mark(item)
