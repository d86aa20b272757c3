"""Reads a list of groceries with how many of each were sold, as tills would have sold them over some days."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from truestock.core.replay.events import Line, OrderEvent
from truestock.feeds.order_files.order_file import OrderFileError

FIRST_DAY: Final = datetime(2025, 1, 6, 8, tzinfo=UTC)
OPEN_MINUTES: Final = 13 * 60
UNITS_MAX: Final = 4
RETURNED_PERCENT: Final = 3
_SKU, _SOLD = "Product_ID", "Sales_Volume"


def read_grocery(path: Path, days: int, chance: Random) -> list[OrderEvent]:
    """Receipts of one item each, at any minute of the days; a few come back. Raises OrderFileError."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, restval="")
        if not {_SKU, _SOLD} <= set(rows.fieldnames or ()):
            raise OrderFileError(f"{path.name} has no columns {_SKU} and {_SOLD}")
        sold = [(row[_SKU].strip(), _whole(path, rows.line_num, row[_SOLD])) for row in rows]
    events = [event for sku, units in sold for event in _receipts(sku, units, days, chance)]
    return sorted(events, key=lambda event: (event.at, event.ref))


def _whole(path: Path, line: int, cell: str) -> int:
    if not cell.strip().isascii() or not cell.strip().isdigit():
        raise OrderFileError(f"{path.name}, line {line}: {_SOLD} is {cell!r}; give a whole number")
    return int(cell)


def _receipts(sku: str, units: int, days: int, chance: Random) -> list[OrderEvent]:
    events: list[OrderEvent] = []
    while units > 0:
        qty = min(units, chance.randint(1, UNITS_MAX))
        units -= qty
        at = FIRST_DAY + timedelta(days=chance.randrange(days), minutes=chance.randrange(OPEN_MINUTES))
        back = chance.random() * 100 < RETURNED_PERCENT
        ref = f"{'R' if back else 'T'}-{sku}-{len(events) + 1}"
        events.append(OrderEvent(at, "till", ref, "return" if back else "order", (Line(sku, qty),)))
    return events
