"""Our promises against what a WMS or 3PL itself keeps for orders. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from truestock.core.reconcile.causes.around import Likely
from truestock.core.words import Kind


class GivenUp(NamedTuple):
    """Promised units of an order that were shipped or released, and when."""

    kind: Kind
    units: int
    at: datetime


class Promised(NamedTuple):
    """Units promised to one order in a cell: `open_units` now, and what was given up of them lately."""

    open_units: int
    given_up: tuple[GivenUp, ...] = ()

    def at(self, as_of: datetime) -> int:
        """How many were promised as of an instant, of promises made by then."""
        return self.open_units + sum(gone.units for gone in self.given_up if gone.at > as_of)


def together(promised: Iterable[Promised]) -> Promised:
    """Of several orders as one."""
    found = list(promised)
    return Promised(sum(one.open_units for one in found), tuple(gone for one in found for gone in one.given_up))


def allocation_cause(stated: int, promised: Promised, as_of: datetime) -> Likely:
    """Why a source keeps another number of units for an order (or cell) than is promised to it."""
    expected = promised.at(as_of)
    before = [gone for gone in promised.given_up if gone.at <= as_of]
    shipped = sum(gone.units for gone in before if gone.kind == Kind.SHIP)
    released = sum(gone.units for gone in before if gone.kind == Kind.RELEASE)
    if shipped and shipped == stated - expected:
        return Likely(
            "unposted_shipment", 85, f"{shipped} units shipped before its statement, and are not booked there"
        )
    if released and released == stated - expected:
        return Likely("timing", 85, f"{released} units were released before its statement, and are still kept there")
    if stated == 0:
        return Likely("timing", 60, f"{expected} units are promised here, and there the order is not known yet")
    if expected == 0:
        return Likely("unknown", 30, f"{stated} units are kept there, and nothing is promised here")
    return Likely("unknown", 20, f"{stated} units are kept there, and {expected} are promised here")
