"""Schedules: which kind of job is queued when, by a cron line on the clocks of a time zone."""

from truestock.store.sql import load

queries = load(__package__)
