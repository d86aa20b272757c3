"""What is known around a cell that a source states differently: from it is read what speaks for which cause."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from truestock.core.words import Kind

Cause = Literal[
    "duplicate_feed",
    "unposted_shipment",
    "receiving_error",
    "unprocessed_return",
    "wrong_unit",
    "mis_pick",
    "wrong_place",
    "timing",
    "shrinkage",
    "unknown",
]
MEANINGS: Final[dict[Cause, str]] = {
    "duplicate_feed": "the same movement or file was booked twice on one side",
    "unposted_shipment": "units have left, and one side has not booked it yet",
    "receiving_error": "a receipt was booked with another quantity than came in, or on one side only",
    "unprocessed_return": "units came back, and one side has not dealt with them yet",
    "wrong_unit": "packs were taken for single units, or the other way round",
    "mis_pick": "another item was taken than was booked",
    "wrong_place": "the units lie at another location, in another lot or status than one side says",
    "timing": "one side had booked what the other knew only later",
    "shrinkage": "units are gone, and nothing explains it",
    "unknown": "nothing explains it",
}
# In this order causes that are equally likely beat each other: the ones that say most come first.
CAUSES: Final[tuple[Cause, ...]] = tuple(MEANINGS)
# By these units leave for customers.
SOLD: Final = frozenset((Kind.SHIP, Kind.SALE))
_CALLED: Final[dict[Kind, str]] = {
    Kind.RECEIVE: "receipt",
    Kind.PUT_AWAY: "put-away",
    Kind.ADJUST: "adjustment",
    Kind.TRANSFER_OUT: "transfer out",
    Kind.TRANSFER_IN: "transfer in",
    Kind.STATUS: "change of status",
    Kind.RETURN: "return",
    Kind.SHIP: "shipment",
    Kind.SALE: "sale",
}
# How far back one movement is looked for that explains a difference.
LATELY: Final = timedelta(days=3)
WITHIN_A_WEEK: Final = timedelta(days=7)


class Moved(NamedTuple):
    """What one movement did to the cell: `units` more or fewer, effective `at`."""

    kind: Kind
    units: int
    at: datetime
    movement: int
    ref: str = ""
    source: str = ""

    @property
    def paper(self) -> tuple[str, str]:
        """The source and reference that it stands on with others."""
        return self.source, self.ref

    @property
    def said(self) -> str:
        """In words."""
        named = f" {self.ref}" if self.ref else ""
        return f"the {_CALLED.get(self.kind, 'movement')}{named} of {abs(self.units)} at {self.at:%Y-%m-%d %H:%M}"


class Neighbour(NamedTuple):
    """Another cell that the same source states differently: by `units`.

    `same_item` at another place, lot or status; else another item at the same location, in the same status.
    `returned`: units came back to it lately."""

    sku: str
    name: str
    location: str
    status: str
    units: int
    same_item: bool
    same_location: bool
    same_bin: bool = False
    same_order: bool = False
    returned: bool = False


class Supply(NamedTuple):
    """Expected supply of the item at the location: `open_units` have not come; below zero: so many too many have."""

    ref: str
    open_units: int


class Owed(NamedTuple):
    """Units of the cell promised to one order and not shipped; of them `picked`."""

    ref: str
    units: int
    picked: int


Paper = tuple[str, str]


class Around(NamedTuple):
    """A difference with what lies around it.

    `moved`: what moved in the cell, the newest first, some of it effective after `as_of`. `packs`: how many units the
    item's packs have. `before`: by how much the cell was off earlier, the newest first. `papers`: those by whose units
    nearly all cells that they name and that the source states differently are off."""

    sku: str
    name: str
    stated: int
    expected: int
    as_of: datetime
    moved: tuple[Moved, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    supplies: tuple[Supply, ...] = ()
    owed: tuple[Owed, ...] = ()
    packs: tuple[int, ...] = ()
    before: tuple[int, ...] = ()
    status: str = "sellable"
    papers: frozenset[Paper] = frozenset()

    @property
    def units(self) -> int:
        """How many more the source has; below zero: fewer."""
        return self.stated - self.expected

    def earlier(self, within: timedelta) -> list[Moved]:
        """What moved up to the instant of the statement, the newest first."""
        return [m for m in self.moved if self.as_of - within <= m.at <= self.as_of]

    def later(self) -> list[Moved]:
        """What moved after it, the oldest first."""
        return [m for m in reversed(self.moved) if m.at > self.as_of]


class Likely(NamedTuple):
    """A cause, how likely it is (of 100), and what speaks for it."""

    cause: Cause
    score: int
    evidence: str


Clues = Iterator[Likely]
