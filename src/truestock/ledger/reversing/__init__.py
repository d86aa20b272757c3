"""What a reversal needs to know of what it takes back: the marks before it, the facts that it had seen, its bins."""

from truestock.store.sql import load

queries = load(__package__)
