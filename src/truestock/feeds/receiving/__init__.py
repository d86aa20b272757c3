"""What comes in and moves: receipts against what was expected, decisions on units that wait, transfers, variances with
their reasons, and what tills sell. What other rooms hand in are lists of commands, as to every lane."""

from truestock.store.sql import load

queries = load(__package__)
