"""How accurate the ledger was: of the cells that sources stated how many were right, by day, location and cause."""

from datetime import date
from decimal import Decimal

import msgspec

from truestock.reconciliation.discrepancies import queries
from truestock.store.database import Database


class AccuracyDay(msgspec.Struct, frozen=True):
    """What one source stated of one location on one day (in UTC): `percent` of the cells were right to the unit.

    `units` and `value`: by how much the others were off, whichever way; value where items' costs are known."""

    day: date
    location: str
    source: str
    cells: int
    right: int
    percent: float
    units: int
    value: Decimal


class CauseSum(msgspec.Struct, frozen=True):
    """How often a cause was the likeliest, and of how many units."""

    cause: str
    cells: int
    units: int
    value: Decimal


class Accuracy(msgspec.Struct, frozen=True):
    """The newest day first; and why cells were off, the commonest cause first."""

    days: list[AccuracyDay]
    causes: list[CauseSum]


def read_accuracy(
    db: Database,
    location: str | None = None,
    source: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = 100,
) -> Accuracy:
    """From `since` and before `until`; at most so many days of a location and source."""
    of = {"location": location, "source": source, "since": since, "until": until}
    with db.transaction() as conn:
        days = conn.execute(queries.accuracy_by_day, {**of, "limit": limit}).fetchall()
        causes = conn.execute(queries.accuracy_by_cause, of).fetchall()
    return Accuracy(
        [
            AccuracyDay(day, place, said, cells, right, _percent(right, cells), units, value)
            for day, place, said, cells, right, units, value in days
        ],
        [CauseSum(*row) for row in causes],
    )


def _percent(right: int, cells: int) -> float:
    return round(100 * right / cells, 2) if cells else 100.0
