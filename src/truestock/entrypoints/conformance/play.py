"""One story's stage: a hub's engine at work on one channel, turn by turn, with a clock that can be put forward.

Putting the clock forward is as if the hub had been restarted then: what waits in the database has waited, and what the
engine kept in memory (how often it may call, how long it leaves a silent channel alone) begins anew."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from time import monotonic
from typing import Any, Final, NamedTuple, Protocol

from truestock.availability.publishing.publish import publish_once
from truestock.connections.reached import Reached
from truestock.connectors.contract.abilities import ReadsOrders, TakesNotices, TellsCancellations, TellsParcels
from truestock.core.identity import order_identity
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.watched import Watch
from truestock.entrypoints.conformance.worlds import Message, World
from truestock.feeds.channel_orders import notices
from truestock.feeds.channel_orders.puller import Puller
from truestock.orders.standing import standing
from truestock.store.database import Database
from truestock.store.sql import load
from truestock.sync.pusher import Pusher
from truestock.sync.telling.steps import untold
from truestock.sync.telling.teller import Teller

queries = load(__package__)
SETTLES_WITHIN_S: Final = 60.0
# Where the clock is put to while the engine is given its time.
STEPS_S: Final = (0.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0)
# A longer wait is not slept through.
SLEEPS_AT_MOST_S: Final = 0.3
TURNS: Final = 60
GROWN_AT_MOST: Final = 9


Wrong = Callable[[], Awaitable[list[str]]]


async def nothing() -> list[str]:
    """Nothing is wrong."""
    return []


class Standing(NamedTuple):
    """A listing as the hub has it: what it shall show, the highest number on its way or in force, and whether it
    waits."""

    desired: int
    under_way: int
    waits: bool


class _Worker(Protocol):
    async def turn(self) -> float: ...


class Play:
    """A channel with its listings by `skus`, in step before the story begins. `orders`: they are read and told of."""

    def __init__(self, company: Company, world: World, reached: Reached, skus: list[str], *, orders: bool) -> None:
        self.company = company
        self.world = world
        self.skus = skus
        self.code = reached.connection.channel
        self.watch = Watch()
        self.connector = self.watch.over(world.connector)
        self._reached = reached
        self._orders = orders
        self._skipped_s = 0.0
        self._workers = self._made()

    @property
    def db(self) -> Database:
        """The hub's."""
        return self.company.hub.db

    def clock_s(self) -> float:
        """Seconds of simulated time: those that went by, and those that were skipped."""
        return monotonic() + self._skipped_s

    async def sell(self, sku: str, units: int) -> int:
        """Sell elsewhere; the units promised."""
        return await asyncio.to_thread(self.company.sell, sku, units)

    async def receive(self, sku: str, units: int) -> None:
        """Units come in."""
        await asyncio.to_thread(self.company.receive, sku, units)

    async def ship(self, order: str) -> None:
        """All of an order of the channel leaves from here."""
        await asyncio.to_thread(self.company.ship, self.code, order)

    async def broken_laws(self) -> list[str]:
        """What the check of the ledger finds."""
        return await asyncio.to_thread(self.company.broken_laws)

    async def publish(self) -> None:
        """Compute what the listings shall show."""
        await asyncio.to_thread(self._publish)

    async def keep(self, turns: int = TURNS) -> None:
        """Let the engine work until it has nothing to do for a while, or for so many turns."""
        for _ in range(turns):
            wait_s = await self.turn()
            if wait_s > SLEEPS_AT_MOST_S:
                break
            await asyncio.sleep(wait_s)

    async def turn(self) -> float:
        """One turn of each; seconds until the next one."""
        waits = []
        for worker in self._workers:
            if isinstance(worker, Pusher):
                await self.publish()
            waits.append(await worker.turn())
        return min(waits)

    async def later(self, seconds: float) -> None:
        """Time passes."""
        await asyncio.to_thread(self._pass, timedelta(seconds=seconds))
        self._skipped_s += seconds
        self._workers = self._made()

    async def settle(self, more_s: float = 0.0, also: Wrong = nothing) -> None:
        """The faults are over: from now on the engine has a minute of simulated time, and `more_s` before it, until
        the channel is in step, and `also` finds nothing wrong. Raises AssertionError."""
        if more_s:
            await self.later(more_s)
        begun = self.clock_s()
        for step_s in STEPS_S:
            behind_s = begun + step_s - self.clock_s()
            if behind_s > 0:
                await self.later(behind_s)
            await self.keep()
            if not (wrong := [*await self.out_of_step(), *await also()]):
                return
        raise AssertionError(f"{SETTLES_WITHIN_S:.0f} s after the fault {'; '.join(wrong)}")

    async def inspect(self) -> None:
        """The engine reads back all that the channel shows, as it does every quarter of an hour."""
        self._workers = self._made(inspect_every_s=0.0)
        await self.turn()
        self._workers = self._made()

    async def out_of_step(self) -> list[str]:
        """What differs between the hub and the channel; empty when they are in step."""
        found = []
        for sku, (desired, _, waits) in (await self.standing()).items():
            shown = self.world.shown(sku)
            if shown != desired:
                found.append(f"{sku} shows {shown} and shall show {desired}")
            elif waits:
                found.append(f"{sku} shows {shown}, and the hub does not know it")
        told = self._orders and isinstance(self.connector, TellsParcels | TellsCancellations)
        if told and (steps := await asyncio.to_thread(untold, self.db, self._reached.id)):
            found.append(f"the channel has not been told {len(steps)} steps of its orders")
        return found

    async def standing(self) -> dict[str, Standing]:
        """The listings as the hub has them."""
        rows = await self._rows(queries.standing)
        return {sku: Standing(desired, under_way, waits) for sku, desired, under_way, waits in rows}

    async def known_orders(self) -> dict[str, int]:
        """Units of each order as the hub has read it last."""
        return dict(await self._rows(queries.known_orders))

    async def taken(self, orders: Iterable[str]) -> dict[str, int]:
        """Units of these orders that the hub has promised or sent; an order that grew was taken as several."""
        return await asyncio.to_thread(self._taken, list(orders))

    async def hear(self, messages: list[Message]) -> None:
        """Messages come in, and are kept if they are genuine."""
        connector = self.world.connector
        assert isinstance(connector, TakesNotices), "a world that tells has a connector that takes messages"
        found = [connector.notice(*message) for message in messages]
        heard = [
            notices.Heard(self._reached.id, notice, message.body)
            for notice, message in zip(found, messages, strict=True)
            if notice is not None
        ]
        if heard:
            await asyncio.to_thread(self._hear, heard)

    def _made(self, inspect_every_s: float = 900.0) -> list[_Worker]:
        hub, connector = self.company.hub, self.connector
        pusher = Pusher(self.db, self._reached.id, self.code, connector, inspect_every_s)
        if not self._orders:
            return [pusher]
        assert isinstance(connector, ReadsOrders), "a world that sells has a connector that reads orders"
        puller = Puller(self.db, hub.rules, hub.call, self._reached, connector)
        return [puller, pusher, Teller(self.db, self._reached.id, self.code, connector)]

    def _publish(self) -> None:
        while publish_once(self.db, self.company.hub.rules).more:
            pass

    def _pass(self, span: timedelta) -> None:
        passed = {"channel": self._reached.id, "span": span}
        with self.db.transaction() as conn:
            for statement in (queries.pass_outbound, queries.pass_connection, queries.pass_orders, queries.pass_steps):
                conn.execute(statement, passed)

    def _hear(self, heard: list[notices.Heard]) -> None:
        conn = self.db.connect()
        try:
            notices.add(conn, heard)
        finally:
            conn.close()

    def _taken(self, orders: list[str]) -> dict[str, int]:
        ids = {
            order_identity(self._reached.id, ref).id: order
            for order in orders
            for ref in (order, *(f"{order}~{k}" for k in range(2, GROWN_AT_MOST)))
        }
        units = dict.fromkeys(orders, 0)
        with self.db.transaction() as conn:
            found = standing(conn, list(ids))
        for order_id, stands in found.items():
            units[ids[order_id]] += sum(line.open + line.shipped for line in stands.lines.values())
        return units

    async def _rows(self, query: str) -> list[tuple[Any, ...]]:
        def read() -> list[tuple[Any, ...]]:
            with self.db.transaction() as conn:
                return conn.execute(query, {"channel": self._reached.id}).fetchall()

        return await asyncio.to_thread(read)
