"""Watches a channel that is not written to yet: reads back all that it shows, over and over, within its budget."""

import asyncio
from functools import partial
from typing import Final

from truestock.connections.caller import Caller, NoAnswer
from truestock.connections.clock import CLOCK, Clock
from truestock.connections.keeper import Maker
from truestock.connections.reached import Reached, set_trouble
from truestock.connections.turns import Turns
from truestock.connectors.contract.abilities import Connector, ReadsBack
from truestock.connectors.contract.answers import InDoubt, Spot
from truestock.connectors.contract.traits import Traits
from truestock.core.identity import part_of
from truestock.store.arrays import ints, nullable
from truestock.store.database import Database
from truestock.sync.cutover import queries

AGAIN_EVERY_S: Final = 60.0
NOTHING: Final = (0, 0)
Place = tuple[int, int, str, str]  # listing, place, SKU, the place's code


class Watcher(Turns):
    """Of one channel; `stop` ends it after the call under way."""

    def __init__(
        self,
        db: Database,
        channel: int,
        code: str,
        connector: ReadsBack,
        traits: Traits,
        *,
        places: bool = False,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(f"comparing channel {code}", clock)
        self.channel = channel
        self.code = code
        self._db = db
        self._connector = connector
        self._by_place = places and traits.by_place
        self._at_once = traits.batch_max
        self._caller = Caller(self._what, traits.budget, partial(set_trouble, db, channel), clock)
        self._after = NOTHING

    def wake(self) -> None:
        """Nothing is sent, so that nothing is urgent."""

    async def turn(self) -> float:
        """Compare a page; seconds until the next."""
        wait_s = self._caller.wait()
        if wait_s > 0:
            return wait_s
        page = await asyncio.to_thread(self._page)
        if not page:
            self._after = NOTHING
            return AGAIN_EVERY_S
        spots = [Spot(sku, place) for _, _, sku, place in page]
        try:
            shown = await self._caller.ask(lambda: self._connector.read_back(spots))
        except (NoAnswer, InDoubt):
            return 0.0
        self._caller.told(shown.throttle, shown.points)
        await asyncio.to_thread(self._note, page, [shown.numbers.get(spot) for spot in spots])
        self._after = page[-1][:2]
        return 0.0

    def _page(self) -> list[Place]:
        listing, place = self._after
        parameters = {"channel": self.channel, "listing": listing, "place": place, "limit": self._at_once}
        with self._db.transaction() as conn:
            rows: list[Place] = conn.execute(queries.spots, {**parameters, "by_place": self._by_place}).fetchall()
        return rows

    def _note(self, page: list[Place], observed: list[int | None]) -> None:
        parameters = {
            "parts": ints(part_of(listing) for listing, _, _, _ in page),
            "listings": ints(listing for listing, _, _, _ in page),
            "places": ints(place for _, place, _, _ in page),
            "observed": nullable(observed),
        }
        with self._db.transaction() as conn:
            conn.execute(queries.lock_and_observe, parameters)


def watcher_of(db: Database) -> Maker:
    """Makes the watcher of a channel in the mode `shadow`."""

    def make(reached: Reached, connector: Connector) -> Watcher | None:
        if reached.live or not isinstance(connector, ReadsBack):
            return None
        code = reached.connection.channel
        return Watcher(db, reached.id, code, connector, connector.traits, places=reached.by_place)

    return make
