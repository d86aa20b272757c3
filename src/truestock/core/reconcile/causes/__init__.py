"""Why a source states another number than the ledger: the likeliest cause, with what speaks for it. Pure and total."""

from truestock.core.reconcile.causes import beside, movements
from truestock.core.reconcile.causes.around import (
    CAUSES,
    MEANINGS,
    SOLD,
    Around,
    Cause,
    Likely,
    Moved,
    Neighbour,
    Owed,
    Paper,
    Supply,
)

_CLUES = (
    movements.lacking,
    movements.with_others,
    movements.ahead,
    movements.doubled,
    movements.in_other_units,
    beside.mistaken,
    beside.elsewhere,
    beside.still_promised,
    beside.supplied,
    beside.came_back,
    beside.gone,
)
NOTHING = Likely("unknown", 0, "nothing that is known explains it")


def likely_cause(around: Around) -> Likely:
    """The likeliest cause; of equal ones the one that comes first in CAUSES, and of its clues the first."""
    found = [clue for clues in _CLUES for clue in clues(around)] if around.units else []
    return min(found, key=lambda clue: (-clue.score, CAUSES.index(clue.cause)), default=NOTHING)


__all__ = [
    "CAUSES",
    "MEANINGS",
    "NOTHING",
    "SOLD",
    "Around",
    "Cause",
    "Likely",
    "Moved",
    "Neighbour",
    "Owed",
    "Paper",
    "Supply",
    "likely_cause",
]
