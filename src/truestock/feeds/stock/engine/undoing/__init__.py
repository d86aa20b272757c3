"""Undoing of runs: what they booked is reversed, and what they stated is taken back."""

from truestock.store.sql import load

queries = load(__package__)
