"""The rules that decisions read besides stock, kept in memory at one epoch."""

from truestock.catalog.rules.book import RuleBook, as_of
from truestock.catalog.rules.snapshot import KEPT_AT_MOST, ListingKey, RulesChanged, Snapshot

__all__ = ["KEPT_AT_MOST", "ListingKey", "RuleBook", "RulesChanged", "Snapshot", "as_of"]
