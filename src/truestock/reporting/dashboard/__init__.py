"""Figures for whoever watches: bounded by time or by what is open, so that a long history costs nothing."""

from truestock.store.sql import load

queries = load(__package__)
