"""What warehouses and partners are told by X12 of what the hub knows: orders to ship, what is coming, what there is."""

from truestock.store.sql import load

queries = load(__package__)
