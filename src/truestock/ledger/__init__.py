"""The ledger: the only writer of quantities. Stock rows, entries, promises, holds, shorts, check and repair."""

from truestock.store.sql import load

queries = load(__package__)
