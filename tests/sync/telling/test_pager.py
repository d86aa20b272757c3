"""A pager that goes on running leaves a channel alone that does not answer, and goes on soon after it is back."""

import asyncio

from tests.clocks import ByHand
from tests.sync.telling.test_pages import Gallery, Wall, gallery
from truestock.connections.outside.breaker import MOST_S
from truestock.connectors.contract.answers import InDoubt
from truestock.sync.telling.pages.pager import LOOK_EVERY_S, Pager

__all__ = ["gallery"]
FAULTS = 12


def test_pages_go_on_half_a_minute_after_the_channel_is_back(gallery: Gallery) -> None:
    item, _ = gallery.listed()
    gallery.say(item, title="Lamp")
    clock, wall = ByHand(), Wall(answers=[InDoubt("gone")] * FAULTS)
    pager = Pager(gallery.shop.hub.db, gallery.channel, "web", wall, clock=clock)
    begun_s = clock.at_s
    while len(wall.calls) < FAULTS:
        clock.at_s += asyncio.run(pager.turn())
    assert clock.at_s - begun_s > (FAULTS - 6) * MOST_S / 2
    back_s = clock.at_s
    while not gallery.told().pushed:
        clock.at_s += asyncio.run(pager.turn())
    assert clock.at_s - back_s <= MOST_S + LOOK_EVERY_S
    assert len(wall.calls) == FAULTS + 1
