"""Tells people of alerts, by mail or by whatever Apprise reaches. What and when is decided by their rules."""

from truestock.store.sql import load

queries = load(__package__)
