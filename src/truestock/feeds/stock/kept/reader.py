"""Reads over and over what a marketplace keeps for us, and counts it at its location. Nothing is ever pushed there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached, set_trouble
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector
from truestock.connectors.contract.answers import InDoubt
from truestock.connectors.contract.stock_read import KeptStock, ReadsStock
from truestock.connectors.contract.traits import Budget
from truestock.core.words import Status
from truestock.feeds.stock.kept import queries
from truestock.feeds.stock.kept.counting import Counted, counted
from truestock.ledger.post import post
from truestock.ledger.values import Booked, Post
from truestock.store.database import Database
from truestock.store.lane import Handler

log = logging.getLogger(__name__)
AGAIN_EVERY_S: Final = 900.0
AFTER_FAULT_S: Final = 30.0
NAMED_MAX: Final = 5
Commit = Callable[[Handler, Sequence[Any]], Awaitable[list[Any]]]


class _Centre(NamedTuple):
    code: str
    place: str


class StockReader(Turns):
    """Of one channel; it counts at the channel's own fulfilment centre."""

    def __init__(
        self,
        db: Database,
        commit: Commit,
        channel: int,
        code: str,
        connector: ReadsStock,
        budget: Budget,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(f"stock kept by channel {code}", clock)
        self.channel = channel
        self.code = code
        self._db = db
        self._commit = commit
        self._connector = connector
        self._caller = Caller(self._what, budget, partial(set_trouble, db, channel), clock)

    def wake(self) -> None:
        """What lies there does not hang on what happens here."""

    async def turn(self) -> float:
        """Read all of it once; seconds until the next time."""
        wait_s = self._caller.wait()
        if wait_s > 0:
            return wait_s
        location = await asyncio.to_thread(self._location)
        if location is None:
            trouble = (
                "its fulfilment centre is not known here: make one location of kind marketplace_fc for the channel"
            )
            await asyncio.to_thread(set_trouble, self._db, self.channel, trouble)
            return AGAIN_EVERY_S
        try:
            found = await self._caller.ask(self._connector.stock)
        except (NoAnswer, InDoubt):
            return AFTER_FAULT_S
        self._caller.told(found.throttle, found.points)
        what = await asyncio.to_thread(self._compare, location, found)
        if what.unknown:
            named = ", ".join(what.unknown[:NAMED_MAX])
            log.warning("channel %s keeps %d SKUs that lead to no one item: %s", self.code, len(what.unknown), named)
        if what.counts:
            bookings = [Post(count, f"channel {self.code}", None) for count in what.counts]
            for answer in await self._commit(post, bookings):
                if not isinstance(answer, Booked):
                    log.warning("channel %s: a count was not booked: %s", self.code, answer)
        return AGAIN_EVERY_S

    def _location(self) -> str | None:
        with self._db.transaction() as conn:
            centres = [_Centre(*row) for row in conn.execute(queries.centres, {"channel": self.channel})]
        named = [centre for centre in centres if centre.place == self._connector.place] or centres
        return named[0].code if len(named) == 1 else None

    def _compare(self, location: str, found: KeptStock) -> Counted:
        with self._db.transaction() as conn:
            rows = conn.execute(queries.items_of, {"channel": self.channel}).fetchall()
            lying = {
                (sku, Status(status).name.lower()): qty
                for sku, status, qty in conn.execute(queries.lying, {"location": location})
            }
        items = {sku: (item, units) for sku, item, units in rows}
        return counted(found.kept, found.unread, items, lying, location, found.as_of)


def stock_reader_of(db: Database, commit: Commit) -> Maker:
    """Makes the reader of a channel that keeps stock for us."""

    def make(reached: Reached, connector: Connector) -> StockReader | None:
        if not isinstance(connector, ReadsStock):
            return None
        budget = connector.traits.orders or connector.traits.budget
        return StockReader(db, commit, reached.id, reached.connection.channel, connector, budget)

    return make
