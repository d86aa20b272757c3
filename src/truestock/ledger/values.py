"""What may be booked, and what is answered: the shapes that surfaces decode into and encode."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from truestock.core.words import Kind, Status

Code = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Text = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")]
Why = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
Units = Annotated[int, Meta(ge=1, le=1_000_000_000, description="Base units.")]
Instant = Annotated[datetime, Meta(tz=True)]
StatusName = Literal["sellable", "receiving", "inspection", "quarantine", "damaged", "rework", "in_transit"]


def status_of(name: StatusName) -> Status:
    """The status a name stands for."""
    return Status[name.upper()]


class Booking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every booking says. `effective_at` is when it happened (now, if left out), never in the future."""

    books: ClassVar[Kind]
    sku: Code
    location: Code
    effective_at: Instant | None = None
    source: Text = ""
    ref: Text = ""
    reason: Text = ""


class Opening(Booking, frozen=True, tag="opening"):
    """The balance of a cell that has no entries yet."""

    books: ClassVar[Kind] = Kind.OPENING
    qty: Units
    lot: Code | None = None
    expires_at: Instant | None = None
    status: StatusName = "sellable"


class Receive(Booking, frozen=True, tag="receive"):
    """Units that came in from a supplier; `expected` names the expectation they fulfil."""

    books: ClassVar[Kind] = Kind.RECEIVE
    qty: Units
    lot: Code | None = None
    expires_at: Instant | None = None
    status: StatusName = "sellable"
    expected: Code | None = None
    bin: Code | None = None


class Return(Booking, frozen=True, tag="return"):
    """Units that a customer sent back; the status is the disposition."""

    books: ClassVar[Kind] = Kind.RETURN
    qty: Units
    lot: Code | None = None
    status: StatusName = "sellable"


class Sale(Booking, frozen=True, tag="sale"):
    """Units that were sold over a counter, without an order here; `channel` is the one that sold them, if one did."""

    books: ClassVar[Kind] = Kind.SALE
    qty: Units
    lot: Code | None = None
    channel: Code | None = None


class SendBack(Booking, frozen=True, tag="send_back"):
    """Units that went back to where they had been bought; the reason is required."""

    books: ClassVar[Kind] = Kind.SEND_BACK
    qty: Units
    reason: Why
    lot: Code | None = None
    status: StatusName = "sellable"


class Scrap(Booking, frozen=True, tag="scrap"):
    """Units that were thrown away; the reason is required."""

    books: ClassVar[Kind] = Kind.SCRAP
    qty: Units
    reason: Why
    lot: Code | None = None
    status: StatusName = "sellable"


class Adjust(Booking, frozen=True, tag="adjust"):
    """Units found (above zero) or lost (below); the reason is required."""

    books: ClassVar[Kind] = Kind.ADJUST
    qty: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]
    reason: Why
    lot: Code | None = None
    expires_at: Instant | None = None
    status: StatusName = "sellable"


class Count(Booking, frozen=True, tag="count"):
    """An absolute statement: so many units lay there at `effective_at`; what happened after it still counts."""

    books: ClassVar[Kind] = Kind.COUNT
    qty: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    lot: Code | None = None
    status: StatusName = "sellable"


class BinCount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many units lay in a bin at `counted_at` (when the booking says, if left out)."""

    bin: Code
    qty: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    counted_at: Instant | None = None


class CountBins(Booking, frozen=True, tag="count_bins"):
    """What lay of a lot in bins of one zone, in whatever status: the difference is booked, found units in the status
    that lies in the zone; what lies elsewhere at the location is left as it is, and what happened after it counts."""

    books: ClassVar[Kind] = Kind.COUNT
    bins: Annotated[list[BinCount], Meta(min_length=1, max_length=500)]
    lot: Code | None = None


class TransferOut(Booking, frozen=True, tag="transfer_out"):
    """Units that left for another location, where they are in transit until they arrive."""

    books: ClassVar[Kind] = Kind.TRANSFER_OUT
    qty: Units
    to: Code
    lot: Code | None = None
    due_at: Instant | None = None


class TransferIn(Booking, frozen=True, tag="transfer_in"):
    """Units in transit that arrived, of the lot that it names, whichever lots were sent in its place; `expected` names
    the transfer's expectation."""

    books: ClassVar[Kind] = Kind.TRANSFER_IN
    qty: Units
    lot: Code | None = None
    expires_at: Instant | None = None
    status: StatusName = "sellable"
    expected: Code | None = None
    bin: Code | None = None


class ChangeStatus(Booking, frozen=True, tag="status"):
    """Units whose status changed where they lie."""

    books: ClassVar[Kind] = Kind.STATUS
    qty: Units
    from_status: StatusName
    to_status: StatusName
    lot: Code | None = None


class PutAway(Booking, frozen=True, tag="put_away"):
    """Received units that are now on the shelf, in a bin where the location has them; without `from_bin` they are
    taken from where units of their status lie."""

    books: ClassVar[Kind] = Kind.PUT_AWAY
    qty: Units
    lot: Code | None = None
    from_status: StatusName = "receiving"
    bin: Code | None = None
    from_bin: Code | None = None


class Rebin(Booking, frozen=True, tag="bin"):
    """Units that were laid into another bin; without `from_bin` they lay in none. Their status stays."""

    books: ClassVar[Kind] = Kind.BIN
    qty: Units
    to_bin: Code
    from_bin: Code | None = None
    lot: Code | None = None


class Ringfence(Booking, frozen=True, tag="ring_fence"):
    """Units moved between the pool (no channel) and channels' rings; refused when fewer are free."""

    books: ClassVar[Kind] = Kind.ALLOCATE
    qty: Units
    from_channel: Code | None = None
    to_channel: Code | None = None


AnyBooking = (
    Opening
    | Receive
    | Return
    | Sale
    | SendBack
    | Scrap
    | Adjust
    | Count
    | CountBins
    | TransferOut
    | TransferIn
    | ChangeStatus
    | PutAway
    | Rebin
    | Ringfence
)


class RowChange(msgspec.Struct, frozen=True):
    """What a booking did to one stock row; `owner` is a channel's code, or empty for the pool."""

    sku: str
    location: str
    lot: str
    status: str
    owner: str
    on_hand: int
    reserved: int


class Booked(msgspec.Struct, frozen=True, tag_field="outcome", tag="booked"):
    """Done: the movement, and how many units it changed (0: an older statement than the one that stands)."""

    movement: int
    qty: int
    replay: bool = False


class NotBooked(msgspec.Struct, frozen=True, tag_field="outcome", tag="refused"):
    """Not done, and why; `field` is the one at fault."""

    type: str
    field: str
    detail: str
    replay: bool = False


Answer = Booked | NotBooked


class Post:
    """A booking on its way, with who sends it and, if it may be sent twice, its key.

    `same` is what has to be the same then: all of the booking, unless the key has several tellers."""

    __slots__ = ("actor", "booking", "key", "same", "weight")

    def __init__(self, booking: AnyBooking, actor: str = "", key: str | None = None, same: object = None) -> None:
        self.booking = booking
        self.actor = actor
        self.key = key
        self.same = booking if same is None else same
        self.weight = 1

    @property
    def lot(self) -> str | None:
        """The lot it names."""
        lot: Any = getattr(self.booking, "lot", None)
        return lot if isinstance(lot, str) else None
