"""The change stream: what every listing shall show, in the order in which it changed, written by one at a time."""

from truestock.store.sql import load

queries = load(__package__)
