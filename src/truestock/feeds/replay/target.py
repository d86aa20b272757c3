"""What a replay sells through: anything that answers orders and takes units in."""

from typing import Protocol

from truestock.core.replay.answer import Answer
from truestock.core.replay.events import Delivery, OrderEvent

Happening = OrderEvent | Delivery


class ReplayError(Exception):
    """The replay cannot go on: the hub answered what a replay never asks for."""


class Target(Protocol):
    """A seller under replay. The driver scores what it answers; it never scores itself."""

    async def sell(self, event: OrderEvent) -> Answer:
        """Sell an order line by line as far as possible (mode `partial`)."""

    async def take_back(self, event: OrderEvent, answer: Answer) -> None:
        """Book a return or cancel of which `answer` says how many units lie where again."""

    async def receive(self, delivery: Delivery) -> None:
        """Book a delivery."""
