"""The bench of files of figures."""

from truestock.store.sql import load

queries = load(__package__)
