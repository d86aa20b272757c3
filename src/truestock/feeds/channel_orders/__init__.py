"""Orders in: what channels sell, edit, cancel and ship becomes so here, whatever comes first, late or twice."""

from truestock.store.sql import load

queries = load(__package__)
