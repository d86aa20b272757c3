"""Discrepancies for people: a page of those that wait, and one with the entries that may explain it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

from truestock.core.checks import BIGINT_MAX, check_choice
from truestock.core.problems import Invalid, NotFound
from truestock.core.reconcile.causes import CAUSES, MEANINGS
from truestock.core.words import Kind, Status
from truestock.reconciliation.discrepancies import queries
from truestock.store.arrays import words
from truestock.store.database import Database
from truestock.store.paging import Page, page_of

WAITING: Final = ("open", "review")
STATES: Final = (*WAITING, "adjusted", "accepted", "dismissed", "gone")
KINDS: Final = ("stock", "allocated")
# How far back entries are shown where both were never seen to agree.
LOOKED_BACK: Final = timedelta(days=30)
ENTRIES_MAX: Final = 200
_MEANINGS: Final = {str(cause): said for cause, said in MEANINGS.items()}


class Discrepancy(msgspec.Struct, frozen=True):
    """A source states another number of units than the ledger had as of the same instant.

    `kind`: stock, or allocated (what a WMS or 3PL keeps for orders against our promises, of one `order` if it names
    any). `lot`: empty for an item without lots, * for all lots together. `difference`: how many more the source has.
    `value`: of the difference at the item's cost, null where that is not known. `promised_beyond`: units promised that
    are not there if the source is right. `times`: statements that found it; `age_hours` until now, or until it was
    decided. `score`: how likely the cause is, of 100. `state`: open and review wait; adjusted, accepted, dismissed and
    gone are settled."""

    id: int
    kind: str
    source: str
    sku: str
    location: str
    lot: str
    status: str
    order: str
    stated: int
    expected: int
    difference: int
    value: Decimal | None
    promised_beyond: int
    as_of: datetime
    run: int | None
    line: int | None
    first_seen_at: datetime
    seen_at: datetime
    times: int
    age_hours: int
    within_tolerance: bool
    cause: str
    score: int
    evidence: str
    state: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    movement: int | None
    recount_wanted_at: datetime | None


class EntryAround(msgspec.Struct, frozen=True):
    """An entry of the cell: what it did to on hand and reserved."""

    effective_at: datetime
    recorded_at: datetime
    kind: str
    lot: str
    on_hand: int
    reserved: int
    movement: int


class Shown(msgspec.Struct, frozen=True):
    """A discrepancy, what its cause means, and the cell's entries `since` both agreed last, the newest first.

    Where they were never seen to, which `agreed` says, it is 30 days before the statement. At most 200 entries."""

    discrepancy: Discrepancy
    meaning: str
    since: datetime
    agreed: bool
    entries: list[EntryAround]


class WaitingSum(msgspec.Struct, frozen=True):
    """What waits in sum: how many, of how many units and what value whichever way, how many beyond tolerance."""

    cells: int
    units: int
    value: Decimal
    beyond: int
    promised_beyond: int


def read_waiting(db: Database, location: str | None = None, source: str | None = None) -> WaitingSum:
    """The sums over what waits for somebody."""
    with db.transaction() as conn:
        (row,) = conn.execute(queries.waiting_sum, {"location": location, "source": source}).fetchall()
    return WaitingSum(*row)


def list_discrepancies(
    db: Database,
    state: str | None = None,
    source: str | None = None,
    sku: str | None = None,
    location: str | None = None,
    cause: str | None = None,
    kind: str | None = None,
    beyond: bool = False,
    promised: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Page[Discrepancy]:
    """A page, the newest first: those that wait, or those of one state.

    `beyond`: only beyond tolerance; `promised`: only where promised units are not there if the source is right.
    Raises Invalid."""
    check_choice("state", state, STATES)
    check_choice("cause", cause, CAUSES)
    check_choice("kind", kind, KINDS)
    parameters = {
        "before": None if after is None else number_of("after", after),
        "id": None,
        "states": words(WAITING if state is None else [state]),
        "source": source,
        "sku": sku,
        "location": location,
        "cause": cause,
        "kind": kind,
        "beyond": beyond,
        "promised": promised,
        "limit": limit + 1,
    }
    with db.transaction() as conn:
        rows = [_discrepancy(row) for row in conn.execute(queries.page, parameters)]
    return page_of(rows, limit, lambda row: row.id)


def read_discrepancy(db: Database, number: int) -> Shown:
    """One with the entries around it. Raises NotFound."""
    anything = dict.fromkeys(("before", "source", "sku", "location", "cause", "kind"))
    parameters = {**anything, "id": number, "states": words(STATES), "beyond": False, "promised": False, "limit": 1}
    with db.transaction() as conn:
        row = conn.execute(queries.page, parameters).fetchone()
        if row is None:
            raise NotFound("discrepancy", number, "id")
        found = _discrepancy(row)
        ((part, item, loc, lot, status, as_of, agreed),) = conn.execute(
            queries.agreed_before, {"id": number}
        ).fetchall()
        since = agreed or as_of - LOOKED_BACK
        cell = {"part": part, "item": item, "loc": loc, "lot": lot, "status": status}
        entries = conn.execute(queries.entries_of_cell, {**cell, "since": since, "limit": ENTRIES_MAX}).fetchall()
    around = [EntryAround(at, told, Kind(what).name.lower(), *rest) for at, told, what, *rest in entries]
    return Shown(found, _MEANINGS[found.cause], since, agreed is not None, around)


def number_of(field: str, text: str) -> int:
    """A discrepancy's number as a cursor has it. Raises Invalid."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= BIGINT_MAX):
        raise Invalid(field, "this is no cursor of this list; take the one that its last page gave")
    return int(text)


def _discrepancy(row: tuple[Any, ...]) -> Discrepancy:
    fields = list(row)
    fields[6] = Status(row[6]).name.lower()
    return Discrepancy(*fields)
