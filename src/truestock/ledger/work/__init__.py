"""One transaction on a set of items: the books it reads, what it decides on, and what it writes back."""

from truestock.ledger.work.ahead import AheadOfLocks
from truestock.ledger.work.transaction import Work

__all__ = ["AheadOfLocks", "Work"]
