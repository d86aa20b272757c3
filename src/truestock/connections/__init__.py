"""How channels are reached: by which connector, told what, with which secrets; and what runs for each of them."""

from truestock.store.sql import load

queries = load(__package__)
