"""What is told of units that come in, and what is answered: the shapes that surfaces decode into and encode."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from truestock.core.checks import BIGINT_MAX
from truestock.core.decide.receiving import Lands, Outcome
from truestock.ledger.values import Code, Instant, NotBooked, StatusName, Text, Units, Why

LINES_MAX = 500


class ReceiptLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units of an item, by SKU, or by a barcode of which `qty` were scanned; `bin` is where they were set down."""

    qty: Units
    sku: Code | None = None
    barcode: Code | None = None
    lot: Code | None = None
    expires_at: Instant | None = None
    bin: Code | None = None


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came in at a location at one time. `document` is the purchase order or transfer that it fulfils.

    `ref` is the receipt's own number; `complete` says that no more comes of the document."""

    ref: Code
    location: Code
    lines: Annotated[list[ReceiptLine], Meta(min_length=1, max_length=LINES_MAX)]
    document: Code | None = None
    supplier: Text = ""
    received_at: Instant | None = None
    source: Text = ""
    complete: bool = False


class Receive:
    """A receipt on its way, with who sends it. Each line is booked once under `key`, by default location and number."""

    __slots__ = ("actor", "key", "receipt", "weight")

    def __init__(self, receipt: Receipt, actor: str = "", key: str | None = None) -> None:
        self.receipt = receipt
        self.actor = actor
        self.key = key if key is not None else f"{receipt.location}/{receipt.ref}"
        self.weight = len(receipt.lines)


class Landed(msgspec.Struct, frozen=True):
    """Units of a line that were treated alike: why, and where they are now; `approval`: they wait for somebody's."""

    qty: int
    outcome: Outcome
    lands: Lands
    movement: int


class LineTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a line. `short`: units of the item still to come; `late_days`: below zero it came early.

    `rings` are units set apart for channels, by code; `rules` the receiving rules that were followed."""

    line: int
    sku: str = ""
    qty: int = 0
    landed: list[Landed] = []
    short: int = 0
    over: int = 0
    late_days: int | None = None
    rings: dict[str, int] = {}
    rules: list[int] = []
    replay: bool = False
    problem: NotBooked | None = None


class StillExpected(msgspec.Struct, frozen=True):
    """Units of a document that have not come."""

    sku: str
    qty: int


class ReceiptTold(msgspec.Struct, frozen=True):
    """One answer a line, in their order, and what of the document is still to come."""

    ref: str
    lines: list[LineTold]
    still_expected: list[StillExpected]

    @property
    def refused(self) -> int:
        """How many lines were not booked."""
        return sum(line.problem is not None for line in self.lines)


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was decided of units that wait at a location: approved or rejected, or passed or failed by inspection.

    `qty` None: all that wait. `received` names one receipt's units; without it the longest waiting come first.
    `bin` is where what has passed was laid, `goes_to` where rejected or failed units go: a status, `supplier` or
    `scrap`; `sampled` says how many were looked at."""

    sku: Code
    location: Code
    decision: Literal["approved", "rejected", "passed", "failed"]
    qty: Units | None = None
    lot: Code | None = None
    received: Annotated[int, Meta(ge=1, le=BIGINT_MAX)] | None = None
    goes_to: Literal["quarantine", "damaged", "rework", "supplier", "scrap"] | None = None
    sampled: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    bin: Code | None = None
    reason: Text = ""


class Decided(msgspec.Struct, frozen=True):
    """Units on which it was decided, the movements that say so, and what of them was set apart for channels."""

    qty: int
    movements: list[int]
    rings: dict[str, int]
    replay: bool = False


class PutAwayUnits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Received units that were laid on the shelf: from now on they are sold."""

    location: Code
    qty: Units
    sku: Code | None = None
    barcode: Code | None = None
    lot: Code | None = None
    bin: Code | None = None
    from_bin: Code | None = None


class TransferLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units of an item."""

    sku: Code
    qty: Units
    lot: Code | None = None


class Transfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units that left one location for another; until they arrive they are in transit."""

    ref: Code
    from_location: Code
    to_location: Code
    due_at: Instant
    lines: Annotated[list[TransferLine], Meta(min_length=1, max_length=LINES_MAX)]
    sent_at: Instant | None = None
    reason: Text = ""


class Lost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has not arrived of a transfer, of one item or one line in it, is lost; with `qty` so many units of one item,
    and the rest is still to come."""

    ref: Code
    reason: Why
    sku: Code | None = None
    line: Annotated[int, Meta(ge=1, le=BIGINT_MAX)] | None = None
    qty: Units | None = None


class LostUnits(msgspec.Struct, frozen=True):
    """Units that were taken out of transit, by SKU."""

    units: dict[str, int]
    replay: bool = False


class Variance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units that are not where, or as, they should be; `reason` is a code that says where they go.

    `status` says which units were concerned where those of the code's own status were not."""

    location: Code
    reason: Code
    qty: Units
    sku: Code | None = None
    barcode: Code | None = None
    lot: Code | None = None
    status: StatusName | None = None
    happened_at: Instant | None = None
    source: Text = ""
    ref: Text = ""
    note: Text = ""


class TillLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units sold over a counter, or with `returned` brought back to it, when they get `status`.

    `serial` is the line's own number in the receipt, for tills whose files tell it too; without one, lines are told
    apart by item and lot, and lines of the same by their order."""

    qty: Units
    sku: Code | None = None
    barcode: Code | None = None
    lot: Code | None = None
    serial: Code | None = None
    returned: bool = False
    status: StatusName = "sellable"


class TillReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt of a till: what a store sold and took back at one time; the store's channel, where it is one."""

    ref: Code
    location: Code
    lines: Annotated[list[TillLine], Meta(min_length=1, max_length=LINES_MAX)]
    sold_at: Instant | None = None
    channel: Code | None = None
    source: Text = "pos"
