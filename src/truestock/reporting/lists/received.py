"""What receipts brought, what lies where it waits to be approved, inspected or put away, and what was decided."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from truestock.core.checks import check_choice
from truestock.reporting.lists.cursor import cursor_of, instant_and_id
from truestock.reporting.lists.stock import queries
from truestock.store.arrays import ints
from truestock.store.database import Database
from truestock.store.paging import Page, page_of

BEFORE_ALL: Final = (datetime(1, 1, 1, tzinfo=UTC), 0)
LANDS = ("sellable", "receiving", "inspection", "approval")


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """Units of one receipt line, or of what else brought units to where they wait; `waiting` of them are not yet
    approved, inspected or put away. `kind`, `source` and `movement` are of what brought them there, `receipt` is its
    reference; `outcome` is none where no receipt did. `age_hours` since it came, full ones."""

    id: int
    sku: str
    location: str
    lot: str
    receipt: str
    document: str
    supplier: str
    outcome: str
    lands: str
    qty: int
    waiting: int
    actor: str
    received_at: datetime
    kind: str
    source: str
    movement: int
    age_hours: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What was decided of units of a receipt, by whom and why; `left`: a movement took them away without a decision."""

    received: int
    movement: int
    sku: str
    decision: str
    goes_to: str
    qty: int
    sampled: int
    actor: str
    reason: str
    recorded_at: datetime


def list_received(
    db: Database,
    *,
    waiting: bool = False,
    lands: str | None = None,
    location: str | None = None,
    sku: str | None = None,
    receipt: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[ReceivedRow]:
    """What was received, and with `waiting` all that waits and nothing else, whatever brought it; what came first comes
    first, however late it was told. Raises Invalid."""
    check_choice("lands", lands, LANDS)
    after_at, after_id = instant_and_id(after) if after else BEFORE_ALL
    parameters = {
        "lands": lands,
        "location": location,
        "sku": sku,
        "receipt": receipt,
        "after_at": after_at,
        "after": after_id,
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        query = queries.waiting_after if waiting else queries.received_after
        rows = [ReceivedRow(*row) for row in conn.execute(query, parameters)]
    return page_of(rows, limit, lambda row: cursor_of(row.received_at.isoformat(), f"{row.id:x}"))


class Waits(NamedTuple):
    """What waits for one thing: how many rows and units, and for how many full hours the first of them has."""

    rows: int
    units: int
    hours: int


def waiting_totals(db: Database, location: str | None = None, sku: str | None = None) -> dict[str, Waits]:
    """What waits in all by what it waits for: approval, inspection, or receiving, which is to be put away."""
    with db.transaction() as conn:
        rows = conn.execute(queries.waiting_totals, {"location": location, "sku": sku})
        return {lands: Waits(*found) for lands, *found in rows}


def list_decisions(db: Database, received: list[int]) -> list[DecisionRow]:
    """What was decided of these receipts' units, in order."""
    with db.transaction() as conn:
        return [DecisionRow(*row) for row in conn.execute(queries.decisions_on, {"received": ints(received)})]
