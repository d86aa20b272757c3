"""Stock that a marketplace keeps for us in its own fulfilment centres: read there, counted at that location here."""

from truestock.store.sql import load

queries = load(__package__)
