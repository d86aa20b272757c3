"""Rules over live state, what they find, and what people do about it. Telling of it is the sync's."""

from truestock.store.sql import load

queries = load(__package__)
