"""What waits where units lie aside: what came without a receipt waits too, and what somebody has taken away without a
decision waits no more."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Gone(NamedTuple):
    """Units of one row that a movement took away, so that they wait no more."""

    received: int
    movement: int
    qty: int


class Moved(NamedTuple):
    """What a movement did to a cell: units that left, that came, and those of the latter that are told of already."""

    movement: int
    left: int
    came: int
    told: int = 0

    @property
    def more(self) -> int:
        """Units by which it made the cell more; below zero: fewer."""
        return self.came - self.left


def came(waiting: int, moved: Sequence[Moved], there: int) -> list[tuple[int, int]]:
    """(movement, units) that came and of which nothing is told yet. `waiting` are units that wait by what is told,
    `there` is what lies there now, `moved` has the older movements first.

    What lay below zero is filled by what came first."""
    left = sum(max(0, -one.more) for one in moved)
    wanted = max(0, there) + left - waiting
    found = []
    for one in reversed(moved):
        units = min(wanted, one.more - one.told)
        if units > 0:
            found.append((one.movement, units))
            wanted -= units
    return found[::-1]


def gone(waiting: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]], there: int) -> list[Gone]:
    """`waiting` has (row, units), those that leave first first, `taken` (movement, units), in the order in which they
    are told of it, and `there` is what lies there now."""
    found = []
    left = [[received, units] for received, units in waiting]
    excess = sum(units for _, units in left) - max(0, there)
    for movement, took in taken:
        for one in left:
            qty = min(excess, took, one[1])
            if qty > 0:
                found.append(Gone(one[0], movement, qty))
                one[1] -= qty
                took -= qty
                excess -= qty
    return found
