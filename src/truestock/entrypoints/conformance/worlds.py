"""What a counterpart offers: a channel that is up, and the ways in which it can be made to misbehave.

`World` is needed; each of the others lets more stories be played."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol, runtime_checkable

from truestock.connectors.contract.abilities import PushesStock


class World(Protocol):
    """A channel that shows 0 of each of its listings, and the connector that speaks with it over real HTTP.

    A fault is of the connector's next write, and happens once unless it says otherwise."""

    @property
    def connector(self) -> PushesStock:
        """Made as a hub makes it."""
        ...

    def shown(self, sku: str) -> int | None:
        """How many units of a listing a buyer could buy there; None where it has no such listing."""
        ...

    def sell(self, sku: str, units: int) -> None:
        """Units are bought there, of which nothing is ever told."""
        ...

    def throttle(self, calls: int) -> None:
        """So many writes are answered as too many, without an effect."""
        ...

    def hang_after_effect(self) -> None:
        """A write has its effect, and no answer."""
        ...

    def break_before_effect(self) -> None:
        """The connection breaks, or the answer is 503, before a write has its effect."""
        ...


@runtime_checkable
class Fails(Protocol):
    """Can fail inside."""

    def fail(self, calls: int) -> None:
        """So many writes are answered 500, with their effect or without."""
        ...


@runtime_checkable
class Outages(Protocol):
    """Can be away."""

    async def down(self) -> None:
        """Every call fails: nobody is there, or the answer is 503."""
        ...

    async def up(self) -> None:
        """It is back, and remembers."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """Can take a number and not show it."""

    def forget(self) -> None:
        """A write is answered as any other, and has no effect."""
        ...


@runtime_checkable
class Slow(Protocol):
    """Can take its time."""

    def slow(self, calls: int, seconds: float) -> None:
        """So many calls are answered only after so many seconds."""
        ...


@runtime_checkable
class Expires(Protocol):
    """Knows access that ends."""

    def expire(self) -> None:
        """What lets the connector in has ended. It must get in again by itself, or nobody can sell on."""
        ...


@runtime_checkable
class Sells(Protocol):
    """Has orders; its connector reads them. Each is one line of one listing, and changes `shown` as it does there."""

    def place(self, sku: str, units: int) -> str:
        """Somebody buys, and has paid; the order's id."""
        ...

    def edit(self, order: str, units: int) -> None:
        """The order is of so many units now, more or fewer."""
        ...

    def cancel(self, order: str) -> None:
        """The whole order is called off, and its units are for sale again."""
        ...

    def send(self, order: str) -> None:
        """Its people send off all of it."""
        ...


class Message(NamedTuple):
    """Something that it has sent: to which address, with which headers by lower-case name."""

    url: str
    headers: dict[str, str]
    body: bytes


@runtime_checkable
class Tells(Protocol):
    """Sends messages about its orders; its connector takes them."""

    def messages(self) -> Sequence[Message]:
        """What it has sent since the last time, the oldest first."""
        ...


# Opens a counterpart that has these listings, and closes it at the end of the block.
Opens = Callable[[list[str]], AbstractAsyncContextManager[World]]
