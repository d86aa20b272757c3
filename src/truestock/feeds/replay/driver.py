"""Sends the orders of all channels at their pace, many at once, and audits the answers in the order of the asking.

Units that come back, or in, are on the auditor's shelf before the hub hears of them, and no order is sent past them;
sold units leave it in the order of the asking. So a sale that the auditor cannot back was never backed, however the
answers interleave."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from truestock.core.replay.answer import Answer, LineAnswer, Outcome
from truestock.core.replay.events import Delivery, OrderEvent, World
from truestock.core.replay.score import Score
from truestock.feeds.replay.target import Happening, Target

_ANSWERS_KEPT = 100_000  # a cancel comes within the hour; one that comes later finds nothing to take back
Told = Callable[[Happening, Outcome], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """`speed` times as fast as the events happened, None for flat out; at most `at_once` orders are under way.

    Nothing is waited for longer than `pause_max_s`: a night in which nobody buys is cut short."""

    speed: float | None = None
    at_once: int = 256
    pause_max_s: float = math.inf


@dataclass(slots=True)
class _Sent:
    happening: Happening
    answer: asyncio.Task[Answer] | None = None


async def replay(
    happenings: Iterable[Happening], world: World, target: Target, score: Score, pace: Pace, told: Told | None = None
) -> float:
    """Stream everything through the target into the score; the seconds it took.

    `told` hears of each event and what came of it. What the target raises ends the replay."""
    started = time.perf_counter()
    driver = _Driver(world, target, score, pace, told)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(driver.send(happenings, group))
            group.create_task(driver.audit())
    except ExceptionGroup as several:
        raise _first(several) from None
    return time.perf_counter() - started


def _first(error: Exception) -> Exception:
    """Of many orders under way that fail for one reason, one says enough."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


class _Driver:
    def __init__(self, world: World, target: Target, score: Score, pace: Pace, told: Told | None) -> None:
        self._target = target
        self._score = score
        self._pace = pace
        self._told = told
        self._first = {channel.code: channel.locations[0] for channel in world.channels}
        self._queue: asyncio.Queue[_Sent | None] = asyncio.Queue(maxsize=pace.at_once)
        self._sold: OrderedDict[tuple[str, str], dict[str, LineAnswer]] = OrderedDict()

    async def send(self, happenings: Iterable[Happening], group: asyncio.TaskGroup) -> None:
        """Ask in order of time; the queue's bound is that of the orders under way."""
        due = _Due(self._pace)
        for happening in happenings:
            await due.wait(happening.at)
            if isinstance(happening, OrderEvent) and happening.kind == "order":
                await self._queue.put(_Sent(happening, group.create_task(self._target.sell(happening))))
            else:
                await self._queue.put(_Sent(happening))
                await self._queue.join()
        await self._queue.put(None)

    async def audit(self) -> None:
        """Score answer by answer in the order of asking, and send on what comes back or in."""
        while (sent := await self._queue.get()) is not None:
            happening = sent.happening
            if isinstance(happening, Delivery):
                self._score.receive(happening)
                await self._target.receive(happening)
                outcome = Outcome(())
            elif sent.answer is not None:
                answer = await sent.answer
                outcome = self._score.record(happening, answer)
                self._remember(happening, answer)
            else:
                outcome = await self._back(happening)
            self._queue.task_done()
            if self._told is not None:
                self._told(happening, outcome)

    async def _back(self, event: OrderEvent) -> Outcome:
        admitted = self._score.admit(event)
        if admitted is None:
            return Outcome(())
        answer = self._returned(admitted) if admitted.kind == "return" else self._cancelled(admitted)
        if not any(line.qty for line in answer):
            return Outcome(())
        outcome = self._score.record(admitted, answer)
        await self._target.take_back(admitted, answer)
        return outcome

    def _returned(self, event: OrderEvent) -> Answer:
        """A parcel comes back to the channel's first location, whatever it was sent from."""
        place = self._first[event.channel]
        return tuple([LineAnswer(qty, ((place, qty),)) for _, qty in event.lines])

    def _cancelled(self, event: OrderEvent) -> Answer:
        """What the order was promised, where it was; an order of which units came back already is not cancelled."""
        sold = self._sold.pop((event.channel, event.ref), {})
        wanted = dict(event.lines)
        if any(line.qty > wanted.get(sku, 0) for sku, line in sold.items()):
            sold = {}
        nothing = LineAnswer(0, ())
        return tuple([LineAnswer(said.qty, said.taken) for said in (sold.get(sku, nothing) for sku in wanted)])

    def _remember(self, event: OrderEvent, answer: Answer) -> None:
        self._sold[event.channel, event.ref] = dict(zip((line.sku for line in event.lines), answer, strict=True))
        if len(self._sold) > _ANSWERS_KEPT:
            self._sold.popitem(last=False)


class _Due:
    """Waits until an event is due; behind time it waits for nothing."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._origin: tuple[datetime, float] | None = None

    async def wait(self, at: datetime) -> None:
        if self._pace.speed is None:
            return
        now = time.monotonic()
        first, started = self._origin = self._origin or (at, now)
        ahead = started + (at - first).total_seconds() / self._pace.speed - now
        if ahead > self._pace.pause_max_s:
            ahead = self._pace.pause_max_s
            self._origin = (at, now + ahead)
        await asyncio.sleep(max(0.0, ahead))
