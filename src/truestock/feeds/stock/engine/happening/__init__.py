"""Rows of feeds that tell what happened or will: kept, booked one by one, and known when they are told again."""

from truestock.store.sql import load

queries = load(__package__)
