"""What channels see of a book: their ATP, and the free units behind it."""

from truestock.core.book.view.free_units import FreeUnits
from truestock.core.book.view.view import (
    GUARDED_PERCENT_MOST,
    NO_GUARD,
    AtpTerms,
    Guard,
    View,
    combine,
    guard_of,
    view_of,
)

__all__ = [
    "GUARDED_PERCENT_MOST",
    "NO_GUARD",
    "AtpTerms",
    "FreeUnits",
    "Guard",
    "View",
    "combine",
    "guard_of",
    "view_of",
]
