"""Personal data that came with channels' orders: kept no longer than it may be, and erased when its person asks."""

from truestock.store.sql import load

queries = load(__package__)
