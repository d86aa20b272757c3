"""One channel's pushes in simulated time: what is due goes out by urgency, one call at a time, within the budget.

Budget, breaker and marks are those of the pusher; which listings are due, and in which order, is what `lock_due` of
queries.sql says of rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import NamedTuple

from truestock.connections.outside.breaker import Breaker
from truestock.connections.outside.budget import Bucket
from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.contract.traits import Budget
from truestock.core.identity import part_of
from truestock.core.replay.chance import Chance
from truestock.core.replay.simulate.clock import Clock, lag
from truestock.core.replay.simulate.world import ChannelLife
from truestock.sync.marks import Mark, Sent, answered, came_back
from truestock.sync.simulate.news import answers_at

AFTER_FAULT_S = 1.0  # as the pusher has it
APPLIED = Outcome("applied")
Show = Callable[[int, int], None]  # item, number


@dataclass(slots=True)
class Row:
    """What is known of a listing, as a row of `outbound` has it."""

    listing: int
    item: int
    atp: int
    desired: int
    shown: int | None
    rev: int = 1
    sent_rev: int = 1
    acked_rev: int = 1
    in_flight: bool = False
    tries: int = 0
    next_try_s: float | None = None

    def due(self, now: float) -> bool:
        """Whether it may go out; a new and lower number does not wait for what the old one has to wait for."""
        if self.acked_rev >= self.rev or self.in_flight:
            return False
        if self.next_try_s is None or self.next_try_s <= now:
            return True
        return self.rev > self.sent_rev and (self.shown is None or self.desired < self.shown)

    @property
    def urgency(self) -> "Urgency":
        """Sort key, the most urgent first: what must go out of stock, then what is shown beyond its number."""
        sells_out = self.desired == 0 and self.shown != 0
        beyond = float("-inf") if self.shown is None else self.desired - self.shown
        return Urgency(not sells_out, beyond, part_of(self.listing), self.listing)


class Urgency(NamedTuple):
    """The lowest goes first."""

    not_out_of_stock: bool
    less_than_shown: float
    part: int
    listing: int


class Pushes:
    """Keeps one channel in step; `show` is told what arrives there."""

    def __init__(self, life: ChannelLife, clock: Clock, start: datetime, chance: Chance, show: Show) -> None:
        self.rows: dict[int, Row] = {}
        self._life = life
        self._clock = clock
        self._start = start
        self._chance = chance
        self._show = show
        self._bucket = Bucket(Budget(life.calls_per_s, life.burst), 0.0)
        self._breaker = Breaker()
        self._waiting: dict[int, Row] = {}
        self._calling = False
        self._turn_at: float | None = None
        self._stopped = False

    def begin(self, row: Row) -> None:
        """A listing in step."""
        self.rows[row.item] = row

    def want(self, item: int, atp: int, desired: int) -> None:
        """The publisher has looked at a listing; a new value gets the next rev, and is sent when `wake` is called."""
        row = self.rows[item]
        if (row.atp, row.desired) != (atp, desired):
            row.atp, row.desired = atp, desired
            row.rev += 1
            self._waiting[item] = row

    def wake(self) -> None:
        """There may be something to send."""
        if self._waiting and not self._calling and not self._stopped:
            self._turn()

    def stop(self) -> None:
        """The run is over: nothing is sent any more."""
        self._stopped = True

    def _turn(self) -> None:
        now = self._clock.now
        wait_s = max(self._breaker.wait(now), self._bucket.wait(now))
        if wait_s > 0:
            self._turn_by(now + wait_s)
            return
        due = [row for row in self._waiting.values() if row.due(now)]
        if not due:
            tries = [row.next_try_s for row in self._waiting.values() if row.next_try_s is not None]
            if tries:
                self._turn_by(min(tries))
            return
        room = self._bucket.affordable(self._life.lines_per_call, now)
        taken = nsmallest(room, due, key=lambda row: row.urgency) if len(due) > room else due
        self._bucket.take(len(taken), now)
        self._calling = True
        sent = [self._on_its_way(row) for row in taken]
        fails = self._chance() < self._life.push_loss_percent / 100
        self._clock.at(now + lag(self._life.push_lag_s, self._chance), self._answered, sent, fails)

    def _turn_by(self, at: float) -> None:
        """Take a turn then, or earlier if one is arranged."""
        if self._turn_at is None or at < self._turn_at or self._turn_at <= self._clock.now:
            self._turn_at = at
            # A wait that is too short for the clock's digits would never end.
            self._clock.at(max(at, self._clock.now + 1e-6), self.wake)

    def _on_its_way(self, row: Row) -> tuple[Row, Sent]:
        row.sent_rev, row.in_flight = row.rev, True
        return row, Sent(row.listing, 0, Spot(""), row.rev, row.desired, row.shown, row.tries)

    def _answered(self, sent: list[tuple[Row, Sent]], fails: bool) -> None:
        self._calling = False
        if self._stopped:
            return
        now = self._clock.now
        moment = self._start + timedelta(seconds=now)
        if fails or answers_at(self._life.outages, now) > now:
            again = moment + timedelta(seconds=AFTER_FAULT_S)
            for row, line in sent:
                self._mark(row, came_back(line, again))
            self._breaker.failed(now, self._chance())
        else:
            self._breaker.worked()
            for row, line in sent:
                self._show(row.item, line.quantity)
                self._mark(row, answered(line, APPLIED, moment, 0.0))
        self.wake()

    def _mark(self, row: Row, mark: Mark) -> None:
        row.in_flight = mark.in_flight
        row.shown, row.tries = mark.shown, mark.tries
        row.next_try_s = None if mark.next_try_at is None else (mark.next_try_at - self._start).total_seconds()
        if mark.acked:
            row.acked_rev = max(row.acked_rev, mark.rev)
        if row.acked_rev >= row.rev:
            self._waiting.pop(row.item, None)
