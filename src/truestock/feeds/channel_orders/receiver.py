"""Takes the orders of a sender that nobody can ask: they come whole with its messages, each as it was then."""

import asyncio
import logging

from truestock.catalog.rules import RuleBook
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector, ReadsOrders, TakesNotices
from truestock.connectors.contract.orders import Orders
from truestock.connectors.orders.keeping import sifted
from truestock.feeds.channel_orders import notices
from truestock.feeds.channel_orders.puller import LOOK_EVERY_S, RETAKE_EVERY_S, note_unread, progress
from truestock.feeds.channel_orders.seen import keep
from truestock.feeds.channel_orders.take import AT_ONCE, Commit, Taker
from truestock.store.database import Database

log = logging.getLogger(__name__)


class Receiver(Turns):
    """Of one channel; `wake` when something was heard, `stop` after the work under way."""

    def __init__(self, db: Database, rules: RuleBook, commit: Commit, reached: Reached, clock: Clock = CLOCK) -> None:
        super().__init__(f"orders of channel {reached.connection.channel}", clock)
        self.channel = reached.id
        self.code = reached.connection.channel
        self._db = db
        self._taker = Taker(db, rules, commit, self.code)
        self._retake_at = clock.steady()

    def wake(self) -> None:
        """What is to be told here is nothing to it."""

    def heard(self) -> None:
        """An order may have come: take it at once."""
        super().wake()

    async def turn(self) -> float:
        """Take what has come; seconds until the next turn, unless somebody wakes."""
        if self._clock.steady() >= self._retake_at:
            await self._taker.retake(self.channel)
            self._retake_at = self._clock.steady() + RETAKE_EVERY_S
        found = await asyncio.to_thread(notices.sent, self._db, self.channel, AT_ONCE)
        if not found:
            return LOOK_EVERY_S
        begun = (await asyncio.to_thread(progress, self._db, self.channel)).begun
        page = sifted(Orders(list(found.values())))
        await self._taker.take(await asyncio.to_thread(keep, self._db, self.channel, page.orders, begun))
        await asyncio.to_thread(note_unread, self._db, self.channel, page)
        await asyncio.to_thread(notices.settle_sent, self._db, found)
        return 0.0


def receiver_of(db: Database, rules: RuleBook, commit: Commit) -> Maker:
    """Makes the receiver of a channel that sends its orders whole and cannot be asked for them."""

    def make(reached: Reached, connector: Connector) -> Receiver | None:
        if isinstance(connector, ReadsOrders) or not isinstance(connector, TakesNotices):
            return None
        return Receiver(db, rules, commit, reached)

    return make
