"""847 units, three channels, one flash sale: the numbers agree at every step, and nobody is sold what is not there."""

import asyncio
from contextlib import closing
from random import Random

import pytest

from tests.core.replay.worlds import DARK, DC, MUG, event, flash_sale
from tests.simulation.shop_floor import atp, free, order, promised
from truestock.availability.explain import Explanation, explain
from truestock.availability.read import Reader
from truestock.bootstrap import Hub
from truestock.core.available.node import walk
from truestock.core.replay.answer import LineAnswer
from truestock.core.replay.baseline import NEVER, Baseline
from truestock.core.replay.events import Channel, World
from truestock.core.replay.score import Score
from truestock.feeds.replay.prepare import prepare
from truestock.orders.reserve import Reserve, reserve

CHANNELS = (
    Channel("web", "Web shop", ("DC",), 1),
    Channel("marketplace", "Marketplace", ("DC",), 2),
    Channel("quick", "Quick commerce", ("DARK",), 3),
)
WORLD = World((MUG,), (DC, DARK), CHANNELS, {("MUG", "DC"): 723, ("MUG", "DARK"): 124})
SALE = {"web": 312, "marketplace": 89, "quick": 47}


def parcels(chance: Random) -> list[tuple[str, int]]:
    """The flash sale cut into orders of 1 to 12 units, shuffled."""
    orders: list[tuple[str, int]] = []
    for channel, units in SALE.items():
        while units:
            qty = min(units, chance.randint(1, 12))
            orders.append((channel, qty))
            units -= qty
    chance.shuffle(orders)
    return orders


@pytest.mark.parametrize("seed", range(3))
def test_every_channel_every_location_and_the_total_agree_at_every_step(hub: Hub, seed: int) -> None:
    prepare(hub.db, hub.run, WORLD)
    assert atp(hub, *SALE) == {"web": 723, "marketplace": 723, "quick": 124}
    score = Score(WORLD, "truestock")
    for step, (channel, qty) in enumerate(parcels(Random(seed))):
        (answer,) = hub.run(reserve, [order(channel, step, qty)])
        place = "DARK" if channel == "quick" else "DC"
        outcome = score.record(event(channel, step, MUG=qty), (LineAnswer(promised(answer), ((place, qty),)),))
        assert (outcome.sold, outcome.oversold) == (qty, 0)
        shelves, numbers = free(hub), atp(hub, *SALE)
        assert numbers["web"] == numbers["marketplace"] == shelves["DC"]
        assert numbers["quick"] == shelves["DARK"]
        assert sum(shelves.values()) == score.shelf.total()
    assert atp(hub, *SALE) == {"web": 322, "marketplace": 322, "quick": 77}
    assert sum(free(hub).values()) == 399


@pytest.mark.parametrize("seed", range(3))
def test_the_same_holds_when_all_buy_at_once(hub: Hub, seed: int) -> None:
    prepare(hub.db, hub.run, WORLD)
    orders = [order(channel, n, qty) for n, (channel, qty) in enumerate(parcels(Random(seed)))]
    assert sum(map(promised, asyncio.run(all_at_once(hub, orders)))) == sum(SALE.values())
    assert atp(hub, *SALE) == {"web": 322, "marketplace": 322, "quick": 77}
    assert free(hub) == {"DC": 322, "DARK": 77}


@pytest.mark.parametrize("seed", range(3))
def test_a_sale_of_more_than_there_is_ends_at_exactly_zero(hub: Hub, seed: int) -> None:
    prepare(hub.db, hub.run, WORLD)
    buyers = [
        channel for channel, units in {"web": 500, "marketplace": 400, "quick": 200}.items() for _ in range(units)
    ]
    Random(seed).shuffle(buyers)
    answers = asyncio.run(all_at_once(hub, [order(channel, n) for n, channel in enumerate(buyers)]))
    sold = dict.fromkeys(SALE, 0)
    for channel, answer in zip(buyers, answers, strict=True):
        sold[channel] += promised(answer)
    assert sold["web"] + sold["marketplace"] == 723
    assert sold["quick"] == 124
    assert atp(hub, *SALE) == {"web": 0, "marketplace": 0, "quick": 0}


def test_three_copies_without_synchronisation_show_three_numbers_that_are_all_wrong() -> None:
    old = Baseline(flash_sale(), NEVER)
    for step, (channel, qty) in enumerate(parcels(Random(0))):
        old.offer(event(channel, step, MUG=qty))
    at = event("web", 1_000, MUG=1).at
    assert {channel: old.shown(channel, "MUG", at) for channel in SALE} == {"web": 535, "marketplace": 758, "quick": 77}


async def all_at_once(hub: Hub, orders: list[Reserve]) -> list[object]:
    """Every order from a caller of its own."""
    answers = await asyncio.gather(*(hub.call(reserve, [one]) for one in orders))
    return [answer for (answer,) in answers]


def test_explain_says_why_at_the_end_of_the_day(hub: Hub) -> None:
    prepare(hub.db, hub.run, WORLD)
    asyncio.run(all_at_once(hub, [order(channel, n, qty) for n, (channel, qty) in enumerate(parcels(Random(0)))]))
    with closing(hub.db.connect()) as conn:
        reader = Reader(conn, hub.rules)
        for channel, place, on_hand, reserved in (("web", "DC", 723, 401), ("quick", "DARK", 124, 47)):
            explanation = explain(reader, channel, "MUG")
            assert isinstance(explanation, Explanation)
            nodes = {node.label: node.value for _, node in walk(explanation.root)}
            assert explanation.answer.atp == explanation.root.value == on_hand - reserved
            assert (nodes["on hand"], nodes["reserved"], nodes[place]) == (on_hand, reserved, on_hand - reserved)
