"""What a connector can do, one small Protocol an ability; the engine asks for those that it needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from truestock.connectors.contract.answers import Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.notices import Notice
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel, SettledFees
from truestock.connectors.contract.traits import Traits


class Line(msgspec.Struct, frozen=True):
    """One spot to be shown with `quantity`. `was`: what the channel is thought to show, None when that is unknown.

    `rev` rises with every new value of the spot; `key` is the same for every try of the same write."""

    sku: str
    quantity: int
    rev: int
    key: str
    was: int | None = None
    place: str = ""

    @property
    def spot(self) -> Spot:
        """What it is about."""
        return Spot(self.sku, self.place)


class Connector(Protocol):
    """Every connector says what its channel is like; what it can do besides is for each to choose."""

    @property
    def traits(self) -> Traits:
        """What the channel is like."""
        ...


@runtime_checkable
class PushesStock(Connector, Protocol):
    """Writes quantities."""

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Write at most `traits.batch_max` lines, each of another spot; one outcome a spot.

        Raises ChannelDown when the call as a whole did not come through and had no effect, InDoubt when it may have."""
        ...


@runtime_checkable
class ReadsBack(Protocol):
    """Tells what the channel shows."""

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """The quantities shown; a spot that the channel does not have is left out. Raises ChannelDown."""
        ...


@runtime_checkable
class Checked(Protocol):
    """Can say whether it would work."""

    async def check(self) -> str:
        """One line about the other side, such as its name. Raises ChannelDown, whose text says what to do."""
        ...


@runtime_checkable
class Closes(Protocol):
    """Keeps something open between calls, such as a connection."""

    async def close(self) -> None:
        """Let go of it; no call follows."""
        ...


@runtime_checkable
class Settles(Protocol):
    """Finds out what became of what was only accepted."""

    async def settle(self, tickets: Mapping[Spot, str]) -> Mapping[Spot, Outcome]:
        """For those that are decided by now. Raises ChannelDown."""
        ...


@runtime_checkable
class ReadsOrders(Connector, Protocol):
    """Tells the channel's orders as they are now. The same order may come any number of times."""

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what has changed since an instant."""
        ...

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the orders that changed at or after the cursor, the longest unchanged first. Raises ChannelDown."""
        ...

    async def open_orders(self, cursor: str) -> Orders:
        """A page of the orders of which something is still to leave; the first with "". Raises ChannelDown."""
        ...

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These orders, 50 at most; those that the channel does not have are left out. Raises ChannelDown."""
        ...


@runtime_checkable
class ReadsFees(Connector, Protocol):
    """Tells the fees that only the channel's settlements have: none that its orders tell."""

    @property
    def tells_fees(self) -> bool:
        """Whether it was told how; else it is not asked."""
        ...

    async def fees_since(self, cursor: str) -> SettledFees:
        """A page of the fees settled since the cursor, the first with "" from as far back as it goes.

        The same fee may come any number of times. Raises ChannelDown."""
        ...


@runtime_checkable
class TakesNotices(Connector, Protocol):
    """Understands what the channel sends by itself (webhooks)."""

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
        """What a genuine message is about; None for one that asks for nothing, such as a ping.

        `headers` by lower-case name, `body` as it came. Raises NotGenuine, in constant time whatever is wrong with
        the signature."""
        ...


@runtime_checkable
class Subscribes(Protocol):
    """Has the channel send its messages to us."""

    async def subscribe(self, url: str) -> None:
        """See to it that exactly what is needed is sent to `url`: nothing twice, however often called.

        Raises ChannelDown."""
        ...


@runtime_checkable
class TellsParcels(Connector, Protocol):
    """Tells the channel what has left for the buyer."""

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Say that units of an order have left; a parcel that was told already is `applied`.

        Raises ChannelDown when it did not come through and had no effect, InDoubt when it may have."""
        ...


@runtime_checkable
class TellsCancellations(Connector, Protocol):
    """Tells the channel what it will not get."""

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Say that units of an order will not be sent; a cancellation that stands already is `applied`.

        Raises ChannelDown when it did not come through and had no effect, InDoubt when it may have."""
        ...
