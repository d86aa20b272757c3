"""In-flight guards: what channels may have sold and the hub has not heard of, from their lag and their pace."""

from truestock.store.sql import load

queries = load(__package__)
