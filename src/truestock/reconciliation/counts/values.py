"""The shapes of counting that surfaces decode into and encode. None of those for who counts has an expected figure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from truestock.core.problems import Problem
from truestock.ledger.values import Answer, Code, Instant, Post, Text

Zone = Literal["", "pick", "bulk", "staging", "inspection"]
Days = Annotated[int, Meta(ge=1, le=3_650)]
LineState = Literal["open", "recount", "review", "deciding", "booked", "dismissed"]
TaskState = Literal["open", "done", "cancelled"]
SCANS_MAX: Final = 500
VALUE_BELOW: Final = 10**15
# Commits bookings, and answers each.
Book = Callable[[Sequence[Post]], Sequence[Answer]]


class BeyondLimit(Problem):
    """Somebody else has to approve this: it is worth more than the limit of whoever wants to."""

    type = "beyond-limit"
    title = "This is beyond your limit"
    status = 403


class OwnCount(Problem):
    """Who has counted an item does not approve what came of it."""

    type = "own-count"
    title = "Somebody else has to approve this"
    status = 403


class NewPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a location is to count day by day: at most `lines_a_day` items, in tasks of `lines_a_task`.

    Without a location all that hold stock of their own. Items are of class A, B or C by the value of what left in 90
    days; each is due after the days of its class, or after `wear` movements, whichever is sooner. Past
    `tolerance_units` and `tolerance_percent`, both, somebody else counts again."""

    code: Code
    location: Code | None = None
    zone: Zone = ""
    lines_a_day: Annotated[int, Meta(ge=1, le=100_000)] = 60
    lines_a_task: Annotated[int, Meta(ge=1, le=500)] = 20
    a_days: Days = 30
    b_days: Days = 90
    c_days: Days = 180
    wear: Annotated[int, Meta(ge=1, le=1_000_000)] = 50
    promotion_days: Annotated[int, Meta(ge=0, le=365)] = 7
    tolerance_units: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 1
    tolerance_percent: Annotated[int, Meta(ge=0, le=100)] = 2
    paused: bool = False


class NewTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Items to be counted at a location, asked for by a person; urgent ones come before what plans make. With a zone
    they are counted in its bins alone."""

    location: Code
    skus: Annotated[list[Code], Meta(min_length=1, max_length=500)]
    urgent: bool = False
    zone: Zone = ""
    tolerance_units: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 1
    tolerance_percent: Annotated[int, Meta(ge=0, le=100)] = 2


class Task(msgspec.Struct, frozen=True):
    """A walk: `lines` items to count, of which `left` are still to be counted by somebody. In a task of a zone what
    lies in its bins is counted, bin by bin, in whatever status.

    `assigned_to`: who is to count it; empty: whoever comes. It is a plan, and keeps nobody else from counting."""

    id: int
    location: str
    zone: str
    why: Literal["plan", "pick", "asked"]
    plan: str | None
    priority: int
    state: TaskState
    lines: int
    left: int
    made_at: datetime
    ended_at: datetime | None
    assigned_to: str


class Package(msgspec.Struct, frozen=True):
    """A barcode in 14 digits, and the base units in what it is on."""

    gtin: str
    units: int


class SheetLine(msgspec.Struct, frozen=True):
    """An item to count, lot by lot if it is lot-tracked; `bins` are where it is known to lie. `yours`: whether the
    caller may count it in this round; `counted`: base units that the caller has counted in it so far."""

    sku: str
    name: str
    unit: str
    lot_tracked: bool
    bins: list[str]
    barcodes: list[Package]
    why: str
    state: LineState
    round: int
    yours: bool
    counted: int


class Sheet(msgspec.Struct, frozen=True):
    """A task as who counts sees it; in a task of a zone `bins` are all bins of that zone."""

    task: Task
    lines: list[SheetLine]
    bins: list[str] = []


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a counter did, under a key that the device made, so that sending it again does no harm.

    units: `qty` times what `code` or `sku` means was there. nothing: none of `sku`, or nothing in `bin`, was there.
    done: all of `sku` is counted; without it, all that this counter has begun. again: `sku` is counted anew."""

    key: Annotated[str, Meta(min_length=8, max_length=100, pattern=r"^[\x21-\x7e]+$")]
    task: Annotated[int, Meta(ge=1, le=2**62)]
    kind: Literal["units", "nothing", "done", "again"] = "units"
    code: Annotated[str, Meta(max_length=600)] = ""
    sku: Code | None = None
    lot: Code | None = None
    bin: Code | None = None
    qty: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    scanned_at: Instant | None = None


