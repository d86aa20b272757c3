"""Cells as the arrays that queries take, and items as they are compared."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from truestock.core.words import ANY_LOT, NO_LOT
from truestock.reconciliation.discrepancies import queries
from truestock.store.arrays import ints
from truestock.store.database import Connection


class Item(NamedTuple):
    """What is read of an item to compare it; `packs`: how many units its packs have."""

    id: int
    sku: str
    name: str
    category: str
    cost: Decimal | None
    lot_tracked: bool
    packs: tuple[int, ...]

    def lot(self, named: int | None) -> int:
        """A statement's lot as it is kept: of an item without lots 0, however it was named; -1: all together."""
        if not self.lot_tracked:
            return NO_LOT
        return ANY_LOT if named is None else named


def items_of(conn: Connection, ids: Iterable[int]) -> dict[int, Item]:
    """The items by id."""
    rows = conn.execute(queries.items, {"items": ints(sorted(set(ids)))})
    return {row[0]: Item._make((*row[:6], tuple(row[6]))) for row in rows}


class Key(NamedTuple):
    """A cell as it is kept; `lot` -1: all of them."""

    part: int
    item: int
    loc: int
    lot: int
    status: int


def arrays_of(keys: Sequence[Key]) -> dict[str, object]:
    """One array a column."""
    return {
        "parts": ints(key.part for key in keys),
        "items": ints(key.item for key in keys),
        "locs": ints(key.loc for key in keys),
        "lots": ints(key.lot for key in keys),
        "statuses": ints(key.status for key in keys),
    }


class Found(NamedTuple):
    """A difference that is looked into: `seen` is when it was heard of, so that what follows from it is left out."""

    key: Key
    stated: int
    expected: int
    as_of: datetime
    seen: datetime

    @property
    def units(self) -> int:
        """How many more the source has."""
        return self.stated - self.expected
