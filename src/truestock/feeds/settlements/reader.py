"""Reads one channel's settled fees, a page at a time, far behind its orders and its stock."""

import asyncio
import logging
from datetime import UTC
from functools import partial
from typing import Final

import msgspec

from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector, ReadsFees
from truestock.connectors.contract.answers import InDoubt
from truestock.connectors.contract.orders import SettledFee, SettledFees
from truestock.connectors.contract.traits import Budget
from truestock.connectors.contract.veil import veiled
from truestock.connectors.orders.money import rounded
from truestock.core.checks import TEXT_MAX
from truestock.core.identity import content_digest
from truestock.feeds.inbox.forms import one_line
from truestock.feeds.settlements import queries
from truestock.feeds.settlements.keep import AMOUNT_MAX, AT_ONCE, keep
from truestock.store.database import Database

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 60.0
AFTER_FAULT_S: Final = 30.0
READ_EVERY: Final = "6 hours"
# Nobody waits for fees, so they leave nearly all of the orders' budget to orders.
SHARE: Final = 0.1
TROUBLE_MAX: Final = 500
WORDS: Final = ("kind", "line", "sku", "settlement", "currency")


class FeeReader(Turns):
    """Of one channel."""

    def __init__(self, db: Database, reached: Reached, connector: ReadsFees, clock: Clock = CLOCK) -> None:
        super().__init__(f"fees of channel {reached.connection.channel}", clock)
        self.channel = reached.id
        self._db = db
        self._connector = connector
        made_of = (reached.connection.connector, reached.connection.settings)
        self._read_with = content_digest(msgspec.json.encode(made_of)).hex()
        whole = connector.traits.orders or connector.traits.budget
        share = Budget(whole.per_s * SHARE, max(whole.burst * SHARE, whole.a_call), whole.a_call)
        self._caller = Caller(self._what, share, partial(_set_trouble, db, reached.id), clock)

    def wake(self) -> None:
        """What changes here concerns no settlement."""

    async def turn(self) -> float:
        """Make at most one call; seconds until the next turn."""
        wait_s = self._caller.wait()
        if wait_s > 0:
            return wait_s
        cursor, due = await asyncio.to_thread(self._reading)
        if not due:
            return LOOK_EVERY_S
        try:
            page = await self._caller.ask(lambda: self._connector.fees_since(cursor))
        except (NoAnswer, InDoubt):
            return AFTER_FAULT_S
        self._caller.told(page.throttle, page.points)
        await asyncio.to_thread(self._keep, page)
        return 0.0 if page.more else LOOK_EVERY_S

    def _reading(self) -> tuple[str, bool]:
        """From where to read on, and whether it is time to."""
        parameters = {"channel": self.channel, "every": READ_EVERY, "read_with": self._read_with}
        with self._db.transaction() as conn:
            ((cursor, due),) = conn.execute(queries.reading, parameters).fetchall()
        return cursor, due

    def _keep(self, page: SettledFees) -> None:
        """The fees, so many at once, and then how far they were read."""
        left_out = {fee.settlement or fee.id: reason for fee in page.fees if (reason := unfit(fee))}
        not_read = {**left_out, **page.unread}
        for settlement, reason in not_read.items():
            log.warning("%s: settlement %s is not read: %s", self._what, one_line(settlement), reason)
        fees = [_clean(fee) for fee in page.fees if not unfit(fee)]
        differing = 0
        for first in range(0, len(fees), AT_ONCE):
            with self._db.transaction() as conn:
                kept = keep(conn, self.channel, fees[first : first + AT_ONCE], "settlement")
            differing += kept.count("differs")
        if differing:
            log.warning("%s: %d fees were told otherwise before, and stay as they were", self._what, differing)
        unread = "; ".join(f"{settlement}: {reason}" for settlement, reason in not_read.items())
        parameters = {
            "channel": self.channel,
            "cursor": page.cursor,
            "through": not page.more,
            "unread": one_line(unread)[:TROUBLE_MAX],
            "read_with": self._read_with,
        }
        with self._db.transaction() as conn:
            conn.execute(queries.set_reading, parameters)


def fee_reader_of(db: Database) -> Maker:
    """Makes the reader of a channel whose connector tells fees."""

    def make(reached: Reached, connector: Connector) -> FeeReader | None:
        if not isinstance(connector, ReadsFees) or not connector.tells_fees:
            return None
        return FeeReader(db, reached, connector)

    return make


def unfit(fee: SettledFee) -> str:
    """Why a fee is not kept; empty where it can be. What it is known by is not mended: it would be another's then."""
    known_by = {"id": fee.id, "order": fee.order}
    for name, text in known_by.items():
        if len(text) > TEXT_MAX or any(char < " " for char in text):
            return one_line(
                f"the fee {fee.id[:40]} has an {name} over {TEXT_MAX} characters or with control characters"
            )
    if not fee.id:
        return "a fee has no id"
    if not (fee.amount.is_finite() and abs(fee.amount) <= AMOUNT_MAX):
        return f"the fee {fee.id} has no amount up to {AMOUNT_MAX:,}"
    try:
        fee.posted_at.astimezone(UTC)
    except OverflowError:
        return f"the fee {fee.id} was posted outside the years 1 to 9999"
    return ""


def _clean(fee: SettledFee) -> SettledFee:
    """With words and an amount that can be stored and shown, whatever the channel has sent."""
    said = {name: one_line(getattr(fee, name))[:TEXT_MAX] for name in WORDS}
    said["kind"] = said["kind"] or "fee"
    return msgspec.structs.replace(fee, amount=rounded(fee.amount), **said)


def _set_trouble(db: Database, channel: int, reason: str) -> None:
    with db.transaction() as conn:
        conn.execute(queries.set_trouble, {"channel": channel, "trouble": veiled(reason)[:TROUBLE_MAX]})
