"""A hub in this process as the target of a replay: its lane takes what its own API would."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from truestock.catalog.rules import RuleBook
from truestock.core.replay.answer import Answer, LineAnswer
from truestock.core.replay.events import Delivery, OrderEvent
from truestock.feeds.replay.places import Places, Promised
from truestock.feeds.replay.shown import Shown
from truestock.feeds.replay.target import ReplayError
from truestock.ledger.post import post
from truestock.ledger.values import AnyBooking, NotBooked, Post, Receive, Return
from truestock.orders.act import act
from truestock.orders.actions import Act, Done, Release
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine, OrderResult
from truestock.store.database import Database
from truestock.store.lane import Handler

Call = Callable[[Handler, Sequence[Any]], Awaitable[list[Any]]]
ACTOR = "replay"


class InProcess:
    """`call` hands commands to the hub's lane. References get the prefix, so that seasons can follow each other."""

    def __init__(self, call: Call, db: Database, rules: RuleBook, shown: Shown | None = None, prefix: str = "") -> None:
        self._call = call
        self._rules = rules
        self._places = Places(db)
        self._shown = shown or Shown()
        self._prefix = prefix

    async def sell(self, event: OrderEvent) -> Answer:
        """Reserve in the mode `partial`, and read where the units were promised."""
        seen = [self._shown.number(event.channel, line.sku) for line in event.lines]
        result = await self._one(reserve, Reserve(order_of(event, self._prefix), ACTOR))
        if not isinstance(result, OrderResult):
            raise ReplayError(f"{event.channel} {event.ref}: {result}")
        taken = await self._places.of(self._promised(result)) if result.granted else {}
        answer = []
        for n, (line, number) in enumerate(zip(result.lines, seen, strict=True)):
            sample = self._shown.sample(event.channel, line.sku, number, line.available)
            answer.append(LineAnswer(line.granted, taken.get(n, ()), sample))
            if line.granted:
                self._shown.move(line.sku)
        return tuple(answer)

    async def take_back(self, event: OrderEvent, answer: Answer) -> None:
        """Release a cancelled order; book what was sent back."""
        if event.kind == "cancel":
            done = await self._one(act, Act(Release(event.channel, self._prefix + event.ref, reason="customer"), ACTOR))
            if not isinstance(done, Done):
                raise ReplayError(f"{event.channel} {event.ref}: {done.detail}")
            for line in event.lines:
                self._shown.move(line.sku)
            return
        await self._book(
            Return(sku=line.sku, location=place, qty=units, source=event.channel, ref=self._prefix + event.ref)
            for line, said in zip(event.lines, answer, strict=True)
            for place, units in said.taken or ()
        )

    async def receive(self, delivery: Delivery) -> None:
        """Book what came in."""
        await self._book(
            Receive(sku=sku, location=delivery.location, qty=qty, source="supplier", ref=delivery.ref)
            for sku, qty in delivery.lines
        )

    def _promised(self, result: OrderResult) -> list[Promised]:
        rules = self._rules.snapshot()
        channel = rules.channel(result.channel)
        assert channel is not None, "the hub has just sold on it"
        found = rules.listings((channel.id, line.sku) for line in result.lines if line.granted)
        items = rules.items(item for listing in found.values() for item, _ in listing.components)
        return [Promised(item.part, item.item, result.id) for item in items.values()]

    async def _book(self, bookings: Iterable[AnyBooking]) -> None:
        commands = [Post(booking, ACTOR) for booking in bookings]
        for command, booked in zip(commands, await self._call(post, commands), strict=True):
            if isinstance(booked, Exception):
                raise booked
            if isinstance(booked, NotBooked):
                raise ReplayError(f"{command.booking}: {booked.detail}")
            self._shown.move(command.booking.sku)

    async def _one(self, handler: Handler, command: Any) -> Any:
        (answer,) = await self._call(handler, [command])
        if isinstance(answer, Exception):
            raise answer
        return answer


def order_of(event: OrderEvent, prefix: str = "") -> NewOrder:
    """The order an event asks for."""
    place = event.place
    return NewOrder(
        channel=event.channel,
        ref=prefix + event.ref,
        lines=[OrderLine(sku, qty) for sku, qty in event.lines],
        mode="partial",
        lat=place.lat if place else None,
        lng=place.lng if place else None,
    )