class Upload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scans in their order. With `sent_at`, the device's clock as it sends, its scans are dated by ours.

    `counter` is who counts, where the caller's key does not say it."""

    scans: Annotated[list[Scan], Meta(min_length=1, max_length=SCANS_MAX)]
    sent_at: Instant | None = None
    counter: Text = ""


class ScanAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a scan: taken, replay (it was taken before) or refused, which `detail` explains.

    `units` base units of `sku` were added; `counted` are now in the caller's count of it; `state` is the line's."""

    key: str
    outcome: Literal["taken", "replay", "refused"]
    sku: str | None = None
    name: str | None = None
    units: int | None = None
    counted: int | None = None
    state: LineState | None = None
    field: str | None = None
    detail: str | None = None


class LotResult(msgspec.Struct, frozen=True):
    """What was found of a lot, against the sellable units that the ledger had as of the count, and those in doubt.

    In a task of a zone it is of a bin, against all that it held; `without_bin` units of the lot lay in none."""

    lot: str
    counted: int
    expected: int
    in_doubt: int
    as_of: datetime
    movement: int | None
    bin: str = ""
    without_bin: int = 0

    @property
    def difference(self) -> int:
        """Units more (or, below zero, fewer) than there should be."""
        return self.counted - self.expected - self.in_doubt


def by_lot(results: Iterable[LotResult]) -> dict[str, int]:
    """The difference of each lot. What one bin of a zone has too many and another too few lay in the wrong one of them;
    what they have too many together are units that lay in none, as far as there are any."""
    lots: dict[str, list[LotResult]] = {}
    for result in results:
        lots.setdefault(result.lot, []).append(result)
    sums = {lot: (sum(one.difference for one in of), of[0].without_bin) for lot, of in lots.items()}
    return {lot: max(0, more - without_bin) if more > 0 else more for lot, (more, without_bin) in sums.items()}


class Round(msgspec.Struct, frozen=True):
    """One counting of an item."""

    round: int
    counter: str
    lots: list[LotResult]
    difference: int


class Decided(msgspec.Struct, frozen=True):
    """What was decided of a line."""

    decision: str
    actor: str
    reason: str
    decided_at: datetime


class LineResult(msgspec.Struct, frozen=True):
    """An item that is counted, with its rounds and what was decided; `value` is what the difference is worth.

    In a task of a `zone` the difference is of that zone alone; `without_bin` units lay at the location in no bin."""

    task: int
    location: str
    sku: str
    name: str
    state: LineState
    difference: int
    value: Decimal | None
    rounds: list[Round]
    decisions: list[Decided]
    zone: str
    without_bin: int


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """approve: book the last count. recount: somebody else counts once more. dismiss: the ledger stays as it is."""

    task: Annotated[int, Meta(ge=1, le=2**62)]
    sku: Code
    decision: Literal["approve", "recount", "dismiss"]
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]


class Assign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to count a task. Without `to` whoever sends this, with an empty one nobody in particular.

    `counter` is who sends it, where the caller's key does not say it."""

    to: Text | None = None
    counter: Text = ""


class Cancel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """in_doubt: what becomes of units that no picker found and that this task was to look for, where there are any.
    sellable: they are there. recount: they stay in quarantine, and another task asks for them."""

    in_doubt: Literal["sellable", "recount"] | None = None
    reason: Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")] = ""


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the members of a role may approve of one item's difference: in base units, and in value at cost.

    None: any. Members are names of API keys, and of who types commands, as cli:maria. With `own_counts` they may
    approve what they have counted themselves."""

    role: Code
    members: Annotated[list[Code], Meta(max_length=1_000)]
    units: Annotated[int, Meta(ge=0, le=1_000_000_000)] | None = None
    value: Decimal | None = None
    own_counts: bool = False

    def __post_init__(self) -> None:
        if self.value is not None and not (self.value.is_finite() and 0 <= self.value < VALUE_BELOW):
            raise ValueError(f"value: it is {self.value}; give an amount from 0 to below {VALUE_BELOW}")
