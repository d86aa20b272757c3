"""Writes one channel's pages, a few at a time and only while no stock of it is due; what is refused is shown.

Its calls have a budget of their own, and their faults are no trouble of the channel: stock goes on."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock, by_chance
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector
from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.pages import Page, PushesPages
from truestock.store.database import Database
from truestock.sync.outbound import Manner
from truestock.sync.telling.pages import images, state
from truestock.sync.telling.pages.wanted import NOT_ANSWERED, Mark, answered, digest_of

T = TypeVar("T")
LOOK_EVERY_S: Final = 10.0
STOCK_FIRST_S: Final = 0.5
AT_ONCE: Final = 20


class Pager(Turns):
    """Of one channel; `stop` ends it after the call under way."""

    def __init__(
        self,
        db: Database,
        channel: int,
        code: str,
        connector: PushesPages,
        *,
        places: bool = False,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(f"pages of channel {code}", clock)
        self.channel = channel
        self.code = code
        self._db = db
        self._connector = connector
        traits = connector.traits
        self._manner = Manner(places and traits.by_place, daily=traits.daily_per_spot)
        self._pending_s = traits.pending_s
        self._caller = Caller(self._what, connector.pages_budget, clock=clock)

    def wake(self) -> None:
        """Numbers change far oftener than pages, and a look goes over all listings."""

    async def turn(self) -> float:
        """Make at most one call; seconds until the next turn."""
        ready = await self._in_thread(state.readiness, self.channel, self._manner, self._clock.now())
        if not ready.on:
            return LOOK_EVERY_S
        if ready.stock_waits:
            return STOCK_FIRST_S
        wait_s = self._caller.wait()
        if wait_s > 0:
            return min(wait_s, LOOK_EVERY_S)
        room = self._caller.affordable(AT_ONCE)
        due = await self._in_thread(state.due, self.channel, self._clock.now(), room)
        if not due:
            return LOOK_EVERY_S
        pages = await self._in_thread(state.pages, self.code, due)
        # What failed before may have had a part of its effect, so it goes also if it is the old page again.
        new = [(d, page) for d, page in zip(due, pages, strict=True) if d.tries or digest_of(page) != d.pushed]
        going = {d.listing for d, _ in new}
        marks = [Mark(d.listing, d.seen) for d in due if d.listing not in going]
        outcomes = await self._push([page for _, page in new]) if new else {}
        marks += [
            answered(d, page, outcomes.get(page.sku, NOT_ANSWERED), self._clock.now(), by_chance(), self._pending_s)
            for d, page in new
        ]
        await self._in_thread(state.write, self.channel, marks)
        return 0.0

    async def _push(self, pages: Sequence[Page]) -> Mapping[str, Outcome]:
        """An outcome for each page, whatever becomes of the call."""
        given = await self._in_thread(images.handed, self.channel, pages)
        try:
            told = await self._caller.ask(lambda: self._connector.push_pages(pages, given), len(pages))
        except NoAnswer as none:
            fault = Outcome("later", str(none))
        except InDoubt as doubt:
            fault = Outcome("unknown", str(doubt))
        else:
            self._caller.told(told.throttle, told.points)
            await self._in_thread(images.keep, self.channel, pages, given, told)
            return told.outcomes
        return {page.sku: fault for page in pages}

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.to_thread(work, self._db, *given)


def pager_of(db: Database) -> Maker:
    """Makes the pager of a channel that is written to and has pages that can be."""

    def make(reached: Reached, connector: Connector) -> Pager | None:
        if not reached.live or not isinstance(connector, PushesPages):
            return None
        return Pager(db, reached.id, reached.connection.channel, connector, places=reached.by_place)

    return make
