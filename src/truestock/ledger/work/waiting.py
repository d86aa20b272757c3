"""What waits follows what is booked, as bins do: units that leave without a decision wait no more, nor do those that
came where others had left that were not there.

That they left is told like a decision, by movement, so that a reversal has them wait again."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from truestock.core.book import ItemBook
from truestock.core.decide.waiting import Gone, gone
from truestock.core.words import Status
from truestock.ledger import queries
from truestock.ledger.movement import Movement
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection

LANDS: Final[Mapping[int, str]] = {Status.RECEIVING: "approval", Status.INSPECTION: "inspection"}
Cell = tuple[int, int, int, str]  # item, location, lot, what it waits for


def end_waiting(conn: Connection, books: Collection[ItemBook], movements: Iterable[Movement], now: datetime) -> None:
    """Queue that units wait no more which the entries of these books took away."""
    taken = {cell: took for book in books for cell, took in _taken(book).items()}
    if not taken:
        return
    by_item = {book.item: book for book in books}
    waiting = _waiting(conn, by_item, taken)
    found = [
        (by_item[cell[0]], one)
        for cell in sorted(waiting)
        for one in gone(waiting[cell], taken[cell], _there(by_item[cell[0]], cell))
    ]
    if found:
        _write(conn, found, {movement.id: movement for movement in movements}, now)


def _taken(book: ItemBook) -> dict[Cell, list[tuple[int, int]]]:
    """Units by movement that left cells in which some may wait, the newest first; then those that came to them."""
    found: dict[Cell, dict[int, list[int]]] = {}
    for (movement, _, _, _, loc, lot, status, _), (d_on_hand, _, _) in book.entries.items():
        if d_on_hand and loc > 0 and status in LANDS:
            moved = found.setdefault((book.item, loc, lot, LANDS[status]), {}).setdefault(movement, [0, 0])
            moved[d_on_hand > 0] += abs(d_on_hand)
    return {
        cell: [(n, left or came) for n, (left, came) in sorted(moved.items(), key=_left_first, reverse=True)]
        for cell, moved in found.items()
    }


def _left_first(one: tuple[int, list[int]]) -> tuple[bool, int]:
    movement, (left, _) = one
    return left > 0, movement


def _waiting(
    conn: Connection, books: Mapping[int, ItemBook], cells: Iterable[Cell]
) -> dict[Cell, list[tuple[int, int]]]:
    """Receipts with units that wait in these cells, the longest waiting first."""
    wanted = sorted(cells)
    parameters = {
        "parts": ints(books[item].rules.part for item, *_ in wanted),
        "items": ints(item for item, *_ in wanted),
        "locs": ints(loc for _, loc, _, _ in wanted),
        "lots": ints(lot for _, _, lot, _ in wanted),
        "lands": [lands for *_, lands in wanted],
    }
    found: dict[Cell, list[tuple[int, int]]] = {}
    for item, loc, lot, lands, received, units in conn.execute(queries.waiting_in, parameters):
        found.setdefault((item, loc, lot, lands), []).append((received, units))
    return found


def _there(book: ItemBook, cell: Cell) -> int:
    _, loc, lot, lands = cell
    return sum(row.on_hand for row in book.stock.at(loc) if row.lot == lot and LANDS.get(row.status) == lands)


def _write(
    conn: Connection, rows: list[tuple[ItemBook, Gone]], movements: Mapping[int, Movement], now: datetime
) -> None:
    conn.execute(
        queries.end_waiting,
        {
            "parts": ints(book.rules.part for book, _ in rows),
            "items": ints(book.item for book, _ in rows),
            "ids": ints(one.received for _, one in rows),
            "movements": ints(one.movement for _, one in rows),
            "qtys": ints(one.qty for _, one in rows),
            "actors": texts(movements[one.movement].actor for _, one in rows),
            "reasons": texts(movements[one.movement].reason for _, one in rows),
            "now": now,
        },
    )
