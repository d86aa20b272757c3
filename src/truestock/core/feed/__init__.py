"""What feeds say of stock, and what that means in the ledger."""

from truestock.core.feed.statement import Statement, Then, on_hand_of
from truestock.core.feed.words import ABSOLUTE, Meaning

__all__ = ["ABSOLUTE", "Meaning", "Statement", "Then", "on_hand_of"]
