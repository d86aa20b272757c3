"""What a booking that is tried and rolled back would change, as every preview of a feed shows it."""

from truestock.store.sql import load

queries = load(__package__)
