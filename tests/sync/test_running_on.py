"""A pusher that goes on running through an outage has its channel in step within a minute of its end."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.clocks import ByHand
from tests.sync.channels import Shelf
from tests.sync.stage import Stage
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Pushed
from truestock.sync.pusher import Pusher

LONG = 40
WITHIN_S = 60.0


class Later(Shelf):
    """Answers for each line by itself that it is not to be had this time, as often as `faults` says so."""

    async def push(self, lines: Sequence[Line]) -> Pushed:
        if not self.faults:
            return await super().push(lines)
        self.calls.append(list(lines))
        self.faults.pop(0)
        return Pushed({line.spot: Outcome("later", "not this time") for line in lines})


class Runs:
    """A pusher, and time that passes for it and for what is written down."""

    def __init__(self, stage: Stage, shelf: Shelf) -> None:
        self.clock = ByHand()
        self._db = stage.shop.hub.db
        self._pusher = Pusher(self._db, stage.channel, "web", shelf, clock=self.clock)

    def turn(self) -> None:
        """One, and the wait after it."""
        wait_s = asyncio.run(self._pusher.turn())
        self.clock.at_s += wait_s
        with self._db.transaction() as conn:
            conn.execute("UPDATE outbound SET next_try_at = next_try_at - %s", (timedelta(seconds=wait_s),))


@pytest.mark.parametrize("shelf", [Shelf(), Later()], ids=["nobody there", "each listing later"])
def test_after_a_long_outage_it_is_in_step_within_a_minute(stage: Stage, shelf: Shelf) -> None:
    names = [stage.listing(units)[1] for units in range(1, 16)]
    runs = Runs(stage, shelf)
    shelf.faults = ["down"] * LONG
    while shelf.faults:
        runs.turn()
    assert len(shelf.calls) == LONG
    back_s = runs.clock.at_s
    while stage.desired() != {name: shelf.shown.get(name) for name in names}:
        runs.turn()
        assert runs.clock.at_s - back_s < WITHIN_S
    # Two lots: fifteen listings, ten at once.
    assert len(shelf.calls) == LONG + 2
