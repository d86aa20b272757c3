"""A season through a hub in this process: nothing oversold, and every column counts the same orders."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.core.replay.worlds import START, event, flash_sale, two_shops
from truestock.bootstrap import Hub
from truestock.core.replay.events import Delivery, Line, World
from truestock.core.replay.generate import generate
from truestock.core.replay.score import Score
from truestock.core.replay.season import Season
from truestock.feeds.replay import Happening, Pace, Result, replay, side_by_side
from truestock.feeds.replay.in_process import InProcess
from truestock.feeds.replay.places import units_on_shelves
from truestock.feeds.replay.prepare import prepare

SEASON = Season(1_500, datetime(2026, 3, 2, 8, tzinfo=UTC), timedelta(hours=12), items=12)


def replayed(hub: Hub, world: World, happenings: list[Happening]) -> Result:
    async def run() -> Result:
        target = InProcess(hub.call, hub.db, hub.rules)
        return await side_by_side(happenings, world, target, Pace(at_once=64))

    prepare(hub.db, hub.run, world)
    return asyncio.run(run())


def test_a_season_sells_without_an_oversell_where_the_old_ways_oversell(hub: Hub) -> None:
    made = generate(SEASON, Random(7).random)
    result = replayed(hub, made.world, list(made.events))
    ours, (quarter_hourly, nightly, never) = result.hub.report.total, result.baselines
    assert ours.orders == quarter_hourly.total.orders == 1_500
    assert ours.oversold == ours.oversold_orders == ours.lost == 0
    assert never.total.oversold >= nightly.total.oversold > quarter_hourly.total.oversold > 0
    assert ours.sold > 0.75 * ours.asked
    assert ours.returned > 0
    assert result.table().head == ("", "truestock", "every 15 min", "nightly at 3:00", "never synchronised")


def test_what_the_hub_holds_afterwards_is_what_the_auditor_counted(hub: Hub) -> None:
    made = generate(SEASON, Random(11).random)
    score = Score(made.world, "truestock")
    prepare(hub.db, hub.run, made.world)
    target = InProcess(hub.call, hub.db, hub.rules)
    asyncio.run(replay(list(made.events), made.world, target, score, Pace(at_once=64)))
    left = {cell: units for cell, units in units_on_shelves(hub.db).items() if units}
    assert sum(left.values()) == score.shelf.total()


def test_what_comes_in_and_what_is_cancelled_is_sold_again(hub: Hub) -> None:
    happenings: list[Happening] = [
        event("left", 0, ref="A", MUG=3),
        event("right", 1, ref="B", MUG=1),
        event("left", 2, kind="cancel", ref="A", MUG=3),
        event("right", 3, ref="C", MUG=3),
        Delivery(START, "PO-1", "DC", (Line("MUG", 2),)),
        event("left", 5, ref="D", MUG=4),
    ]
    total = replayed(hub, two_shops(mugs=3), happenings).hub.report.total
    assert (total.asked, total.sold, total.oversold, total.lost, total.returned) == (11, 8, 0, 0, 3)
    assert sum(units_on_shelves(hub.db).values()) == 10, "only the jars are left"


def test_a_speed_is_kept(hub: Hub) -> None:
    result = asyncio.run(_at_speed(hub, 100.0))
    assert 0.3 <= result < 2.0


async def _at_speed(hub: Hub, speed: float) -> float:
    world = flash_sale()
    prepare(hub.db, hub.run, world)
    orders = [event("web", seconds, MUG=1) for seconds in (0, 10, 20, 30)]
    return await replay(orders, world, InProcess(hub.call, hub.db, hub.rules), Score(world, "hub"), Pace(speed))


def test_a_season_that_is_prepared_twice_is_refused(hub: Hub) -> None:
    prepare(hub.db, hub.run, flash_sale())
    with pytest.raises(Exception, match="opening stock"):
        prepare(hub.db, hub.run, flash_sale())
