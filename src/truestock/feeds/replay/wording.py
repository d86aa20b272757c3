"""A replay's events in the hub's words, and the hub's answers in the replay's; the same for every target."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from truestock.core.replay.answer import Answer, LineAnswer, Sample
from truestock.core.replay.events import Delivery, OrderEvent
from truestock.feeds.replay.shown import Look, Shown
from truestock.ledger.values import Receive, Return
from truestock.orders.actions import Release
from truestock.orders.values import NewOrder, OrderLine

Taken = Mapping[int, tuple[tuple[str, int], ...]]  # line of the order -> (location, units)


class SaidLine(Protocol):
    """What an answer says of a line."""

    @property
    def sku(self) -> str: ...
    @property
    def granted(self) -> int: ...
    @property
    def available(self) -> int: ...


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


def release_of(event: OrderEvent, prefix: str = "") -> Release:
    """The release that cancels an order."""
    return Release(event.channel, prefix + event.ref, reason="cancelled by the customer")


def returns_of(event: OrderEvent, answer: Answer, prefix: str = "") -> list[Return]:
    """The units that came back, where they lie now."""
    return [
        Return(sku=line.sku, location=place, qty=units, source=event.channel, ref=prefix + event.ref)
        for line, said in zip(event.lines, answer, strict=True)
        for place, units in said.taken or ()
    ]


def receipts_of(delivery: Delivery) -> list[Receive]:
    """The units that came in."""
    return [
        Receive(sku=sku, location=delivery.location, qty=qty, source="supplier", ref=delivery.ref)
        for sku, qty in delivery.lines
    ]


def samples_of(lines: Sequence[SaidLine], shown: Shown, seen: Sequence[Look | None]) -> list[Sample | None]:
    """What customers saw before they asked, against the hub's answer."""
    return [shown.sample(look, line.available) for line, look in zip(lines, seen, strict=True)]


def answer_of(lines: Sequence[SaidLine], taken: Taken, samples: Sequence[Sample | None]) -> Answer:
    """The hub's answer, with the locations of what it granted."""
    said = enumerate(zip(lines, samples, strict=True))
    return tuple([LineAnswer(line.granted, taken.get(n, ()), sample) for n, (line, sample) in said])


def move_all(event: OrderEvent, answer: Answer, shown: Shown, at: float) -> None:
    """What an answer took, or brought back, moved where it says."""
    for line, said in zip(event.lines, answer, strict=True):
        shown.move(line.sku, [place for place, _ in said.taken or ()], at)
