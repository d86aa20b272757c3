"""Runs a simulated world twice over the same orders: as its channels are kept in step today, and by truestock.

The second side decides with what serves real orders: the books and decisions of core, and the budgets, marks and
breakers of this room. Only the database and the network are simulated."""

from truestock.sync.simulate.run import simulate

__all__ = ["simulate"]
