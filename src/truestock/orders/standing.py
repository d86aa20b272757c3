"""How orders stand, line by line in listing units: what is still to leave, and what has left."""

from collections.abc import Iterable
from typing import NamedTuple

from truestock.orders.values import State
from truestock.store.arrays import ints, words
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)


class StandingLine(NamedTuple):
    """A line: sold, `open` (promised or owed), shipped; the rest was given back. `short`: some of it is owed."""

    n: int
    sku: str
    qty: int
    open: int
    shipped: int
    short: bool

    @property
    def given_back(self) -> int:
        """Released, cancelled or displaced for good."""
        return self.qty - self.open - self.shipped


class Standing(NamedTuple):
    """An order's state and lines."""

    state: State
    lines: dict[int, StandingLine]


def standing(conn: Connection, ids: Iterable[str]) -> dict[str, Standing]:
    """By order id; orders that are not there are left out."""
    keys = sorted(set(ids))
    found: dict[str, Standing] = {}
    if keys:
        parameters = {"parts": ints(int(key[:2], 16) for key in keys), "ids": words(keys)}
        for order_id, state, *line in conn.execute(queries.standing, parameters, prepare=True):
            found.setdefault(order_id, Standing(state, {})).lines[line[0]] = StandingLine(*line)
    return found
