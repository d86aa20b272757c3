"""Writes what a transaction did to bins: their entries, and where one did not have what was said."""

from collections.abc import Mapping
from datetime import datetime

from truestock.core.book import ItemBook
from truestock.ledger import queries
from truestock.store.arrays import ints, times
from truestock.store.database import Connection

Cell = tuple[int, int, int]  # item, location, lot
# Movement, kind, effective_at, item, location, lot, bin.
Key = tuple[int, int, datetime | None, int, int, int, int]


def write_entries(conn: Connection, books: Mapping[int, ItemBook], changed: Mapping[Key, int], now: datetime) -> None:
    """Queue what came into bins and left them, by entry."""
    rows = []
    ordinals = {item: len(books[item].entries) for *_, item, _, _, _ in changed}
    for key, qty in changed.items():
        rows.append((key, ordinals[key[3]], qty))
        ordinals[key[3]] += 1
    conn.execute(
        queries.add_bin_entries,
        {
            "parts": ints(books[key[3]].rules.part for key, _, _ in rows),
            "items": ints(key[3] for key, _, _ in rows),
            "versions": ints(books[key[3]].version + 1 for key, _, _ in rows),
            "ns": ints(n for _, n, _ in rows),
            "movements": ints(key[0] for key, _, _ in rows),
            "kinds": ints(key[1] for key, _, _ in rows),
            "effective": times(key[2] for key, _, _ in rows),
            "locs": ints(key[4] for key, _, _ in rows),
            "lots": ints(key[5] for key, _, _ in rows),
            "bins": ints(key[6] for key, _, _ in rows),
            "qtys": ints(qty for *_, qty in rows),
            "now": now,
        },
    )


def write_gaps(
    conn: Connection, books: Mapping[int, ItemBook], gaps: Mapping[tuple[Cell, int], tuple[int, int]], now: datetime
) -> None:
    """Queue where a bin had fewer units than was said, or held too many: units and movement, by cell and bin."""
    rows = [(*cell, number, *found) for (cell, number), found in gaps.items()]
    conn.execute(
        queries.open_bin_gaps,
        {
            "parts": ints(books[item].rules.part for item, *_ in rows),
            "items": ints(item for item, *_ in rows),
            "ids": ints((books[row[0]].version + 1 << 20) + n for n, row in enumerate(rows)),
            "locs": ints(row[1] for row in rows),
            "lots": ints(row[2] for row in rows),
            "bins": ints(row[3] for row in rows),
            "qtys": ints(row[4] for row in rows),
            "movements": ints(row[5] for row in rows),
            "now": now,
        },
    )
