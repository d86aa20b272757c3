"""Proves, read-only, that the ledger holds its laws, and mends a stock row that does not."""

from truestock.ledger.proof.check import LAWS, Finding, check
from truestock.ledger.proof.repair import Mended, repair

__all__ = ["LAWS", "Finding", "Mended", "check", "repair"]
