"""What lies in a book: stock rows, lots, what is owed, what is kept, and promises."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(slots=True)
class Row:
    """A stock row; `d_*` is what this transaction adds to it, `place` where it stands among the item's packed rows."""

    loc: int
    lot: int
    status: int
    owner: int
    on_hand: int = 0
    reserved: int = 0
    place: int | None = None
    touched: bool = False
    d_on_hand: int = 0
    d_reserved: int = 0

    @property
    def known(self) -> bool:
        """Whether the table has it already."""
        return self.place is not None

    @property
    def free(self) -> int:
        """Units that nobody is promised; below zero where facts took more than there was."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot's dates, and whether a hold (recall, quality) keeps it from being promised."""

    id: int
    expires_at: datetime | None
    received_at: datetime
    held: bool = False


@dataclass(slots=True)
class Short:
    """Owed units of one order line; `open`: what no promise backs, `served`: whether this transaction backed some."""

    order_id: str
    line: int
    channel: int
    priority: int
    since: datetime
    qty: int
    filled: int = 0
    cancelled: int = 0
    known: bool = False
    touched: bool = True
    served: bool = False

    @property
    def identity(self) -> tuple[int, datetime, str, int]:
        """Its key within the item."""
        return (self.priority, self.since, self.order_id, self.line)

    @property
    def open(self) -> int:
        """Units still owed."""
        return self.qty - self.filled - self.cancelled


@dataclass(slots=True)
class Kept:
    """Protection of a channel: the target set by planning less its own net promises since."""

    channel: int
    target: int
    used: int
    touched: bool = False

    @property
    def remaining(self) -> int:
        """Units still kept for the channel."""
        return min(self.target, max(0, self.target - self.used))


@dataclass(slots=True)
class Promise:
    """Units reserved at one stock row for one order line; with `expires_at`, a cart's, until it is `confirmed`.

    `displaced` is what a fact of this transaction has just taken from it."""

    order_id: str
    line: int
    n: int
    channel: int
    priority: int
    loc: int
    lot: int
    owner: int
    qty: int
    made_at: datetime
    posted: int = 0
    voided: int = 0
    picked: int = 0
    expires_at: datetime | None = None
    confirmed: bool = False
    displaced: int = 0
    touched: bool = False

    @property
    def open(self) -> int:
        """Units still promised and on the shelf."""
        return self.qty - self.posted - self.voided

    @property
    def cart(self) -> bool:
        """Whether nobody has paid for it yet."""
        return self.expires_at is not None and not self.confirmed


class Buyer(NamedTuple):
    """For whom units are promised: an order line, its rank in line, and its expiry if it is a cart."""

    order_id: str
    line: int
    channel: int
    priority: int
    expires_at: datetime | None = None


class FreshPromise(NamedTuple):
    """A promise this transaction makes; `row` is where its units lie."""

    buyer: Buyer
    n: int
    row: Row
    qty: int


def open_shorts(shorts: Iterable[Short]) -> list[Short]:
    """Shorts still owed, in the order in which they are served: priority, then age."""
    return sorted((s for s in shorts if s.open > 0), key=lambda s: (-s.priority, s.since, s.order_id, s.line))
