"""Reads the state that the rules of alerts look at: of items that have changed, and of what time alone may bring."""

from truestock.store.sql import load

queries = load(__package__)
