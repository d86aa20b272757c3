"""What still waits for a decision where fewer units lie than wait: somebody has taken them away without one."""

from collections.abc import Iterable
from typing import NamedTuple


class Gone(NamedTuple):
    """Units of one receipt that a movement took away, so that they wait no more."""

    received: int
    movement: int
    qty: int


def gone(waiting: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]], there: int) -> list[Gone]:
    """`waiting` has (receipt, units), the longest waiting first, `taken` (movement, units), in the order in which they
    are told of it, and `there` is what lies there now. Units that do not wait have left first, then the longest
    waiting."""
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
