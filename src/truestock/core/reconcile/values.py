"""Where a source and the ledger disagree: the values that feeds, counts and reconciliation hand each other."""

from datetime import datetime
from typing import Literal, NamedTuple

# What is to become of a difference: it is booked now, somebody has to look at it, or the ledger stays as it is.
Verdict = Literal["book", "review", "leave"]
# book: the source is the master of these cells. reconcile: within tolerance it is. compare: nothing is ever booked.
Posture = Literal["book", "reconcile", "compare"]


class Cell(NamedTuple):
    """Units of an item in one status at a location; lot None: all lots together."""

    part: int
    item: int
    loc: int
    lot: int | None
    status: int


class Difference(NamedTuple):
    """A cell of which a source states another number of units than the ledger expects as of the same instant.

    Both are on hand, over all owners, in the ledger's terms: what the source had not booked by then is already taken
    off `stated`, so that `expected` is what the entries effective up to `as_of` add up to. `run` and `line`: of the
    feed or count that says so."""

    part: int
    item: int
    loc: int
    lot: int | None
    status: int
    stated: int
    expected: int
    as_of: datetime
    run: int | None = None
    line: int | None = None

    @property
    def cell(self) -> Cell:
        """Of which it speaks."""
        return Cell(self.part, self.item, self.loc, self.lot, self.status)

    @property
    def units(self) -> int:
        """How many more the source has than the ledger; below zero: how many fewer."""
        return self.stated - self.expected


class Allocated(NamedTuple):
    """Units that a WMS or 3PL itself keeps for orders at `as_of`: of one order, or with order "" of a whole cell.

    `channel`: the code of the order's, empty where the source does not say it."""

    part: int
    item: int
    loc: int
    qty: int
    as_of: datetime
    order: str = ""
    channel: str = ""
    run: int | None = None
    line: int | None = None
