"""Which items are to be counted next: every item's score, in points of which 100 make it due. Pure.

    score = exceptions + promotion + the greater of age and wear
    exceptions: 1000 where the ledger is below zero, 800 where a recount is wanted or a source disagrees
    promotion:   400 where a dated policy begins within the plan's days
    age:         100 x days since the last count / days of the item's class
    wear:        100 x movements since the last count / the plan's wear

The class is A for the items that make 80 % of the value that left a location in 90 days, B up to 95 %, C for the rest.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

Class = Literal["A", "B", "C"]
DUE: Final = 100
NEGATIVE: Final = 1_000
DISPUTED: Final = 800
PROMOTED: Final = 400
A_SHARE: Final = 0.80
B_SHARE: Final = 0.95
DAY: Final = timedelta(days=1)


class Cell(NamedTuple):
    """An item at a location. `left` is the value, at cost, of what left it in 90 days; `moves` and `since` are the
    movements and the time since its last count, or since it came there if it never was counted."""

    part: int
    item: int
    loc: int
    zone: str
    left: float
    moves: int
    since: datetime
    counted: bool
    negative: bool
    disputed: bool
    promoted_from: datetime | None


class Pace(NamedTuple):
    """How often a plan counts."""

    a_days: int
    b_days: int
    c_days: int
    wear: int
    promotion_days: int

    def days(self, of: Class) -> int:
        """Between two counts of an item of this class."""
        return {"A": self.a_days, "B": self.b_days, "C": self.c_days}[of]


class Ranked(NamedTuple):
    """An item that is due, and why."""

    cell: Cell
    score: int
    why: str


def classes(cells: Iterable[Cell]) -> dict[tuple[int, int], Class]:
    """The class of each (location, item)."""
    by_loc: dict[int, list[Cell]] = {}
    for cell in cells:
        by_loc.setdefault(cell.loc, []).append(cell)
    found: dict[tuple[int, int], Class] = {}
    for loc, there in by_loc.items():
        total = sum(cell.left for cell in there)
        before = 0.0
        for cell in sorted(there, key=lambda c: (-c.left, c.item)):
            share = before / total if total else 1.0
            found[loc, cell.item] = "A" if share < A_SHARE else "B" if share < B_SHARE else "C"
            before += cell.left
    return found


def rank(cells: Sequence[Cell], pace: Pace, now: datetime) -> list[Ranked]:
    """The items that are due, the most urgent first; ties go to the greater value, then to the older item."""
    of = classes(cells)
    ranked = [_scored(cell, of[cell.loc, cell.item], pace, now) for cell in cells]
    due = [found for found in ranked if found.score >= DUE]
    return sorted(due, key=lambda r: (-r.score, -r.cell.left, r.cell.loc, r.cell.item))


def _scored(cell: Cell, of: Class, pace: Pace, now: datetime) -> Ranked:
    days = (now - cell.since) / DAY
    age, wear = days / pace.days(of), cell.moves / pace.wear
    promoted = cell.promoted_from is not None and cell.promoted_from - now <= pace.promotion_days * DAY
    since = "its last count" if cell.counted else "it came here, never counted"
    reasons = [
        (NEGATIVE if cell.negative else 0, "the ledger is below zero"),
        (DISPUTED if cell.disputed else 0, "a source disagrees, or a recount is wanted"),
        (PROMOTED if promoted else 0, f"a policy begins on {cell.promoted_from:%Y-%m-%d}" if promoted else ""),
        (
            int(DUE * max(age, wear)),
            f"{cell.moves} movements since {since}" if wear > age else f"{of}, {days:.0f} days since {since}",
        ),
    ]
    score = sum(points for points, _ in reasons)
    return Ranked(cell, score, "; ".join(said for points, said in reasons if points))
