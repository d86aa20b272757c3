"""Fees that channels settle: read from those that tell them, brought in by file for all others, each kept once."""

from truestock.store.sql import load

queries = load(__package__)
