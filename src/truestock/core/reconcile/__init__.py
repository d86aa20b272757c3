"""Where a source and the ledger disagree: how far that is tolerated, what becomes of it, and why it may be so."""

from truestock.core.reconcile.tolerance import Judged, Tolerance, applying, judge
from truestock.core.reconcile.values import Allocated, Cell, Difference, Posture, Verdict

__all__ = ["Allocated", "Cell", "Difference", "Judged", "Posture", "Tolerance", "Verdict", "applying", "judge"]
