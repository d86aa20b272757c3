"""What still waits for a decision where fewer units lie than wait: somebody has taken them away without one."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Gone(NamedTuple):
    """Units of one receipt that a movement took away, so that they wait no more."""

    received: int
    movement: int
    qty: int


def gone(waiting: Iterable[tuple[int, int]], taken: Mapping[int, int], there: int) -> list[Gone]:
    """`waiting` has (receipt, units), the longest waiting first, `taken` units by movement, and `there` is what lies
    there now. Units that do not wait have left first, then the longest waiting; they are told of the newest movements.
    """
    found = []
    left = [[received, units] for received, units in waiting]
    excess = sum(units for _, units in left) - max(0, there)
    for movement in sorted(taken, reverse=True):
        took = taken[movement]
        for one in left:
            qty = min(excess, took, one[1])
            if qty > 0:
                found.append(Gone(one[0], movement, qty))
                one[1] -= qty
                took -= qty
                excess -= qty
    return found
