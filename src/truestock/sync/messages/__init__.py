"""Tells shoppers what becomes of their orders: off until a rule says which channel sends which message, and how."""

from truestock.store.sql import load

queries = load(__package__)
