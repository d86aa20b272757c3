"""When an order that a channel has sold becomes known elsewhere: told late, not at all, or found by a poll."""

from collections.abc import Sequence

from truestock.core.replay.chance import Chance
from truestock.core.replay.simulate.clock import NEVER, lag, next_slot
from truestock.core.replay.simulate.world import ChannelLife, Outage


def answers_at(outages: Sequence[Outage], at: float) -> float:
    """The first instant from `at` on at which the channel's interface answers."""
    for outage in sorted(outages, key=lambda outage: outage.from_s):
        if outage.from_s <= at < outage.from_s + outage.lasts_s:
            at = outage.from_s + outage.lasts_s
    return at


class News:
    """How one channel tells; each order takes two numbers of chance, whatever becomes of it."""

    def __init__(self, life: ChannelLife, poll_every_s: float, chance: Chance) -> None:
        self._life = life
        self._poll_every_s = poll_every_s
        self._chance = chance

    def heard_at(self, at: float) -> float:
        """When what happened at an instant is known; NEVER if it is not told and nobody polls."""
        life = self._life
        lost = self._chance() < life.order_loss_percent / 100
        late = lag(life.order_lag_s, self._chance)
        told = NEVER if lost else answers_at(life.outages, at) + late
        if not self._poll_every_s:
            return told
        return min(told, answers_at(life.outages, next_slot(at, self._poll_every_s)))
