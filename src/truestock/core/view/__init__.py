"""What channels see of a book: their ATP, and the free units behind it."""

from truestock.core.view.free_units import FreeUnits
from truestock.core.view.view import AtpTerms, View, combine, view_of

__all__ = ["AtpTerms", "FreeUnits", "View", "combine", "view_of"]
