"""Feeds: what other systems say of stock, each with a declared meaning and an as-of time, taken in run by run."""

from truestock.store.sql import load

queries = load(__package__)
