"""What must lie where, by plain sums over lists of what was told: no marks, no locks, no order of telling.

A cell is (SKU, location, status). Nothing of the code under test is used here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

Cell = tuple[str, str, str]
SELLABLE = "sellable"


class Moved(NamedTuple):
    """Units more or fewer in a cell at an instant; `ours`: they left for an order, which a source may book later."""

    cell: Cell
    qty: int
    at: datetime
    ours: bool = False


class Promised(NamedTuple):
    """Units more or fewer that orders, not carts, were promised of an item at a location."""

    sku: str
    loc: str
    qty: int
    at: datetime


class Said(NamedTuple):
    """An absolute statement about a cell: `qty` as of `as_of`, from a source that had booked our documents until then.

    `net`: less the promises it knew, which were made by `booked_until`."""

    cell: Cell
    qty: int
    as_of: datetime
    booked_until: datetime
    net: bool = False


def units_of(moves: Iterable[Moved], cell: Cell) -> int:
    """All units that these movements brought to a cell."""
    return sum(move.qty for move in moves if move.cell == cell)


def promised_by(changes: Iterable[Promised], cell: Cell, until: datetime) -> int:
    """Units of a cell that orders were promised by an instant."""
    sku, loc, status = cell
    return sum(c.qty for c in changes if (c.sku, c.loc, SELLABLE) == (sku, loc, status) and c.at <= until)


@dataclass
class Naive:
    """What the hub was told: movements, statements by the file or count that made them, and its own promises."""

    moves: list[Moved] = field(default_factory=list)
    said: dict[str, list[Said]] = field(default_factory=dict)
    promises: list[Promised] = field(default_factory=list)

    def on_hand(self, cell: Cell) -> int:
        """The newest statement and everything that it could not know; without one, everything."""
        about = [said for statements in self.said.values() for said in statements if said.cell == cell]
        if not about:
            return units_of(self.moves, cell)
        newest = max(about, key=lambda said: said.as_of)
        known = promised_by(self.promises, cell, newest.booked_until) if newest.net else 0
        unseen = [m for m in self.moves if m.at > (newest.booked_until if m.ours else newest.as_of)]
        return newest.qty + known + units_of(unseen, cell)


@dataclass
class World:
    """What has truly happened, whether or not anybody has told the hub of it."""

    moves: list[Moved] = field(default_factory=list)
    untold: list[Promised] = field(default_factory=list)

    def lies(self, cell: Cell) -> int:
        """Units that lie in a cell now."""
        return units_of(self.moves, cell)

    def seen_by(self, cell: Cell, booked_until: datetime) -> int:
        """Units in a source's books now, which has booked what left for our orders only until then."""
        return units_of([m for m in self.moves if not m.ours or m.at <= booked_until], cell)

    def net_of(self, cell: Cell, booked_until: datetime, promises: Iterable[Promised]) -> int:
        """The same less what orders were promised by then: it knows which of those had left, even if we do not."""
        known = [*promises, *self.untold]
        return self.seen_by(cell, booked_until) - promised_by(known, cell, booked_until)
