"""What reconciliation is told of a run besides its differences: where it agrees, what its source keeps for orders."""

from datetime import datetime
from itertools import groupby
from typing import Any, Final

from truestock.core.reconcile import Allocated, Cell
from truestock.core.words import ANY_LOT
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.runs import Run
from truestock.reconciliation.discrepancies.agree import agreed, waiting
from truestock.reconciliation.discrepancies.allocations import allocations
from truestock.store.arrays import ints
from truestock.store.database import Connection, Database

CELLS_AT_ONCE: Final = 1_000


def tell_agreed(db: Database, conn: Connection, stored: Stored, run: Run, now: datetime) -> None:
    """End a run: what was a discrepancy before and is none any more is gone."""
    which = {"feed": stored.id, "run": run.id, "moves": run.report.moves}
    cells = waiting(db, stored.feed.code, run.id)
    arrays = {
        "parts": ints(cell.part for cell in cells),
        "items": ints(cell.item for cell in cells),
        "locs": ints(cell.loc for cell in cells),
        "lots": ints(ANY_LOT if cell.lot is None else cell.lot for cell in cells),
        "statuses": ints(cell.status for cell in cells),
    }
    found: list[Cell] = [cells[n - 1] for (n,) in conn.execute(queries.stated_of, {**which, **arrays})] if cells else []
    counted: dict[int, int] = dict(conn.execute(queries.stated_at, which).fetchall())
    agreed(db, stored.feed.code, run.id, found, counted, run.as_of, now)


def tell_allocated(db: Database, conn: Connection, stored: Stored, run: Run, now: datetime) -> None:
    """Compare what the source keeps for orders, each where it names them, with what is reserved; nothing is booked."""
    parameters = {"as_of": run.as_of, "location": stored.feed.settings.location or None}
    rows: list[tuple[Any, ...]] = conn.execute(queries.allocated, parameters).fetchall()
    told: list[Allocated] = []
    # All that is said of an item at a location has to come together.
    for (part, item, loc), some in groupby(rows, key=lambda row: row[:3]):
        for _, _, _, qty, at, order, channel, line in some:
            told.append(Allocated(part, item, loc, qty, at, order, channel, run.id, line))
        if len(told) >= CELLS_AT_ONCE:
            allocations(db, stored.feed.code, told, now)
            told = []
    allocations(db, stored.feed.code, told, now)
