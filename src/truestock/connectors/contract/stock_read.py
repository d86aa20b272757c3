"""Stock that somebody else keeps and counts for us, such as a marketplace in its own fulfilment centres."""

from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from truestock.connectors.contract.answers import Throttle


class Kept(msgspec.Struct, frozen=True):
    """Base units of one SKU at the place, each in one of the first four figures.

    `available`: may be sold and nobody has bought them. `reserved`: bought, not yet gone. `held`: good as far as is
    known, and not to be had for now, such as on the way between two of their sites. `unsellable`: damaged, expired.
    `inbound` have left us and not arrived. `changed_at`: when they last changed a figure, where they say."""

    sku: str
    available: int
    reserved: int = 0
    held: int = 0
    unsellable: int = 0
    inbound: int = 0
    changed_at: datetime | None = None

    @property
    def on_hand(self) -> int:
        """Units that are physically there."""
        return self.available + self.reserved + self.held + self.unsellable


class KeptStock(msgspec.Struct, frozen=True):
    """All that is kept there, as of an instant before it was read; of a SKU that is left out there is nothing.

    `unread` says, by SKU, why figures cannot be understood: nothing is known of those."""

    as_of: datetime
    kept: list[Kept]
    throttle: Throttle = Throttle()
    points: float = 0.0
    unread: dict[str, str] = {}


@runtime_checkable
class ReadsStock(Protocol):
    """Tells what is kept for us at one place. It is only read: nothing is ever pushed there."""

    @property
    def place(self) -> str:
        """The place, in the channel's own words; parcels that left from it name the same."""
        ...

    async def stock(self) -> KeptStock:
        """All of it or nothing, however many calls that takes. Raises ChannelDown."""
        ...
