"""Tells users' own systems what has happened: at least once, signed, and only where calls may go."""

from truestock.store.sql import load

queries = load(__package__)
