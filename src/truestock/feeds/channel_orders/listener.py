"""Fetches what a channel has laid into a queue, keeps it, and only then has the queue forget it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached, set_trouble
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector
from truestock.connectors.contract.answers import InDoubt
from truestock.connectors.contract.listening import ListensFor
from truestock.connectors.contract.traits import Budget
from truestock.feeds.channel_orders.notices import Heard, add
from truestock.store.database import Database

T = TypeVar("T")
# A fetch waits a while at the queue by itself.
OFTEN: Final = Budget(per_s=5.0, burst=10.0)
AGAIN_S: Final = 0.1
LISTEN_EVERY_S: Final = 6 * 3600.0


class Listener(Turns):
    """Of one channel; `woken` is called with its code when something was kept."""

    def __init__(
        self,
        db: Database,
        channel: int,
        code: str,
        connector: ListensFor,
        woken: Callable[[str], None],
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(f"messages of channel {code}", clock)
        self.channel = channel
        self.code = code
        self._db = db
        self._connector = connector
        self._woken = woken
        self._caller = Caller(self._what, OFTEN, partial(set_trouble, db, channel), clock)
        self._listen_at = clock.steady()

    def wake(self) -> None:
        """What is heard does not hang on what happens here."""

    async def turn(self) -> float:
        """Fetch once; seconds until the next time."""
        wait_s = self._caller.wait()
        if wait_s > 0:
            return wait_s
        if self._clock.steady() >= self._listen_at:
            await self._call(self._connector.listen)
            self._listen_at = self._clock.steady() + LISTEN_EVERY_S
        heard = await self._call(self._connector.heard)
        if heard is None or not heard.receipts:
            return AGAIN_S
        if heard.notices:
            await asyncio.to_thread(self._keep, [Heard(self.channel, notice, b"") for notice in heard.notices])
            self._woken(self.code)
        await self._call(lambda: self._connector.forget(heard.receipts))
        return 0.0

    def _keep(self, heard: list[Heard]) -> None:
        with self._db.transaction() as conn:
            add(conn, heard)

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await self._caller.ask(call)
        except (NoAnswer, InDoubt):
            return None


def listener_of(db: Database, woken: Callable[[str], None]) -> Maker:
    """Makes the listener of a channel that lays its messages into a queue, where it was told of one."""

    def make(reached: Reached, connector: Connector) -> Listener | None:
        if not isinstance(connector, ListensFor) or not connector.queue:
            return None
        return Listener(db, reached.id, reached.connection.channel, connector, woken)

    return make
