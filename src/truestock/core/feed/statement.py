"""An absolute statement about a cell, and how many units on hand it means as of its instant."""

from datetime import datetime
from typing import NamedTuple

from truestock.core.words import Status


class Statement(NamedTuple):
    """`qty` units of an item in a status at a location, as of `as_of`; lot None: all lots together.

    `booked_until`: up to when its source had booked what we told it, at most `as_of`. `net`: the units are what is left
    besides the promises that the source knew; `knows_orders`: it knew those made until `booked_until`, else none.
    `still_at`: the version of the item's head at which nothing of it had moved since `booked_until`, if it was seen."""

    part: int
    item: int
    loc: int
    lot: int | None
    status: Status
    qty: int
    as_of: datetime
    booked_until: datetime
    net: bool = False
    knows_orders: bool = True
    still_at: int | None = None
    line: int | None = None


class Then(NamedTuple):
    """What the ledger says of a stated cell: units that moved after the statement; units shipped before it that its
    source had not booked (below zero); units reserved since the source had booked our documents (below zero: more was
    released); units in carts then."""

    moved_since: int = 0
    unbooked: int = 0
    reserved_since: int = 0
    in_carts: int = 0


def on_hand_of(statement: Statement, then: Then, reserved: int) -> int:
    """Units that lay there as of the statement; below zero where more was shipped than its source has left.

    `reserved`: what is promised there now. A net figure has the promises that its source knew put back: they are owed
    from it, and come off again. Those that it did not know were never taken off, and come off once."""
    known = reserved - then.reserved_since - then.in_carts if statement.net and statement.knows_orders else 0
    return statement.qty + known + then.unbooked
