"""The inbox: what channels sell, or ask for, that means nothing here; what it may mean; and how people say so."""

from truestock.store.sql import load

queries = load(__package__)
