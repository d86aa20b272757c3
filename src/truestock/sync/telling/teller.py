"""Tells one channel the steps of its orders, one call at a time; what is refused is shown, and tried again."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock, by_chance
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached, set_trouble
from truestock.connections.turns import AFTER_FAULT_S, Turns
from truestock.connectors.contract.abilities import Connector, TellsCancellations, TellsParcels
from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.store.database import Database
from truestock.sync.telling import steps
from truestock.sync.telling.steps import Step, Told

T = TypeVar("T")
LOOK_EVERY_S: Final = 5.0
AT_ONCE: Final = 20
NO_LINES: Final = Outcome("applied", "nothing of it is known there")


class Teller(Turns):
    """Of one channel; `wake` when something has happened, `stop` after the call under way."""

    def __init__(self, db: Database, channel: int, code: str, connector: Connector, clock: Clock = CLOCK) -> None:
        super().__init__(f"steps of channel {code}", clock)
        self.channel = channel
        self.code = code
        self._db = db
        self._connector = connector
        traits = connector.traits
        self._pending_s = traits.pending_s
        self._restocks = traits.restocks
        self._keeps_open = traits.decrements == "when_shipped"
        self._caller = Caller(self._what, traits.orders or traits.budget, partial(set_trouble, db, channel), clock)
        self._kinds = [
            *(["shipped"] if isinstance(connector, TellsParcels) else []),
            *(["cancelled"] if isinstance(connector, TellsCancellations) else []),
        ]

    def wake(self) -> None:
        """Numbers change far oftener than orders leave."""

    async def turn(self) -> float:
        """Tell what is due; seconds until the next turn, unless somebody wakes."""
        wait_s = self._caller.wait()
        if wait_s > 0:
            return wait_s
        due = await self._in_thread(steps.due, self.channel, self._kinds, self._clock.now(), AT_ONCE)
        for step in due:
            if self.stopping or self._caller.wait() > 0:
                return 0.0
            await self._tell(step)
        if due:
            return 0.0
        at = await self._in_thread(steps.next_try, self.channel)
        return LOOK_EVERY_S if at is None else min(LOOK_EVERY_S, max(0.01, (at - self._clock.now()).total_seconds()))

    async def _tell(self, step: Step) -> None:
        said = await self._in_thread(steps.said, self.channel, step)
        since = await self._in_thread(steps.clock)
        try:
            outcome = await self._caller.ask(lambda: self._call(step.order, said)) if said.lines else NO_LINES
        except NoAnswer as none:
            # The step is not to blame.
            again = self._clock.now() + timedelta(seconds=none.again_s or AFTER_FAULT_S)
            told = Told(False, step.tries, again, str(none))
        except InDoubt as doubt:
            told = steps.answered(step, Outcome("unknown", str(doubt)), self._clock.now(), by_chance(), self._pending_s)
        else:
            told = steps.answered(step, outcome, self._clock.now(), by_chance(), self._pending_s)
        await self._in_thread(steps.write, step, told)
        if told.told and self._restocks and isinstance(said, Cancelling):
            await self._in_thread(steps.given_back, self.channel, step, said.lines)
        if told.told and self._keeps_open:
            await self._in_thread(steps.closed, self.channel, step, said.lines, since)

    async def _call(self, order: str, said: Parcel | Cancelling) -> Outcome:
        connector = self._connector
        if isinstance(said, Parcel) and isinstance(connector, TellsParcels):
            return await connector.ship(order, said)
        if isinstance(said, Cancelling) and isinstance(connector, TellsCancellations):
            return await connector.cancel(order, said)
        raise NotImplementedError("only what the connector can tell is due")

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.to_thread(work, self._db, *given)


def teller_of(db: Database) -> Maker:
    """Makes the teller of a channel that is written to and can be told something."""

    def make(reached: Reached, connector: Connector) -> Teller | None:
        if not reached.live or not isinstance(connector, TellsParcels | TellsCancellations):
            return None
        return Teller(db, reached.id, reached.connection.channel, connector)

    return make
