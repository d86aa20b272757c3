"""The demo's show: days stream through the hub and the old ways at once, parcels leave, figures and curves grow."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from truestock.bootstrap import Hub
from truestock.core.replay.answer import Outcome
from truestock.core.replay.events import OrderEvent
from truestock.core.replay.report import Figures
from truestock.core.replay.score import Score
from truestock.entrypoints.demo.beside import LABELS, OldWays
from truestock.entrypoints.demo.desk import NOVELTY
from truestock.entrypoints.demo.seasons import PACE, company, days
from truestock.entrypoints.web import Curve, Sale, Standing
from truestock.feeds.replay import Happening, replay
from truestock.feeds.replay.following import FollowInProcess
from truestock.feeds.replay.in_process import InProcess
from truestock.feeds.replay.patience import patiently
from truestock.feeds.replay.places import units_on_shelves
from truestock.feeds.replay.shown import Shown
from truestock.orders.act import act
from truestock.orders.actions import Act, Ship

log = logging.getLogger(__name__)
_PARCEL_LEAVES_AFTER_S = 40.0
_PARCELS_AT_ONCE = 200
_RATE_OVER_S = 10.0


class Show:
    """One per process; its figures count from the start of the process, on the stock that the hub has then."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        there = units_on_shelves(hub.db)
        self._world = replace(company(), opening={cell: units for cell, units in there.items() if cell[0] != NOVELTY})
        self._score = Score(self._world, "truestock")
        self._old = OldWays(self._world)
        self._curve = Curve(tuple(LABELS))
        self._recent: deque[float] = deque()
        self._parcels: deque[tuple[float, Ship]] = deque()
        self._sales: list[Sale] = []
        self._prefix = f"{int(time.time()):x}-"
        self._shown = Shown(self._world.channels)
        hub.publisher.on_change(FollowInProcess(hub.db, self._shown))
        self._target = InProcess(hub.call, hub.db, hub.rules, self._shown, self._prefix)
        self._at: datetime | None = None

    @property
    def syncs(self) -> Mapping[str, str]:
        """The old ways that a page may choose from, the first one first."""
        return LABELS

    async def run(self) -> None:
        """Go on until cancelled; orders may be left whose parcels have not left."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(1.0, self._ship))
            group.create_task(_every(1.0, self._note))
            await self._stream()

    async def _stream(self) -> None:
        happenings = days(self._left)
        await replay(self._side_by_side(happenings), self._world, self._target, self._score, PACE, self._told)

    def _side_by_side(self, happenings: Iterator[Happening]) -> Iterator[Happening]:
        """The old ways meet an event when it is sent, the hub's answer comes a moment later."""
        for happening in happenings:
            yield happening
            self._old.happen(happening)

    def _told(self, happening: Happening, outcome: Outcome) -> None:
        self._at = happening.at
        if not isinstance(happening, OrderEvent) or happening.kind != "order":
            return
        now = time.monotonic()
        self._recent.append(now)
        ref = self._prefix + happening.ref
        self._sales.append(Sale(happening.at, happening.channel, happening.ref, outcome.asked, outcome.sold))
        if outcome.sold:
            self._parcels.append((now + _PARCEL_LEAVES_AFTER_S, Ship(happening.channel, ref)))

    async def _ship(self) -> None:
        """Hard allocation of what was packed a while ago; an order that was cancelled meanwhile is refused."""
        now, due = time.monotonic(), list[Act]()
        while self._parcels and self._parcels[0][0] <= now and len(due) < _PARCELS_AT_ONCE:
            due.append(Act(self._parcels.popleft()[1], "packing"))
        if due:
            await patiently(lambda: self._hub.call(act, due))

    async def _note(self) -> None:
        old = {name: figures.oversold for name, figures in self._old.figures().items()}
        self._curve.add(int(time.time()), self._score.report().total.oversold, old)
        horizon = time.monotonic() - _RATE_OVER_S
        while self._recent and self._recent[0] < horizon:
            self._recent.popleft()

    def _left(self) -> Mapping[tuple[str, str], int]:
        shelf = self._score.shelf
        return {
            (item.sku, place.code): shelf.at(place.code, item.sku)
            for item in self._world.items
            for place in self._world.locations
        }

    # What the page asks.

    def standing(self) -> tuple[Standing, Mapping[str, Standing]]:
        """The hub's figures, and those of the old ways."""
        rate = len(self._recent) / _RATE_OVER_S
        old = {name: _standing(figures, 0.0) for name, figures in self._old.figures().items()}
        return _standing(self._score.report().total, rate), old

    def clock(self) -> datetime | None:
        """What time it is in the demo's world."""
        return self._at

    def curve(self) -> Curve:
        """Oversold units over time."""
        return self._curve

    def oversold(self, sku: str) -> Mapping[str, int]:
        """Units of an item that each old way has oversold."""
        return self._old.oversold(sku)

    def take_sales(self) -> Sequence[Sale]:
        """The orders since the last time this was asked."""
        sales, self._sales = self._sales, []
        return sales


def _standing(figures: Figures, rate: float) -> Standing:
    return Standing(
        sold=figures.sold,
        orders=figures.orders,
        oversold=figures.oversold,
        apologies=figures.oversold_orders,
        lost=figures.lost,
        rate_per_s=rate,
        stale_p95_seconds=figures.stale_p95_seconds or 0.0,
    )


async def _every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        await work()
