"""What waits follows what is booked, as bins do: units that come to lie in receiving or inspection wait there, whoever
booked them; units that leave without a decision wait no more, nor do those that came where others had left that were
not there.

That they left is told like a decision, by movement, so that a reversal has them wait again."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from truestock.core.book import ItemBook
from truestock.core.decide.waiting import Gone, Moved, came, gone
from truestock.core.words import Kind, Status
from truestock.ledger import queries
from truestock.ledger.movement import Movement, movement_ids
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection

LANDS: Final[Mapping[int, str]] = {Status.RECEIVING: "receiving", Status.INSPECTION: "inspection"}
WENT: Final[Mapping[Kind, str]] = {Kind.SCRAP: "scrap", Kind.SEND_BACK: "supplier"}
Cell = tuple[int, int, int, int]  # item, location, lot, status


class Told(NamedTuple):
    """A row of what waits: its number, what it waits for, the movement that brought it, its units."""

    id: int
    lands: str
    movement: int
    units: int


@dataclass(slots=True)
class Following:
    """What a transaction changes of what waits, on the books of these items."""

    books: Mapping[int, ItemBook]
    movements: Mapping[int, Movement]
    numbers: Iterator[int] = field(default_factory=movement_ids)
    came: list[tuple[Cell, Told]] = field(default_factory=list)
    gone: list[tuple[Cell, Told, Gone]] = field(default_factory=list)

    def cell(self, cell: Cell, moved: Mapping[int, list[int]], told: list[Told]) -> None:
        """Make what waits in a cell what lies there. What is taken back leaves first, what has to be approved last."""
        back = {movement.reverses for movement in self.movements.values()}
        there = self._there(cell)
        rowed = dict.fromkeys(moved, 0)
        for one in told:
            if one.movement in rowed:
                rowed[one.movement] += one.units
        waits = sum(one.units for one in told)
        found = [Moved(n, left, more, rowed[n]) for n, (left, more) in sorted(moved.items())]
        for movement, units in came(waits, found, there):
            told.append(Told(next(self.numbers), LANDS[cell[3]], movement, units))
            self.came.append((cell, told[-1]))
        told.sort(key=lambda one: (one.movement not in back, one.lands == "approval"))
        taken = [(one.movement, one.left or one.came) for one in sorted(found, key=_left_first, reverse=True)]
        rows = {one.id: one for one in told}
        left = gone([(one.id, one.units) for one in told], taken, there)
        self.gone += [(cell, rows[one.received], one) for one in left]

    def _there(self, cell: Cell) -> int:
        item, loc, lot, status = cell
        return sum(row.on_hand for row in self.books[item].stock.at(loc) if (row.lot, row.status) == (lot, status))

    def write(self, conn: Connection, now: datetime) -> None:
        """Queue the rows."""
        if self.came:
            self._write_came(conn, now)
        if self.gone:
            self._write_gone(conn, now)

    def _write_came(self, conn: Connection, now: datetime) -> None:
        movements = [self.movements[one.movement] for _, one in self.came]
        conn.execute(
            queries.add_waiting,
            {
                "parts": ints(self.books[cell[0]].rules.part for cell, _ in self.came),
                "items": ints(cell[0] for cell, _ in self.came),
                "ids": ints(one.id for _, one in self.came),
                "movements": ints(movement.id for movement in movements),
                "kinds": words(movement.kind.name.lower() for movement in movements),
                "sources": texts(movement.source for movement in movements),
                "refs": texts(movement.ref for movement in movements),
                "locs": ints(cell[1] for cell, _ in self.came),
                "lots": ints(cell[2] for cell, _ in self.came),
                "qtys": ints(one.units for _, one in self.came),
                "lands": words(one.lands for _, one in self.came),
                "actors": texts(movement.actor for movement in movements),
                "at": times(movement.effective_at or now for movement in movements),
                "now": now,
            },
        )

    def _write_gone(self, conn: Connection, now: datetime) -> None:
        movements = [self.movements[one.movement] for *_, one in self.gone]
        conn.execute(
            queries.end_waiting,
            {
                "parts": ints(self.books[cell[0]].rules.part for cell, *_ in self.gone),
                "items": ints(cell[0] for cell, *_ in self.gone),
                "ids": ints(one.received for *_, one in self.gone),
                "movements": ints(one.movement for *_, one in self.gone),
                "decisions": words(self._said(row, one.movement) for _, row, one in self.gone),
                "goes_to": texts(self._went(cell, one.movement) for cell, _, one in self.gone),
                "qtys": ints(one.qty for *_, one in self.gone),
                "actors": texts(one.actor for one in movements),
                "reasons": texts(one.reason for one in movements),
                "now": now,
            },
        )

    def _said(self, row: Told, number: int) -> str:
        movement = self.movements[number]
        if movement.reverses == row.movement:
            return "taken_back"
        return "put_away" if row.lands == "receiving" and movement.kind is Kind.PUT_AWAY else "left"

    def _went(self, cell: Cell, movement: int) -> str:
        """Where a movement took units of a cell: another status, `supplier` or `scrap`; empty: nobody knows."""
        item, loc, _, status = cell
        kind = self.movements[movement].kind
        if kind in WENT:
            return WENT[kind]
        for (made, _, _, _, at, _, now, _), (d_on_hand, _, _) in self.books[item].entries.items():
            if made == movement and at == loc and d_on_hand > 0 and now != status:
                return Status(now).name.lower()
        return ""


def follow_waiting(conn: Connection, books: Collection[ItemBook], movements: Iterable[Movement], now: datetime) -> None:
    """Queue what the entries of these books have changed of what waits."""
    moved = {cell: found for book in books for cell, found in _moved(book).items()}
    if not moved:
        return
    following = Following({book.item: book for book in books}, {movement.id: movement for movement in movements})
    told = _told(conn, following.books, moved)
    for cell in sorted(moved):
        following.cell(cell, moved[cell], told.get(cell, []))
    following.write(conn, now)


def _moved(book: ItemBook) -> dict[Cell, dict[int, list[int]]]:
    """Units by movement that left and that came to cells in which they wait."""
    found: dict[Cell, dict[int, list[int]]] = {}
    for (movement, _, _, _, loc, lot, status, _), (d_on_hand, _, _) in book.entries.items():
        if d_on_hand and loc > 0 and status in LANDS:
            moved = found.setdefault((book.item, loc, lot, status), {}).setdefault(movement, [0, 0])
            moved[d_on_hand > 0] += abs(d_on_hand)
    return found


def _left_first(one: Moved) -> tuple[bool, int]:
    return one.left > 0, one.movement


def _told(conn: Connection, books: Mapping[int, ItemBook], cells: Iterable[Cell]) -> dict[Cell, list[Told]]:
    """Rows with units that wait in these cells: what nobody has to approve first, then the longest waiting."""
    wanted = sorted(cells)
    parameters = {
        "parts": ints(books[item].rules.part for item, *_ in wanted),
        "items": ints(item for item, *_ in wanted),
        "locs": ints(loc for _, loc, _, _ in wanted),
        "lots": ints(lot for _, _, lot, _ in wanted),
        "statuses": ints(status for *_, status in wanted),
    }
    found: dict[Cell, list[Told]] = {}
    for item, loc, lot, status, *row in conn.execute(queries.waiting_in, parameters):
        found.setdefault((item, loc, lot, status), []).append(Told(*row))
    return found
