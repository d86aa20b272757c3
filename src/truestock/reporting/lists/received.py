"""What receipts brought, what of it waits for a decision, and what was decided."""

from dataclasses import dataclass
from datetime import datetime

from truestock.core.checks import check_choice
from truestock.reporting.lists.stock import queries
from truestock.store.arrays import ints
from truestock.store.database import Database
from truestock.store.paging import Page, page_of

LANDS = ("sellable", "receiving", "inspection", "approval")


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """Units of one receipt line; `waiting` of them are not yet approved or inspected. Its id is its movement."""

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
    """What was received, the oldest first; with `waiting` only what waits for a decision. Raises Invalid."""
    check_choice("lands", lands, LANDS)
    parameters = {
        "lands": lands,
        "location": location,
        "sku": sku,
        "receipt": receipt,
        "after": int(after or 0),
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        query = queries.waiting_after if waiting else queries.received_after
        rows = [ReceivedRow(*row) for row in conn.execute(query, parameters)]
    return page_of(rows, limit, lambda row: row.id)


def list_decisions(db: Database, received: list[int]) -> list[DecisionRow]:
    """What was decided of these receipts' units, in order."""
    with db.transaction() as conn:
        return [DecisionRow(*row) for row in conn.execute(queries.decisions_on, {"received": ints(received)})]
