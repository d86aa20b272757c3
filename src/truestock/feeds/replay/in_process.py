"""A hub in this process as the target of a replay: its lane takes what its own API would."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from truestock.catalog.rules import RuleBook
from truestock.core.replay.answer import Answer
from truestock.core.replay.events import Delivery, OrderEvent
from truestock.feeds.replay.patience import patiently
from truestock.feeds.replay.places import Places
from truestock.feeds.replay.shown import Shown
from truestock.feeds.replay.target import ReplayError
from truestock.feeds.replay.wording import (
    answer_of,
    move_all,
    order_of,
    receipts_of,
    release_of,
    returns_of,
    samples_of,
)
from truestock.ledger.post import post
from truestock.ledger.values import AnyBooking, NotBooked, Post
from truestock.orders.act import act
from truestock.orders.actions import Act, Done
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import OrderResult
from truestock.store.database import Database
from truestock.store.lane import Handler

Call = Callable[[Handler, Sequence[Any]], Awaitable[list[Any]]]
ACTOR = "replay"


class InProcess:
    """`call` hands commands to the hub's lane. References get the prefix, so that seasons can follow each other."""

    def __init__(self, call: Call, db: Database, rules: RuleBook, shown: Shown | None = None, prefix: str = "") -> None:
        self._call = call
        self._places = Places(db, rules)
        self._shown = shown or Shown()
        self._prefix = prefix

    async def sell(self, event: OrderEvent) -> Answer:
        """Reserve in the mode `partial`, and read where the units were promised."""
        seen = [self._shown.look(event.channel, line.sku) for line in event.lines]
        (result,) = await self._ask(reserve, [Reserve(order_of(event, self._prefix), ACTOR)])
        if not isinstance(result, OrderResult):
            raise ReplayError(f"{event.channel} {event.ref}: {result}")
        samples, now = samples_of(result.lines, self._shown, seen), self._shown.clock()
        answer = answer_of(result.lines, await self._places.of(result) if result.granted else {}, samples)
        move_all(event, answer, self._shown, now)
        return answer

    async def take_back(self, event: OrderEvent, answer: Answer) -> None:
        """Release a cancelled order; book what was sent back."""
        if event.kind == "return":
            await self._book(event.ref, returns_of(event, answer, self._prefix))
            move_all(event, answer, self._shown, self._shown.clock())
            return
        cancel = Act(release_of(event, self._prefix), ACTOR, f"{self._prefix}{event.channel}:{event.ref}")
        (done,) = await self._ask(act, [cancel])
        if not isinstance(done, Done):
            raise ReplayError(f"{event.channel} {event.ref}: {done.detail}")
        move_all(event, answer, self._shown, self._shown.clock())

    async def receive(self, delivery: Delivery) -> None:
        """Book what came in."""
        await self._book(delivery.ref, receipts_of(delivery))
        for line in delivery.lines:
            self._shown.move(line.sku, [delivery.location], self._shown.clock())

    async def _book(self, ref: str, bookings: Sequence[AnyBooking]) -> None:
        commands = [Post(booking, ACTOR, f"{self._prefix}{ref}:{n}") for n, booking in enumerate(bookings)]
        for booked in await self._ask(post, commands):
            if isinstance(booked, NotBooked):
                raise ReplayError(f"{ref}: {booked.detail}")

    async def _ask(self, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        return await patiently(lambda: self._answers(handler, commands))

    async def _answers(self, handler: Handler, commands: Sequence[Any]) -> list[Any]:
        answers = await self._call(handler, commands)
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers
