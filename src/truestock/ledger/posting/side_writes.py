"""What bookings write beside the books: lots, marks, expectations; gathered, then written in sets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from truestock.core.book import Lot
from truestock.core.network import ItemRules
from truestock.ledger import queries
from truestock.ledger.posting.fulfilled import Fulfilled
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection


@dataclass(slots=True)
class SideWrites:
    """Rows by table."""

    lots: list[tuple[Any, ...]] = field(default_factory=list)
    marks: dict[tuple[int, ...], tuple[Any, ...]] = field(default_factory=dict)
    marks_before: list[tuple[Any, ...]] = field(default_factory=list)
    fulfilled: Fulfilled = field(default_factory=Fulfilled)
    expected: list[tuple[Any, ...]] = field(default_factory=list)

    def add_lot(self, rules: ItemRules, lot: Lot, code: str) -> None:
        """A lot met for the first time."""
        self.lots.append((rules.part, rules.item, lot.id, code, lot.expires_at, lot.received_at))

    def mark(self, rules: ItemRules, cell: tuple[int, int, int], as_of: datetime, qty: int, movement: int) -> None:
        """The newest absolute statement about a cell (loc, lot, status)."""
        before = self.marks.get((rules.item, *cell))
        if before is not None:
            self.marks_before.append(before)
        self.marks[rules.item, *cell] = (rules.part, rules.item, *cell, as_of, qty, movement)

    def expect(self, rules: ItemRules, number: int, kind: str, loc: int, ref: str, qty: int, due: datetime) -> None:
        """Units on their way."""
        self.expected.append((rules.part, rules.item, number, kind, loc, ref, qty, due))

    def write(self, conn: Connection, now: datetime) -> None:
        """Queue one statement a table."""
        if self.lots:
            parts, items, ids, codes, expires, received = zip(*self.lots, strict=True)
            conn.execute(
                queries.add_lots,
                _keys(parts, items)
                | {"ids": ints(ids), "codes": texts(codes), "expires": times(expires), "received": times(received)},
            )
        for statement, marks in (
            (queries.keep_marks, self.marks_before),
            (queries.write_marks, list(self.marks.values())),
        ):
            if marks:
                conn.execute(statement, _of_marks(marks))
        self._write_expected(conn)
        self.fulfilled.write(conn, now)

    def _write_expected(self, conn: Connection) -> None:
        if self.expected:
            parts, items, ids, kinds, locs, refs, qtys, due = zip(*self.expected, strict=True)
            conn.execute(
                queries.add_expected,
                _keys(parts, items)
                | {
                    "ids": ints(ids),
                    "kinds": words(kinds),
                    "locs": ints(locs),
                    "refs": texts(refs),
                    "qtys": ints(qtys),
                    "due": times(due),
                },
            )


def _keys(parts: tuple[int, ...], items: tuple[int, ...]) -> dict[str, object]:
    return {"parts": ints(parts), "items": ints(items)}


def _of_marks(marks: list[tuple[Any, ...]]) -> dict[str, object]:
    parts, items, locs, lots, statuses, as_ofs, qtys, movements = zip(*marks, strict=True)
    return _keys(parts, items) | {
        "locs": ints(locs),
        "lots": ints(lots),
        "statuses": ints(statuses),
        "as_ofs": times(as_ofs),
        "qtys": ints(qtys),
        "movements": ints(movements),
    }
