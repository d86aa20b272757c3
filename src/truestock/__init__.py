"""truestock: one ledger of stock for every place it lies and every channel that sells it."""

__version__ = "0.1.0"
