"""Keeps what channels show of listings, texts, images and prices, as the content here says, behind their stock."""

from truestock.store.sql import load

queries = load(__package__)
