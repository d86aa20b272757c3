"""Taking a channel over: its open orders are taken in, its numbers compared with ours, until somebody says live."""

from truestock.store.sql import load

queries = load(__package__)
