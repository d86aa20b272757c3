"""How many a channel may promise, why, when, and what has changed. Writes only the change stream's own tables."""

from truestock.store.sql import load

queries = load(__package__)
