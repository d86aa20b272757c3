"""Reads what one channel lists, a page at a time, and has its rules make listings where that is switched on."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector
from truestock.connectors.contract.answers import InDoubt
from truestock.connectors.contract.listed import Listed, Listings, ListsListings
from truestock.connectors.contract.traits import Budget
from truestock.connectors.contract.veil import veiled
from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import NotFound
from truestock.feeds.channel_orders.take import Commit
from truestock.feeds.inbox import queries
from truestock.feeds.inbox.accept import Came, take_concerned
from truestock.feeds.inbox.forms import one_line
from truestock.feeds.inbox.rule_book import apply_rules
from truestock.store.arrays import nullable, texts
from truestock.store.database import Database

T = TypeVar("T")
# Takes the orders that waited for SKUs, by channel.
Take = Callable[[Mapping[str, Sequence[str]]], Awaitable[Came]]
LOOK_EVERY_S: Final = 5.0
APPLY_EVERY_S: Final = 15.0
READ_EVERY: Final = timedelta(hours=6)
# What no rule led anywhere is tried again, for items that have come since.
FORGET_EVERY_S: Final = 300.0
SKU_MAX: Final = 200
# From where to read on is forgotten by channels after a while: a reading of which no page came for so long begins anew.
STALE_S: Final = 900.0
# Nothing waits for it, so it leaves most of the channel's budget to what is more urgent.
SHARE: Final = 0.2


class LastReading(msgspec.Struct, frozen=True):
    """When a channel's own listings were read last, null for never; how many of them have no SKU that one here can
    have; and why the last try failed, empty if it did not."""

    channel: str
    read_at: datetime | None
    without_sku: int
    trouble: str


class Lister(Turns):
    """Of one channel; `connector` is None where it cannot list, and then only its rules are applied."""

    def __init__(
        self,
        db: Database,
        reached: Reached,
        budget: Budget,
        connector: ListsListings | None,
        take: Take,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(f"listings of channel {reached.connection.channel}", clock)
        self.channel = reached.id
        self.code = reached.connection.channel
        self._db = db
        self._connector = connector
        self._take = take
        share = Budget(budget.per_s * SHARE, max(budget.burst * SHARE, budget.a_call), budget.a_call)
        self._caller = Caller(self._what, share, partial(_set_trouble, db, reached.id), clock)
        self._cursor = ""
        self._begun: datetime | None = None
        self._without_sku = 0
        self._tried: set[str] = set()
        self._apply_at = self._forget_at = self._came_at = clock.steady()

    def wake(self) -> None:
        """What changes here concerns nothing that it does."""

    async def turn(self) -> float:
        """Make at most one call; seconds until the next turn."""
        due, automatic, now = await self._in_thread(_due, self.channel)
        if automatic and self._clock.steady() >= self._apply_at:
            await self._apply()
        if self._connector is None or not (due or self._begun):
            return LOOK_EVERY_S
        wait_s = self._caller.wait()
        if wait_s > 0:
            return min(wait_s, LOOK_EVERY_S)
        return 0.0 if await self._read(self._connector, now) else LOOK_EVERY_S

    async def _read(self, connector: ListsListings, now: datetime) -> bool:
        """Read a page; false when there is nothing more to read, or nobody answered."""
        begun = self._begun or now
        if self._begun is None:
            self._begun, self._cursor, self._without_sku = begun, "", 0
            self._came_at = self._clock.steady()
        cursor = self._cursor
        page = await self._ask(connector, cursor)
        if page is None:
            if self._clock.steady() - self._came_at > STALE_S:
                self._begun = None
            return False
        self._came_at = self._clock.steady()
        usable = [listed for listed in page.listings if _usable(listed.sku)]
        self._without_sku += page.without_sku + len(page.listings) - len(usable)
        await self._in_thread(_put, self.channel, usable, begun)
        # What has just come may be what a rule is about.
        self._apply_at = self._clock.steady()
        if page.more:
            self._cursor = page.cursor
            return True
        await self._in_thread(_end, self.channel, begun, self._without_sku)
        self._begun = None
        return False

    async def _apply(self) -> None:
        if self._clock.steady() >= self._forget_at:
            self._tried.clear()
            self._forget_at = self._clock.steady() + FORGET_EVERY_S
        with suppress(NotFound):  # the channel has gone meanwhile
            made, looked_at = await self._in_thread(apply_rules, self.code, self._tried)
            self._tried |= looked_at
            if made.listings:
                await self._take({self.code: made.listings})
        self._apply_at = self._clock.steady() + APPLY_EVERY_S

    async def _ask(self, connector: ListsListings, cursor: str) -> Listings | None:
        """A page; None when it did not come through. That is no trouble of the channel with stock or orders."""
        try:
            page = await self._caller.ask(lambda: connector.listings(cursor))
        except (NoAnswer, InDoubt):
            return None
        self._caller.told(page.throttle, page.points)
        return page

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.to_thread(work, self._db, *given)


def lister_of(db: Database, rules: RuleBook, commit: Commit) -> Maker:
    """Makes the lister of a channel."""

    async def take(skus: Mapping[str, Sequence[str]]) -> Came:
        return await take_concerned(db, rules, commit, skus)

    def make(reached: Reached, connector: Connector) -> Lister:
        lists = connector if isinstance(connector, ListsListings) and connector.lists else None
        return Lister(db, reached, connector.traits.budget, lists, take)

    return make


def read_again(db: Database, channel: str) -> LastReading:
    """Have a channel's listings read anew by the server that runs; how that went last. Raises NotFound."""
    with db.transaction() as conn:
        for row in conn.execute(queries.ask_to_read, {"channel": channel}):
            return LastReading(*row)
    raise NotFound("connection", channel, "channel")


def _due(db: Database, channel: int) -> tuple[bool, bool, datetime]:
    with db.transaction() as conn:
        ((due, automatic, now),) = conn.execute(queries.reading_due, {"channel": channel}).fetchall()
    return due, automatic, now


def _usable(sku: str) -> bool:
    """Whether a listing here can have this SKU."""
    return 0 < len(sku) <= SKU_MAX and sku.isprintable() and sku == sku.strip()


def _put(db: Database, channel: int, listings: Sequence[Listed], begun: datetime) -> None:
    """Two of one SKU are one: the shop's own fault, and the last stands."""
    by_sku = {listed.sku: listed for listed in listings}
    if not by_sku:
        return
    found = [by_sku[sku] for sku in sorted(by_sku)]
    parameters = {
        "channel": channel,
        "begun": begun,
        "skus": texts(listed.sku for listed in found),
        "titles": texts(one_line(listed.title) for listed in found),
        "barcodes": texts(one_line(listed.barcode)[:SKU_MAX] for listed in found),
        "shown": nullable(_bounded(listed.shown) for listed in found),
    }
    with db.transaction() as conn:
        conn.execute(queries.put_listed, parameters)


def _bounded(shown: int | None) -> int | None:
    """A number that can be kept; shops that never run out show absurd ones."""
    return None if shown is None else max(-BIGINT_MAX, min(shown, BIGINT_MAX))


def _set_trouble(db: Database, channel: int, reason: str) -> None:
    with db.transaction() as conn:
        conn.execute(queries.set_listings_trouble, {"channel": channel, "trouble": veiled(reason)[:500]})


def _end(db: Database, channel: int, begun: datetime, without_sku: int) -> None:
    with db.transaction() as conn:
        conn.execute(queries.drop_unlisted, {"channel": channel, "begun": begun})
        parameters = {"channel": channel, "begun": begun, "without_sku": without_sku, "again": READ_EVERY}
        conn.execute(queries.read_through, parameters)
