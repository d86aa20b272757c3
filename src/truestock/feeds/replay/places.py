"""Where units of orders were promised, read for the auditor: many orders in one reading, one reading at a time."""

import asyncio
from typing import NamedTuple

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.feeds.replay.patience import patiently
from truestock.feeds.replay.wording import Taken
from truestock.orders.values import OrderResult
from truestock.store.arrays import ints, words
from truestock.store.database import Database
from truestock.store.sql import load

queries = load(__package__)
Found = dict[int, tuple[tuple[str, int], ...]]


class Promised(NamedTuple):
    """An item of an accepted order, with the parts its promises lie in."""

    part: int
    item: int
    order_id: str


class Places:
    """Gathers what is asked while the last reading is under way."""

    def __init__(self, db: Database, rules: RuleBook) -> None:
        self._db = db
        self._rules = rules
        self._waiting: list[tuple[list[Promised], asyncio.Future[Found]]] = []
        self._reader: asyncio.Task[None] | None = None

    async def of(self, result: OrderResult) -> Taken:
        """The locations of one accepted order's units, by line."""
        promised = self._rules.read(lambda snapshot: _promised(snapshot, result))
        future: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._waiting.append((promised, future))
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read_all())
        return await future

    async def _read_all(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                found = await self._found([row for rows, _ in asked for row in rows])
            except Exception as error:  # noqa: BLE001  whoever asked must hear of it
                for _, future in asked:
                    future.set_exception(error)
                continue
            for rows, future in asked:
                if not future.done():
                    future.set_result(found.get(rows[0].order_id, {}))

    async def _found(self, rows: list[Promised]) -> dict[str, Found]:
        return await patiently(lambda: asyncio.to_thread(self._read, rows))

    def _read(self, rows: list[Promised]) -> dict[str, Found]:
        found: dict[str, Found] = {}
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


def _promised(snapshot: Snapshot, result: OrderResult) -> list[Promised]:
    channel = snapshot.channel(result.channel)
    assert channel is not None, "the hub has just sold on it"
    found = snapshot.listings((channel.id, line.sku) for line in result.lines if line.granted)
    items = snapshot.items(item for listing in found.values() for item, _ in listing.components)
    return [Promised(item.part, item.item, result.id) for item in items.values()]


def units_on_shelves(db: Database) -> dict[tuple[str, str], int]:
    """Unreserved sellable units of the pool by (sku, location): where a replay of a running hub begins."""
    with db.transaction() as conn:
        return {(sku, place): units for sku, place, units in conn.execute(queries.units_on_shelves)}
