"""Keeps one channel's orders taken: reads those it was told of at once, and asks by itself for what nobody told of.

First come all orders that are open, then what changes. Each is read as it is now, so that nothing hangs on the order in
which things are heard."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple, TypeVar

from truestock.catalog.rules import RuleBook
from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached, set_trouble
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector, ReadsOrders, Subscribes
from truestock.connectors.contract.answers import InDoubt
from truestock.connectors.contract.orders import Orders
from truestock.connectors.contract.veil import veiled
from truestock.connectors.orders.keeping import sifted
from truestock.feeds.channel_orders import notices, queries
from truestock.feeds.channel_orders.seen import keep
from truestock.feeds.channel_orders.take import Commit, Taker
from truestock.store.arrays import texts
from truestock.store.database import Database

log = logging.getLogger(__name__)
T = TypeVar("T")
LOOK_EVERY_S: Final = 5.0
RETAKE_EVERY_S: Final = 15.0
SUBSCRIBE_EVERY_S: Final = 6 * 3600.0
READ_AT_ONCE: Final = 50
# A channel's clock is not ours, and what changed while the open orders were read is read again.
OVERLAP: Final = timedelta(minutes=10)
# Channels forget from where to read on: when no page came for so long, open orders are read first again.
CURSOR_LASTS_S: Final = 900.0
GONE: Final = "the channel does not have this order"


class Progress(NamedTuple):
    """How far a channel has been read: `begun` when the hub took its orders over, `read_to` until when all that changed
    was read."""

    phase: str
    cursor: str
    begun: datetime
    read_to: datetime


class Puller(Turns):
    """Of one channel; `wake` when something was heard, `stop` after the call under way. `url`: where it sends messages,
    empty where it cannot reach us."""

    def __init__(
        self,
        db: Database,
        rules: RuleBook,
        commit: Commit,
        reached: Reached,
        connector: ReadsOrders,
        url: str = "",
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(f"orders of channel {reached.connection.channel}", clock)
        self.channel = reached.id
        self.code = reached.connection.channel
        self._db = db
        self._connector = connector
        traits = connector.traits
        tell = partial(set_trouble, db, self.channel)
        self._caller = Caller(self._what, traits.orders or traits.budget, tell, clock)
        self._poll_every_s = traits.poll_every_s
        self._taker = Taker(db, rules, commit, self.code)
        self._url = url
        self._subscribe_at = self._poll_at = self._retake_at = self._page_at = clock.steady()

    def wake(self) -> None:
        """What is to be told here is nothing to it."""

    def heard(self) -> None:
        """Something was said of an order: read it at once."""
        super().wake()

    async def turn(self) -> float:
        """Make at most one call; seconds until the next turn, unless somebody wakes."""
        wait_s = self._caller.wait()
        if wait_s > 0:
            return wait_s
        if await self._subscribed() or await self._heard():
            return 0.0
        await self._retake()
        if await self._asked():
            return 0.0
        return min(LOOK_EVERY_S, max(0.05, self._poll_at - self._clock.steady()))

    async def _subscribed(self) -> bool:
        """See to it that the channel sends its messages; false when there is nothing to see to."""
        connector = self._connector
        if not self._url or self._clock.steady() < self._subscribe_at or not isinstance(connector, Subscribes):
            return False
        self._subscribe_at = self._clock.steady() + SUBSCRIBE_EVERY_S
        await self._call(lambda: connector.subscribe(self._url))
        return True

    async def _heard(self) -> bool:
        """Read the orders that messages told of; false when there are none."""
        wanted, before = await self._in_thread(notices.waiting, self.channel, READ_AT_ONCE)
        if not wanted:
            return False
        page = await self._page(lambda: self._connector.orders(wanted))
        if page is not None:
            await self._take(page)
            found = {order.id for order in page.orders}
            troubles = {order: page.unread.get(order, "" if order in found else GONE) for order in wanted}
            await self._in_thread(notices.settle, self.channel, troubles, before)
        return True

    async def _asked(self) -> bool:
        """Read a page of what is open, or of what has changed; false when all of it was read a while ago, and nobody
        waits for more."""
        if self._clock.steady() < self._poll_at and not await self._in_thread(_wanted, self.channel):
            return False
        phase, cursor, _, read_to = await self._in_thread(progress, self.channel)
        read_at = await self._in_thread(_now)
        if phase == "open":
            page = await self._page(lambda: self._connector.open_orders(cursor))
        else:
            page = await self._page(lambda: self._connector.orders_since(cursor))
        if page is None:
            if cursor and self._clock.steady() - self._page_at >= CURSOR_LASTS_S:
                await self._in_thread(_set_progress, self.channel, "open", "", None)
            return True
        self._page_at = self._clock.steady()
        await self._take(page)
        if phase == "open" and not page.more:
            phase, cursor = "since", self._connector.cursor_at(read_to - OVERLAP)
        else:
            cursor = page.cursor
            if not page.more:
                self._poll_at = self._clock.steady() + self._poll_every_s
        through = phase == "since" and not page.more
        await self._in_thread(_set_progress, self.channel, phase, cursor, read_at if through else None)
        return True

    async def _retake(self) -> None:
        """Look again at what did not come through, or waited for a SKU to mean something, once in a while."""
        if self._clock.steady() < self._retake_at:
            return
        await self._taker.retake(self.channel)
        self._retake_at = self._clock.steady() + RETAKE_EVERY_S

    async def _take(self, page: Orders) -> None:
        begun = (await self._in_thread(progress, self.channel)).begun
        ids = await self._in_thread(keep, self.channel, page.orders, begun)
        await self._taker.take(ids)
        await self._in_thread(note_unread, self.channel, page)

    async def _page(self, call: Callable[[], Awaitable[Orders]]) -> Orders | None:
        """The orders that a call tells, with those that cannot be kept among the unread; None as of `_call`."""
        page = await self._call(call)
        if page is None:
            return None
        self._caller.told(page.throttle, page.points)
        return sifted(page)

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """What a call says; None when it did not come through."""
        try:
            return await self._caller.ask(call)
        except (NoAnswer, InDoubt):
            return None

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.to_thread(work, self._db, *given)


def puller_of(db: Database, rules: RuleBook, commit: Commit, public_url: str = "") -> Maker:
    """Makes the puller of a channel whose connector reads orders."""

    def make(reached: Reached, connector: Connector) -> Puller | None:
        if not isinstance(connector, ReadsOrders):
            return None
        url = f"{public_url}/v1/hooks/{reached.connection.channel}" if public_url else ""
        return Puller(db, rules, commit, reached, connector, url)

    return make


def progress(db: Database, channel: int) -> Progress:
    """How far a channel has been read; the first look begins."""
    with db.transaction() as conn:
        conn.execute(queries.begin_reading, {"channel": channel})
        (row,) = conn.execute(queries.progress, {"channel": channel}).fetchall()
    return Progress(*row)


def _set_progress(db: Database, channel: int, phase: str, cursor: str, read_at: datetime | None) -> None:
    """`read_at`: everything that had changed by then was read."""
    with db.transaction() as conn:
        known = {"channel": channel, "phase": phase, "cursor": cursor, "read_at": read_at}
        conn.execute(queries.set_progress, known)


def _wanted(db: Database, channel: int) -> bool:
    with db.transaction() as conn:
        ((wanted,),) = conn.execute(queries.orders_wanted, {"channel": channel}, prepare=True).fetchall()
    return bool(wanted)


def _now(db: Database) -> datetime:
    with db.transaction() as conn:
        ((now,),) = conn.execute(queries.clock).fetchall()
    assert isinstance(now, datetime), "the clock tells an instant"
    return now


def note_unread(db: Database, channel: int, page: Orders) -> None:
    """Orders that could not be understood are shown until they are."""
    read = [order.id for order in page.orders]
    with db.transaction() as conn:
        conn.execute(queries.drop_unread, {"channel": channel, "refs": texts(read)})
        if page.unread:
            said = {"channel": channel, "refs": texts(page.unread), "reasons": texts(map(veiled, page.unread.values()))}
            conn.execute(queries.put_unread, said)
