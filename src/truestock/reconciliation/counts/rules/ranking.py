"""Which items are to be counted next: those that are due, by their score in points. Pure.

    due:         below zero, disputed, promoted or unlaid; or the days of its class have passed, or the movements of its
                 wear
    score      = exceptions + promotion + unlaid + turn
    exceptions:  1000 where the ledger is below zero, 800 where a recount is wanted or a source disagrees
    promotion:   400 where a dated policy begins within the plan's days
    unlaid:      200, and 1 a day up to 399, where units beside those in its bins lie in none for a week
    turn:        100 x days since the last count / days of the item's class x gain
    gain:        of x = movements since the last count / wear: (1 - (1 + x) e^-x) / x, as a share of its greatest

A count pays most where the record is likely wrong and will stay right for a while: an item that hardly moved is
probably right still, and one that moves all the time is soon wrong again. Without the gain, counters run after the
fastest items and never reach the others (`proving.py` has the figures).

The class is A for the items that make 80 % of the value that left a location in 90 days, B up to 95 %, C for the rest.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import exp
from typing import Final, Literal, NamedTuple

Class = Literal["A", "B", "C"]
POINTS: Final = 100
NEGATIVE: Final = 1_000
DISPUTED: Final = 800
PROMOTED: Final = 400
UNLAID: Final = 200
A_SHARE: Final = 0.80
B_SHARE: Final = 0.95
DAY: Final = timedelta(days=1)
UNLAID_AFTER: Final = timedelta(days=7)
# The greatest value of the gain before it is made a share, at 1.793 times the wear.
_GREATEST: Final = 0.29842568


class Cell(NamedTuple):
    """An item in a zone of a location, or without one at all of it. `left` is the value, at cost, of what left the
    location in 90 days; `moves` and `since` are the movements and the time since its last count, or since it came there
    if it never was counted. `unlaid_since`: units beside those in its bins lie in none since then, too long."""

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
    unlaid_since: datetime | None = None


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
    by_loc: dict[int, dict[int, Cell]] = {}
    for cell in cells:
        by_loc.setdefault(cell.loc, {})[cell.item] = cell
    found: dict[tuple[int, int], Class] = {}
    for loc, there in by_loc.items():
        total = sum(cell.left for cell in there.values())
        before = 0.0
        for cell in sorted(there.values(), key=lambda c: (-c.left, c.item)):
            share = before / total if total else 1.0
            found[loc, cell.item] = "A" if share < A_SHARE else "B" if share < B_SHARE else "C"
            before += cell.left
    return found


def rank(cells: Sequence[Cell], pace: Pace, now: datetime) -> list[Ranked]:
    """The items that are due, the most urgent first; ties go to the greater value, then to the older item."""
    of = classes(cells)
    ranked = [_scored(cell, of[cell.loc, cell.item], pace, now) for cell in cells]
    due = [found for found in ranked if found is not None]
    return sorted(due, key=lambda r: (-r.score, -r.cell.left, r.cell.loc, r.cell.item, r.cell.zone))


def gain(wear: float) -> float:
    """What a count is worth of a record that has moved so many times its wear; from 0 to 1."""
    return (1 - (1 + wear) * exp(-wear)) / wear / _GREATEST if wear else 0.0


def _scored(cell: Cell, of: Class, pace: Pace, now: datetime) -> Ranked | None:
    """With its score; None where it is not due."""
    days = (now - cell.since) / DAY
    age, wear = days / pace.days(of), cell.moves / pace.wear
    promoted = cell.promoted_from is not None and cell.promoted_from - now <= pace.promotion_days * DAY
    since = "its last count" if cell.counted else "it came here, never counted"
    turn = f"{cell.moves} movements since {since}" if wear > age else f"{of}, {days:.0f} days since {since}"
    unlaid = (now - cell.unlaid_since) // DAY if cell.unlaid_since else 0
    reasons = [
        (cell.negative, NEGATIVE, "the ledger is below zero"),
        (cell.disputed, DISPUTED, "a source disagrees, or a recount is wanted"),
        (promoted, PROMOTED, f"a policy begins on {cell.promoted_from:%Y-%m-%d}" if promoted else ""),
        (cell.unlaid_since is not None, UNLAID + min(unlaid, UNLAID - 1), f"units lie in no bin for {unlaid} days"),
        (max(age, wear) >= 1, 0, turn),
    ]
    if not any(holds for holds, _, _ in reasons):
        return None
    score = int(POINTS * age * gain(wear)) + sum(points for holds, points, _ in reasons if holds)
    return Ranked(cell, score, "; ".join(said for holds, _, said in reasons if holds))
