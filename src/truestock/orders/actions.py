"""What may be asked of an accepted order, and what is answered."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from truestock.ledger.values import Instant, Units
from truestock.orders.values import Name, Qty, State

LineNumber = Annotated[int, Meta(ge=0, description="Position of the line in the order, from 0.")]


class Confirm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cart was paid: its hold becomes an order. Nothing is asked of stock again.

    `order_ref`, if the channel names the order otherwise than the cart."""

    channel: Name
    ref: Name
    order_ref: Name | None = None


class ReleaseLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`qty` listing units of a line that are no longer wanted."""

    line: LineNumber
    qty: Qty


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give promises back: some lines, or without lines all that is open (a cancellation)."""

    channel: Name
    ref: Name
    lines: list[ReleaseLine] | None = None
    reason: str = ""


class ShipLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`qty` listing units of a line that left; where and from which lot, if the source says so."""

    line: LineNumber
    qty: Qty
    location: Name | None = None
    lot: Name | None = None


class Ship(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hard allocation: units that left for the customer. Without lines, all that is open.

    `location` is where lines that name none left from; a displaced promise needs one. Whoever sold it is told of the
    parcel with its carrier and tracking."""

    channel: Name
    ref: Name
    lines: list[ShipLine] | None = None
    location: Name | None = None
    shipped_at: Instant | None = None
    carrier: Annotated[str, Meta(max_length=100)] = ""
    tracking: Annotated[str, Meta(max_length=200)] = ""
    tracking_url: Annotated[str, Meta(max_length=1000)] = ""


class RejectPick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line could not be picked where its units are promised; `location` may be left out where that is one place.

    not_found and rejected: all sellable units of the item there are in doubt, go to quarantine, and are to be counted.
    damaged: `qty` base units are. wrong_count: there are `qty` fewer than the books say. Of a line that takes several
    items `sku` names the one. Promises that lose their units are kept elsewhere in the same transaction, or owed."""

    channel: Name
    ref: Name
    line: LineNumber = 0
    reason: Literal["not_found", "rejected", "damaged", "wrong_count"] = "not_found"
    location: Name | None = None
    sku: Name | None = None
    qty: Units | None = None

    def __post_init__(self) -> None:
        if (self.qty is None) == (self.reason in ("damaged", "wrong_count")):
            told = "say how many base units" if self.qty is None else "leave it out: all that lie there are in doubt"
            raise ValueError(f"qty: with the reason {self.reason}, {told}")


Action = Confirm | Release | Ship | RejectPick


class Done(msgspec.Struct, frozen=True, tag_field="outcome", tag="done"):
    """`units` base units were confirmed, released or shipped, or are not sellable any more; `state` is the order's
    after it."""

    channel: str
    ref: str
    id: str
    state: State
    units: int
    movement: int
    replay: bool = False


class NotDone(msgspec.Struct, frozen=True, tag_field="outcome", tag="refused"):
    """Not done: `type` is stable (not-found, hold-expired, hold-displaced, nothing-open, too-many, ...)."""

    channel: str
    ref: str
    type: str
    field: str
    detail: str


Answer = Done | NotDone


class Act:
    """An action on its way, with who sends it and its key; `known`: the channel told of it, and is not told again."""

    __slots__ = ("action", "actor", "key", "known", "weight")

    def __init__(self, action: Action, actor: str = "", key: str | None = None, *, known: bool = False) -> None:
        self.action = action
        self.actor = actor
        self.key = key
        self.known = known
        self.weight = 1


def future(at: datetime | None, now: datetime) -> bool:
    """Whether a fact claims to be from after `now`."""
    return at is not None and at > now
