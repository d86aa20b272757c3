"""What a channel lists by itself: its products, before anybody here has said what they take."""

from typing import Protocol, runtime_checkable

import msgspec

from truestock.connectors.contract.answers import ChannelDown, Throttle


class Listed(msgspec.Struct, frozen=True):
    """Something that the channel sells: its own SKU, never empty; its title and barcode as they stand there.

    `shown`: how many it shows, over all of its locations; None where it does not say."""

    sku: str
    title: str = ""
    barcode: str = ""
    shown: int | None = None


class Listings(msgspec.Struct, frozen=True):
    """A page; `cursor` reads on from after it, and `more` says that there is more. `without_sku`: how many on it have
    none. `points` is what reading it has cost of the budget beyond the one call."""

    listings: list[Listed]
    cursor: str = ""
    more: bool = False
    without_sku: int = 0
    throttle: Throttle = Throttle()
    points: float = 0.0


@runtime_checkable
class ListsListings(Protocol):
    """Tells what the channel lists."""

    @property
    def lists(self) -> bool:
        """Whether it was told how; else it is not asked."""
        ...

    async def listings(self, cursor: str) -> Listings:
        """A page of all that is listed; the first with "". What changes meanwhile may be missed until the next reading.

        Raises ChannelDown."""
        ...


def number_of(cursor: str, first: int = 0) -> int:
    """The number that a cursor is, where a connector's are numbers; `first` for "". Raises ChannelDown."""
    if cursor and not (cursor.isascii() and cursor.isdecimal()):
        raise ChannelDown("the listings' cursor is none of this connector's")
    return int(cursor) if cursor else first
