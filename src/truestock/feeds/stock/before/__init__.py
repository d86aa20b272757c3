"""The file before: a feed's last file line by line, so that of the next only what it says otherwise is read."""

from truestock.store.sql import load

queries = load(__package__)
