"""Orders as they are stored: their lines by item, and the state they are in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from truestock.core.book import ItemBook
from truestock.core.decide.promises import open_units
from truestock.orders.values import State
from truestock.store.arrays import ints, words
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)


class StoredLine(NamedTuple):
    """One item of a line: `units` base units of it make one of the line's `qty` listing units."""

    n: int
    item: int
    units: int
    listing: int
    qty: int
    granted: int
    available: int


@dataclass(slots=True)
class Stored:
    """An order; `state` as stored, which for a cart may lag behind its expiry."""

    id: str
    channel: int
    ref: str
    mode: str
    state: State
    expires_at: datetime | None
    priority: int
    placed_at: datetime
    lines: list[StoredLine]

    @property
    def part(self) -> int:
        """The part it lives in."""
        return int(self.id[:2], 16)

    def items(self) -> set[int]:
        """Every item it takes."""
        return {line.item for line in self.lines}

    def open_base_units(self, books: dict[int, ItemBook]) -> int:
        """Base units promised or owed that have not left."""
        return sum(open_units(books[line.item], self.id, line.n) for line in self.lines)


def read_orders(conn: Connection, ids: Iterable[str]) -> dict[str, Stored]:
    """By id, with their lines; ids that are not there are left out."""
    keys = sorted(set(ids))
    if not keys:
        return {}
    parameters = {"parts": ints(int(i[:2], 16) for i in keys), "ids": words(keys)}
    return {
        order_id: Stored(
            order_id, channel, ref, mode, state, expires_at, priority, placed_at, [StoredLine(*line) for line in lines]
        )
        for order_id, _, mode, state, expires_at, channel, ref, priority, placed_at, lines in conn.execute(
            queries.orders_by_id, parameters, prepare=True
        )
    }
