"""What is sold, where it lies, who sells it, and by which rules; quantities are the ledger's."""

from truestock.store.sql import load

queries = load(__package__)
