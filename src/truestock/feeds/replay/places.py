"""Where units of orders were promised, read for the auditor: many orders in one reading, one reading at a time."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from truestock.store.arrays import ints, words
from truestock.store.database import Database
from truestock.store.sql import load

queries = load(__package__)
Taken = dict[int, tuple[tuple[str, int], ...]]  # line of the order -> (location, units)


class Promised(NamedTuple):
    """An item of an accepted order, with the parts its promises lie in."""

    part: int
    item: int
    order_id: str


class Places:
    """Gathers what is asked while the last reading is under way."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[tuple[list[Promised], asyncio.Future[Taken]]] = []
        self._reader: asyncio.Task[None] | None = None

    async def of(self, promised: Iterable[Promised]) -> Taken:
        """The locations of one order's units, by line."""
        future: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.append((list(promised), future))
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read_all())
        return await future

    async def _read_all(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                found = await asyncio.to_thread(self._read, [row for rows, _ in asked for row in rows])
            except Exception as error:  # noqa: BLE001  whoever asked must hear of it
                for _, future in asked:
                    future.set_exception(error)
                continue
            for rows, future in asked:
                if not future.done():
                    future.set_result(found.get(rows[0].order_id, {}))

    def _read(self, rows: list[Promised]) -> dict[str, Taken]:
        found: dict[str, Taken] = {}
        with self._db.transaction() as conn:
            parameters = {
                "parts": ints(row.part for row in rows),
                "items": ints(row.item for row in rows),
                "orders": words(row.order_id for row in rows),
            }
            for order_id, line, place, units in conn.execute(queries.places_of_orders, parameters, prepare=True):
                taken = found.setdefault(order_id, {})
                taken[line] = (*taken.get(line, ()), (place, units))
        return found


def units_on_shelves(db: Database) -> dict[tuple[str, str], int]:
    """Unreserved sellable units of the pool by (sku, location): where a replay of a running hub begins."""
    with db.transaction() as conn:
        return {(sku, place): units for sku, place, units in conn.execute(queries.units_on_shelves)}
