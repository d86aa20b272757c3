"""What a connector can do, one small Protocol an ability; the sync asks for those that it needs."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from truestock.connectors.answers import Outcome, Pushed
from truestock.connectors.traits import Traits


class Line(msgspec.Struct, frozen=True):
    """One listing to be shown with `quantity`. `was`: what the channel is thought to show, None when that is unknown.

    `rev` rises with every new value of the listing; `key` is the same for every try of the same write."""

    sku: str
    quantity: int
    rev: int
    key: str
    was: int | None = None


@runtime_checkable
class PushesStock(Protocol):
    """Writes quantities."""

    @property
    def traits(self) -> Traits:
        """What the channel is like."""
        ...

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Write at most `traits.batch_max` lines, each of another listing; one outcome a line.

        Raises ChannelDown when the call as a whole did not come through and had no effect, InDoubt when it may have."""
        ...


@runtime_checkable
class ReadsBack(Protocol):
    """Tells what the channel shows."""

    async def read_back(self, skus: Sequence[str]) -> Mapping[str, int]:
        """The quantities shown, by SKU; a listing that the channel does not have is left out. Raises ChannelDown."""
        ...


@runtime_checkable
class Checked(Protocol):
    """Can say whether it would work."""

    async def check(self) -> str:
        """One line about the other side, such as its name. Raises ChannelDown, whose text says what to do."""
        ...


@runtime_checkable
class Settles(Protocol):
    """Finds out what became of what was only accepted."""

    async def settle(self, tickets: Mapping[str, str]) -> Mapping[str, Outcome]:
        """By SKU, for those that are decided by now. Raises ChannelDown."""
        ...
