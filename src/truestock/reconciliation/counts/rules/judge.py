"""What a count says against the ledger, and whether it may be booked at once. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

Outcome = Literal["right", "within_tolerance", "recount", "review"]


class Shelf(NamedTuple):
    """What the ledger has of a lot at one instant: sellable units, of a bin all that it holds, and those in
    doubt since a pick failed."""

    at: datetime
    sellable: int
    in_doubt: int


class Compared(NamedTuple):
    """A lot's count beside the ledger's figures as of the same instant."""

    lot: str
    counted: int
    shelf: Shelf

    @property
    def difference(self) -> int:
        """Units more (or, below zero, fewer) than there should be."""
        return self.counted - self.shelf.sellable - self.shelf.in_doubt


class Resolution(NamedTuple):
    """What becomes of a lot: units in doubt that are sellable again, and that are written off."""

    found: int
    lost: int


def compare(lot: str, counted: int, first: Shelf, last: Shelf) -> Compared:
    """A count took from its first to its last scan, and what moved meanwhile was counted or not: nobody knows.

    So it is held against both ends, and the one that it agrees with better counts."""
    both = [Compared(lot, counted, shelf) for shelf in (last, first)]
    return min(both, key=lambda compared: abs(compared.difference))


def in_zone(bins: Sequence[Compared], without_bin: int) -> Compared:
    """A lot over the bins of a zone: what one has too many and another too few lay in the wrong one of them, and what
    they have too many together are units that lay in no bin, as far as there are any."""
    counted = sum(one.counted for one in bins)
    held = sum(one.shelf.sellable for one in bins)
    last = max(one.shelf.at for one in bins)
    known = min(without_bin, counted - held) if counted > held else 0
    return Compared(bins[0].lot, counted, Shelf(last, held + known, 0))


def size(lots: Iterable[Compared]) -> int:
    """How far a line is off in units: what one lot has too many does not make up for another's too few."""
    return sum(abs(lot.difference) for lot in lots)


def judge(lots: Sequence[Compared], tolerance_units: int, tolerance_percent: int, number: int) -> Outcome:
    """What becomes of an item's count in round `number`: the first that is past both tolerances is counted again."""
    off = size(lots)
    if not off:
        return "right"
    expected = sum(lot.shelf.sellable + lot.shelf.in_doubt for lot in lots)
    if off <= tolerance_units or off * 100 <= tolerance_percent * max(0, expected):
        return "within_tolerance"
    return "recount" if number == 1 else "review"


def resolve(lot: Compared) -> Resolution:
    """Units in doubt count as found as far as more lay there than the sellable ones alone."""
    found = min(lot.shelf.in_doubt, max(0, lot.counted - lot.shelf.sellable))
    return Resolution(found, lot.shelf.in_doubt - found)
