"""Tells channels what has happened to their orders here: parcels that left, units that will not come."""

from truestock.store.sql import load

queries = load(__package__)
