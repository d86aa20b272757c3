"""The end of a run: what agrees again is gone, what differs is explained, what was booked is linked, accuracy noted."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from truestock.core.identity import part_of
from truestock.core.reconcile import Cell
from truestock.core.words import ANY_LOT
from truestock.reconciliation.discrepancies import queries
from truestock.reconciliation.discrepancies.cells import Found, Key, arrays_of, items_of
from truestock.reconciliation.discrepancies.evidence import explain
from truestock.store.arrays import ints
from truestock.store.database import Database
from truestock.store.lane import GivingWay

EXPLAINED_AT_ONCE: Final = 500
EXPLAINED_MAX: Final = 50_000
LINKED_AT_ONCE: Final = 1_000
_LINKS: Final = ("parts", "items", "ids", "movements")
# What is likelier than this needs no second look.
SURE: Final = 80


def waiting(db: Database, source: str, run: int) -> list[Cell]:
    """The cells of a source's discrepancies that a run has not told of: it agrees in them, or says nothing of them."""
    with db.transaction() as conn:
        rows = conn.execute(queries.of_source, {"source": source, "run": run}).fetchall()
    return [_cell(*row) for row in rows]


def agreed(
    db: Database,
    source: str,
    run: int,
    cells: Iterable[Cell],
    stated: Mapping[int, int],
    as_of: datetime,
    now: datetime,
) -> int:
    """End a run, once all that it states otherwise has been weighed; how many discrepancies are gone by it.

    `cells`: those of `waiting` that the run stated as the ledger has them. `stated`: how many cells it stated, by
    location, differing or not. Doing it again changes nothing."""
    keys = [_key(cell) for cell in cells]
    with db.transaction() as conn:
        parameters = {**arrays_of(keys), "source": source, "as_of": as_of, "now": now}
        gone = conn.execute(queries.settle_agreed, parameters).rowcount if keys else 0
    _explain(db, source, run)
    _link(db, source, run)
    with db.transaction() as conn:
        conn.execute(queries.forget_accuracy, {"source": source, "run": run, "as_of": as_of})
        counted = {"locs": ints(stated), "counts": ints(stated.values())}
        conn.execute(queries.write_accuracy, {**counted, "source": source, "run": run, "as_of": as_of})
    return gone


def _key(cell: Cell) -> Key:
    return Key(cell.part, cell.item, cell.loc, ANY_LOT if cell.lot is None else cell.lot, cell.status)


def _cell(part: int, item: int, loc: int, lot: int, status: int) -> Cell:
    return Cell(part, item, loc, None if lot == ANY_LOT else lot, status)


def _explain(db: Database, source: str, run: int) -> None:
    """Look at what is not explained, or was not sure while the rest of the run was unknown; at the first of many."""
    after, way = 0, GivingWay()
    for _ in range(0, EXPLAINED_MAX, EXPLAINED_AT_ONCE):
        with way.piece(1), db.transaction() as conn:
            parameters = {"source": source, "run": run, "below": SURE, "after": after, "limit": EXPLAINED_AT_ONCE}
            rows = conn.execute(queries.run_rows, parameters).fetchall()
            if not rows:
                return
            told = [(row[5], Found(Key(*row[:5]), *row[6:])) for row in rows]
            explain(conn, source, told, items_of(conn, {one.key.item for _, one in told}))
            after = rows[-1][5]


def _link(db: Database, source: str, run: int) -> None:
    """Name the movement by which each was booked that a rule had adjusted."""
    after = 0
    while True:
        with db.transaction() as conn:
            parameters = {"source": source, "run": run, "after": after, "limit": LINKED_AT_ONCE}
            rows = conn.execute(queries.booked_of_run, parameters).fetchall()
            if not rows:
                return
            ids = sorted({movement for *_, movements in rows for movement in movements})
            told = conn.execute(queries.movements, {"parts": ints(map(part_of, ids)), "ids": ints(ids)})
            own = {movement for movement, said_by, _ in told if said_by == source}
            booked = [(*row, one) for *row, movements in rows for one in [m for m in movements if m in own][:1]]
            columns = {name: ints(row[n] for row in booked) for n, name in enumerate(_LINKS)}
            if booked:
                conn.execute(queries.book_movements, columns)
            after = rows[-1][2]
