"""Where sources disagree with the ledger: each cell once and growing older, with its likely cause and what is decided.

`weigh` takes what a source states otherwise and says what to book; `waiting` and `agreed` end a run. Neither writes the
ledger."""

from truestock.store.sql import load

queries = load(__package__)
