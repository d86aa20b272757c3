"""One story's stage: a hub's engine at work on one channel, turn by turn, with a clock that can be put forward.

The clock goes forward under an engine that goes on running: the instants in the database move back, and the clock by
which the engine measures how long it waits moves on. So it waits out what it keeps in memory as well: how often it may
call, and how long it leaves a silent channel alone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from truestock.availability.publishing.publish import publish_once
from truestock.connections.clock import Clock
from truestock.connections.reached import Reached
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import ReadsOrders, TakesNotices, TellsCancellations, TellsParcels
from truestock.core.identity import order_identity
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.watched import Death, Died, Watch
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
# Of an engine that has nothing to do for longer the story goes on.
WAITS_AT_MOST_S: Final = 0.3
ROUNDS_AT_MOST: Final = 1_000
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


class _Clock(Clock):
    """Can be put forward."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def steady(self) -> float:
        return super().steady() + self._skipped_s

    def skip(self, seconds: float) -> None:
        self._skipped_s += seconds


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
        self._clock = _Clock()
        # What runs for the channel, and when each takes its next turn by itself.
        self._next: dict[Turns, float] = {}
        self.restart()

    @property
    def db(self) -> Database:
        """The hub's."""
        return self.company.hub.db

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
        """Compute what the listings shall show; the pusher is woken for what has changed."""
        if await asyncio.to_thread(self._publish):
            self._wake(Pusher)

    async def keep(self, turns: int = TURNS) -> None:
        """Let the engine work until it has nothing to do for a while, or for so many turns."""
        for _ in range(turns):
            wait_s = await self.turn()
            if wait_s > WAITS_AT_MOST_S:
                break
            if wait_s > 0:
                await self.later(wait_s)

    async def turn(self) -> float:
        """One turn of each, whether it waits or not; seconds until the next of them takes one by itself."""
        for worker in list(self._next):
            await self._take_turn(worker)
        return self._rest_s()

    async def later(self, seconds: float) -> None:
        """Time passes, in which nothing happens."""
        await asyncio.to_thread(self._pass, timedelta(seconds=seconds))
        self._clock.skip(seconds)

    def restart(self) -> None:
        """What runs for the channel begins anew, and knows only what the database does."""
        self._next = dict.fromkeys(self._made(), self._clock.steady())

    async def die(self, death: Death) -> None:
        """The hub dies over its next push, and begins anew. Raises AssertionError when it does not push."""
        self.watch.death = death
        for _ in range(TURNS):
            try:
                await self.later(max(0.0, await self.turn()))
            except Died:
                self.restart()
                return
        raise AssertionError("the hub was to die over a push, and has not pushed")

    async def settle(self, more_s: float = 0.0, also: Wrong = nothing) -> None:
        """The faults are over in `more_s`: the engine goes on running until then and for a minute of simulated time, or
        until the channel is in step and `also` finds nothing wrong. Raises AssertionError."""
        until = self._clock.steady() + more_s + SETTLES_WITHIN_S
        wrong = ["the engine finds no rest"]
        for _ in range(ROUNDS_AT_MOST):
            await self._go_on()
            rest_s = self._rest_s()
            if rest_s <= 0:
                continue
            if not (wrong := [*await self.out_of_step(), *await also()]):
                return
            left_s = until - self._clock.steady()
            if left_s <= 0:
                break
            await self.later(min(rest_s, left_s))
        raise AssertionError(f"{SETTLES_WITHIN_S:.0f} s after the fault {'; '.join(wrong)}")

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
            self._wake(Puller)

    async def _go_on(self) -> None:
        """A turn of each whose time has come, as if each ran by itself."""
        await self.publish()
        for worker, at in list(self._next.items()):
            if at <= self._clock.steady():
                await self._take_turn(worker)

    async def _take_turn(self, worker: Turns) -> None:
        if isinstance(worker, Pusher):
            await self.publish()
        wait_s = await worker.turn()
        self._next[worker] = self._clock.steady() + wait_s

    def _rest_s(self) -> float:
        return min(self._next.values()) - self._clock.steady()

    def _wake(self, kind: type[Turns]) -> None:
        self._next |= {worker: self._clock.steady() for worker in self._next if isinstance(worker, kind)}

    def _made(self) -> list[Turns]:
        hub, connector, clock = self.company.hub, self.connector, self._clock
        pusher = Pusher(self.db, self._reached.id, self.code, connector, clock=clock)
        if not self._orders:
            return [pusher]
        assert isinstance(connector, ReadsOrders), "a world that sells has a connector that reads orders"
        puller = Puller(self.db, hub.rules, hub.call, self._reached, connector, clock=clock)
        return [puller, pusher, Teller(self.db, self._reached.id, self.code, connector, clock)]

    def _publish(self) -> int:
        """How many listings changed."""
        changed, more = 0, True
        while more:
            done = publish_once(self.db, self.company.hub.rules)
            changed, more = changed + done.count, done.more
        return changed

    def _pass(self, span: timedelta) -> None:
        passed = {"channel": self._reached.id, "span": span}
        with self.db.transaction() as conn:
            for statement in (
                queries.pass_outbound,
                queries.pass_connection,
                queries.pass_orders,
                queries.pass_lines,
                queries.pass_steps,
            ):
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
