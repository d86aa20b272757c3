"""Keeps one channel in step: takes what is due, calls the connector, writes down what it said; in doubt, it looks.

One call at a time, within the channel's budget. Whatever happens to a call, the state says what is to be done next."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock, by_chance
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached, set_trouble
from truestock.connections.turns import AFTER_FAULT_S, Turns
from truestock.connectors.contract.abilities import Connector, Line, PushesStock, ReadsBack, Settles
from truestock.connectors.contract.answers import InDoubt, Outcome, Spot
from truestock.store.database import Database
from truestock.sync import outbound
from truestock.sync.drift import STRICT, DriftManner, compare
from truestock.sync.marks import Mark, Sent, answered, came_back, key_of, read_back, unread
from truestock.sync.outbound import Manner

T = TypeVar("T")
LOOK_EVERY_S = 5.0
# How often everything that a channel shows is read back.
INSPECT_EVERY_S = 900.0
# How long reading back waits, after an outage, for the orders that have come meanwhile.
ORDERS_FIRST_S = 120.0
NOTHING = (0, 0)
CLOCKS_DIFFER = timedelta(seconds=2)
NOT_ANSWERED = Outcome("later", "the channel's answer says nothing of this listing")


class Pusher(Turns):
    """The channel `code` by its connector. `wake` when listings may have changed; `stop` after the call under way."""

    def __init__(
        self,
        db: Database,
        channel: int,
        code: str,
        connector: PushesStock,
        inspect_every_s: float = INSPECT_EVERY_S,
        *,
        places: bool = False,
        drift: DriftManner = STRICT,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(f"channel {code}", clock)
        self.channel = channel
        self.code = code
        self._db = db
        self._connector = connector
        self._traits = connector.traits
        self._drift = drift
        self._lowers = self._traits.decrements != "never"
        self._manner = Manner(
            places and self._traits.by_place,
            self._traits.decrements == "when_shipped",
            self._traits.daily_per_spot,
            self._traits.restocks,
        )
        self._caller = Caller(self._what, self._traits.budget, partial(set_trouble, db, channel), clock)
        self._inspect_every_s = inspect_every_s
        # The first look comes a while after the start: what was sent last may not be shown yet.
        self._inspect_at = clock.steady() + inspect_every_s
        self._inspected = NOTHING
        self._behind_since: float | None = None
        self._renewed_at = clock.steady()

    async def turn(self) -> float:
        """Make at most one call; seconds until the next turn, unless somebody wakes."""
        wait_s = self._caller.wait()
        if wait_s > 0:
            return wait_s
        if await self._settle() or await self._resolve():
            return 0.0
        room = self._caller.affordable(self._traits.batch_max)
        sent = await self._in_thread(outbound.take, self.channel, self._clock.now(), room, self._manner)
        if not sent:
            return await self._idle()
        await self._push(sent)
        return 0.0

    async def _push(self, sent: Sequence[Sent]) -> None:
        lines = [Line(s.spot.sku, s.quantity, s.rev, key_of(s), s.shown, s.spot.place) for s in sent]
        try:
            told = await self._caller.ask(lambda: self._connector.push(lines), len(lines))
        except NoAnswer as none:
            again = self._clock.now() + timedelta(seconds=none.again_s or AFTER_FAULT_S)
            await self._write([came_back(s, again) for s in sent])
            return
        except InDoubt:
            # They stay on their way until the call can have no effect any more.
            return
        self._caller.told(told.throttle)
        outcomes = await self._with_numbers(told.outcomes)
        now, chance = self._clock.now(), by_chance()
        marks = [answered(s, outcomes.get(s.spot, NOT_ANSWERED), now, chance) for s in sent]
        # Where the channel takes nothing off by itself, fewer units are somebody's edit.
        await self._write(marks if self._lowers else [mark._replace(sold_there=0) for mark in marks])

    async def _with_numbers(self, outcomes: Mapping[Spot, Outcome]) -> Mapping[Spot, Outcome]:
        """What a channel that refused to overwrite a number shows instead, where it does not say so itself."""
        stale = [spot for spot, outcome in outcomes.items() if outcome.kind == "stale" and outcome.observed is None]
        if not stale or not isinstance(self._connector, ReadsBack):
            return outcomes
        shown = await self._shown(self._connector, stale) or {}
        seen = {spot: Outcome("stale", outcomes[spot].reason, shown.get(spot)) for spot in stale}
        return {**outcomes, **seen}

    async def _resolve(self) -> bool:
        """Find out what became of calls that nobody answered; false when there are none."""
        before = self._clock.now() - timedelta(seconds=self._traits.pending_s)
        doubtful = await self._in_thread(outbound.in_doubt, self.channel, before, self._traits.batch_max)
        if not doubtful:
            return False
        if not isinstance(self._connector, ReadsBack):
            await self._write([unread(s, self._clock.now()) for s in doubtful])
            return True
        shown = await self._shown(self._connector, [s.spot for s in doubtful])
        if shown is not None:
            now, chance = self._clock.now(), by_chance()
            await self._write([read_back(s, shown, now, chance) for s in doubtful])
        return True

    async def _settle(self) -> bool:
        """Ask what became of what was only accepted; false when nothing is decided."""
        if not isinstance(self._connector, Settles):
            return False
        connector = self._connector
        waiting = await self._in_thread(outbound.with_tickets, self.channel, self._traits.batch_max)
        if not waiting:
            return False
        tickets = {s.spot: ticket for s, ticket in waiting}
        try:
            outcomes = await self._caller.ask(lambda: connector.settle(tickets))
        except (NoAnswer, InDoubt):
            return False
        decided = [(s, outcomes[s.spot]) for s, _ in waiting if s.spot in outcomes]
        now, chance = self._clock.now(), by_chance()
        await self._write([answered(s, outcome, now, chance) for s, outcome in decided])
        return bool(decided)

    async def _shown(self, connector: ReadsBack, spots: Sequence[Spot]) -> Mapping[Spot, int] | None:
        """What the channel shows; None when the call did not come through."""
        try:
            answer = await self._caller.ask(lambda: connector.read_back(spots))
        except (NoAnswer, InDoubt):
            return None
        self._caller.told(answer.throttle, answer.points)
        return answer.numbers

    async def _inspect(self) -> bool:
        """Compare a page of what the channel shows; false when all of it was looked at a while ago."""
        if not isinstance(self._connector, ReadsBack) or self._clock.steady() < self._inspect_at:
            return False
        if await self._orders_first():
            return False
        page = await self._in_thread(
            outbound.in_step, self.channel, self._inspected, self._traits.batch_max, self._manner
        )
        self._inspected = (page[-1].listing, page[-1].place) if page else NOTHING
        if not page:
            self._inspect_at = self._clock.steady() + self._inspect_every_s
            return False
        shown = await self._shown(self._connector, [known.spot for known in page])
        if shown is None:
            self._behind_since = None
        else:
            now = self._clock.now()
            found = [
                compare(known, shown.get(known.spot), now, decrements=self._lowers, manner=self._drift)
                for known in page
            ]
            await self._in_thread(outbound.note, found, now, self._manner)
        return True

    async def _orders_first(self) -> bool:
        """Whether to wait until the orders of an outage are read: a lower number would be taken for further sales, and
        their units be kept back twice. Not for long: orders may be what cannot be read."""
        read_at = await self._in_thread(outbound.orders_read_at, self.channel)
        late = timedelta(seconds=2 * self._traits.poll_every_s) + outbound.ORDERS_LAG
        if read_at is None or self._clock.now() - read_at < late:
            self._behind_since = None
            return False
        now = self._clock.steady()
        self._behind_since = now if self._behind_since is None else self._behind_since
        return now - self._behind_since < ORDERS_FIRST_S

    async def _idle(self) -> float:
        """Nothing is due: until the next one is, or until it is time to look again."""
        if await self._inspect():
            return 0.0
        if await self._in_thread(outbound.lapse, self.channel, self._clock.now()) or await self._renew():
            return 0.0
        at = await self._in_thread(outbound.next_try, self.channel, self._manner)
        return LOOK_EVERY_S if at is None else min(LOOK_EVERY_S, max(0.01, (at - self._clock.now()).total_seconds()))

    async def _renew(self) -> bool:
        """Write anew what the channel has changed by itself and the ledger knows nothing of; false for nothing."""
        if not self._lowers:
            return False
        now = self._clock.steady()
        ago, self._renewed_at = timedelta(seconds=now - self._renewed_at), now
        since = self._clock.now() - ago - CLOCKS_DIFFER
        return bool(await self._in_thread(outbound.renew, self.channel, since, self._manner))

    async def _write(self, marks: Sequence[Mark]) -> None:
        if marks:
            await self._in_thread(outbound.write, marks, self._clock.now(), self._manner)

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.to_thread(work, self._db, *given)


def pusher_of(db: Database) -> Maker:
    """Makes the pusher of a channel that is written to."""

    def make(reached: Reached, connector: Connector) -> Pusher | None:
        if not reached.live or not isinstance(connector, PushesStock):
            return None
        manner = DriftManner(reached.connection.drift_tolerance, reached.connection.drift_repush)
        code = reached.connection.channel
        return Pusher(db, reached.id, code, connector, places=reached.by_place, drift=manner)

    return make
