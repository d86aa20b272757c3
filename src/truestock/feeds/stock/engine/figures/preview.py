"""What a file of figures would change, cell by cell: the items that change most are booked, looked at, rolled back."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappush, heappushpop, nlargest
from itertools import groupby
from typing import Any, Final, NamedTuple

import msgspec

from truestock.core.feed import Statement
from truestock.core.words import ANY_LOT, Status
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.figures.booking import CELLS_AT_ONCE, reason_of
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.session import Session
from truestock.feeds.stock.previews.changes import CellChange, Row, change_of, change_of_row
from truestock.feeds.stock.previews.trying import Tried, Trying
from truestock.ledger.posting.statements import State, state
from truestock.store.arrays import ints
from truestock.store.database import Connection

CHANGES_MAX: Final = 100
WEIGHED_LATER: Final = "what would become of new lots that the file names is not known before they are made"
CellKey = tuple[int, int, int | None, int]


class Changing(NamedTuple):
    """An item's cells that change most, the first by so many `units`; of `cells` all told."""

    units: int
    item: int
    cells: int
    statements: list[Statement]


class Cell(NamedTuple):
    """What lies in a stated cell and is reserved there then."""

    sku: str
    location: str
    lot: str
    on_hand: int
    reserved: int


class Preview:
    """Of one file; what it holds does not grow with the file."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._trying = Trying(session.db, session.rules)
        self._most: list[Changing] = []
        self._cells = 0

    def see(self, told: Iterable[tuple[Statement, int | None]]) -> None:
        """Statements, each with the units it would change; those of one item come together, and in one call."""
        for item, some in groupby(told, key=lambda one: one[0].item):
            cells = [(abs(units), statement) for statement, units in some if units]
            if not cells:
                continue
            self._cells += len(cells)
            most = nlargest(CELLS_AT_ONCE, cells, key=lambda one: one[0])
            one = Changing(most[0][0], item, len(cells), [statement for _, statement in most])
            if len(self._most) < CHANGES_MAX:
                heappush(self._most, one)
            else:
                heappushpop(self._most, one)

    def tell(self, run: Run) -> None:
        """Put what was seen into the run's report, the largest changes first."""
        told: list[tuple[int, list[CellChange]]] = []
        for some in self._few():
            told += self._tried(run, some)
            if sum(len(changes) for _, changes in told) >= CHANGES_MAX:
                break
        told += self._opened(run)
        told.sort(key=lambda one: -one[0])
        run.report.changes = [change for _, changes in told for change in changes][:CHANGES_MAX]
        run.report.more = self._cells - sum(change.stated is not None for change in run.report.changes)

    def _opened(self, run: Run) -> list[tuple[int, list[CellChange]]]:
        """Cells in lots that are yet to be made, with their units; a master's are booked as they are."""
        conn, report = self._session.conn, run.report
        if self._session.stored.feed.posture == "book":
            ((older,),) = conn.execute(queries.set_older_lots_aside, {"as_of": run.as_of}).fetchall()
            report.differed += older
            report.older += older
        ((cells, up, down),) = conn.execute(queries.opened).fetchall()
        if not cells:
            return []
        if self._session.stored.feed.posture != "book":
            report.notes.append(f"{WEIGHED_LATER}: {cells}")
            return []
        self._cells += cells
        report.differed += cells
        report.booked += cells
        report.up += up
        report.down += down
        rows: list[tuple[Any, ...]] = conn.execute(queries.opened_most, {"limit": CHANGES_MAX}).fetchall()
        return [
            (abs(qty), [change_of(sku, location, lot, Status(status), "", qty, 0, qty, 0, stated=qty)])
            for sku, location, lot, status, qty in rows
        ]

    def _few(self) -> Iterator[list[Changing]]:
        """So many items at once that their cells are not locked for long."""
        few: list[Changing] = []
        for one in sorted(self._most, reverse=True):
            if few and sum(len(item.statements) for item in [*few, one]) > CELLS_AT_ONCE:
                yield few
                few = []
            few.append(one)
        if few:
            yield few

    def _tried(self, run: Run, some: Sequence[Changing]) -> list[tuple[int, list[CellChange]]]:
        self._session.halt()
        statements = sorted((statement for one in some for statement in one.statements), key=_turn)
        command = State(statements, run.feed, str(run.id), reason_of(self._session.stored.feed), run.actor)

        def look(conn: Connection) -> dict[CellKey, Cell]:
            there = conn.execute(queries.cells_there, _keys(statements)).fetchall()
            return {_key(statements[n - 1]): Cell(*cell) for n, *cell in there}

        items = {one.item for one in some}
        tried = self._trying.run(state, [command], items, look)
        opened = {item for (item,) in self._session.conn.execute(queries.items_opened, {"items": list(items)})}
        return [
            (one.units, changes_of(one, tried, whole=one.cells == len(one.statements) and one.item not in opened))
            for one in some
        ]


def changes_of(one: Changing, found: Tried[dict[CellKey, Cell]], *, whole: bool) -> list[CellChange]:
    """Of an item: its cells, then what other rows of it change in their wake, as where promises go elsewhere.

    `whole`: no other cells of it change, so that it is known what the item comes to."""
    left = [row for row in found.rows if row.item == one.item]
    owed = sum(row.owed for row in left)
    changes: list[CellChange] = []
    for statement in one.statements:
        mine = [row for row in left if _is_of(row, statement)]
        left = [row for row in left if not _is_of(row, statement)]
        cell = found.seen[_key(statement)]
        names = (cell.sku, cell.location, cell.lot, statement.status)
        moved = sum(row.d_on_hand for row in mine), sum(row.d_reserved for row in mine)
        there, displaced = (cell.on_hand, cell.reserved), sum(row.displaced for row in mine)
        changes.append(change_of(*names, "", *moved, *there, stated=statement.qty, displaced=displaced))
    changes += [change_of_row(row) for row in left if row.moves]
    if whole:
        changes[0] = msgspec.structs.replace(changes[0], owed=owed, atp=found.atp[one.item])
    return changes


def _is_of(row: Row, cell: Statement) -> bool:
    place = (row.item, row.loc, row.status) == (cell.item, cell.loc, cell.status)
    return place and cell.lot in (None, row.lot)


def _turn(one: Statement) -> tuple[int, ...]:
    """In which order a run books them."""
    return one.part, one.item, one.loc, ANY_LOT if one.lot is None else one.lot, one.status


def _key(one: Statement) -> CellKey:
    return one.item, one.loc, one.lot, one.status


def _keys(statements: Sequence[Statement]) -> dict[str, str]:
    return {
        "parts": ints(one.part for one in statements),
        "items": ints(one.item for one in statements),
        "locs": ints(one.loc for one in statements),
        "lots": ints(ANY_LOT if one.lot is None else one.lot for one in statements),
        "statuses": ints(one.status for one in statements),
    }
