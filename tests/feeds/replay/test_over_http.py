"""A replay through the API of a served hub, which is all it has of it: what it sells, sees, and reads for the audit."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.core.replay.worlds import START, event, flash_sale, two_shops
from tests.feeds.replay.conftest import served
from truestock.bootstrap import Hub
from truestock.catalog.keys import KeyDraft, create_key
from truestock.core.replay.events import Delivery, Line, World
from truestock.core.replay.generate import generate
from truestock.core.replay.report import Figures
from truestock.core.replay.score import Score
from truestock.core.replay.season import Season
from truestock.feeds.replay import Happening, Pace, ReplayError, replay
from truestock.feeds.replay.over_http import OverHttp
from truestock.feeds.replay.places import units_on_shelves

SEASON = Season(400, datetime(2026, 3, 2, 8, tzinfo=UTC), timedelta(hours=12), items=12)
MANY = Pace(at_once=32)
ONE_BY_ONE = Pace(at_once=1)


async def replayed(
    url: str, world: World, happenings: list[Happening], pace: Pace = MANY, key: str | None = None
) -> Score:
    score = Score(world, "truestock")
    async with OverHttp(url, world, key, connections=16) as target:
        await target.prepare()
        await replay(happenings, world, target, score, pace)
    return score


def figures(score: Score) -> Figures:
    return score.report().total


def test_a_season_over_http_sells_without_an_oversell(hub: Hub) -> None:
    made = generate(SEASON, Random(7).random)
    with served(hub) as url:
        score = asyncio.run(replayed(url, made.world, list(made.events)))
    total = figures(score)
    assert (total.orders, total.oversold) == (400, 0)
    assert total.returned > 0
    assert total.samples > 400
    assert total.stale_max_seconds is not None
    assert total.error_mean_units is not None
    assert 0 < total.stale_max_seconds < 10
    assert total.error_mean_units > 0
    places = {cell: units for cell, units in units_on_shelves(hub.db).items() if units}
    assert places == {(sku, code): units for (sku, code) in places if (units := score.shelf.at(code, sku))}
    assert sum(places.values()) == score.shelf.total(), "the auditor knows where every unit was taken"


def test_numbers_are_stale_where_customers_come_faster_than_the_stream(hub: Hub) -> None:
    rush: list[Happening] = [event("web", second, ref=f"R{second}", MUG=1) for second in range(40)]
    with served(hub) as url:
        total = figures(asyncio.run(replayed(url, flash_sale(), rush, ONE_BY_ONE)))
    assert total.samples == 40
    assert total.stale_max_seconds
    assert total.error_mean_units


def test_numbers_are_true_where_the_stream_is_faster_than_the_customers(hub: Hub) -> None:
    slow: list[Happening] = [event("web", second, ref=f"S{second}", MUG=1) for second in range(4)]
    with served(hub) as url:
        total = figures(asyncio.run(replayed(url, flash_sale(), slow, Pace(speed=1.0))))
    assert (total.samples, total.stale_max_seconds, total.error_mean_units) == (4, 0.0, 0.0)


def test_what_comes_in_and_what_is_cancelled_is_sold_again(hub: Hub) -> None:
    happenings: list[Happening] = [
        event("left", 0, ref="A/1 2", MUG=3),
        event("left", 2, kind="cancel", ref="A/1 2", MUG=3),
        event("right", 3, ref="C", MUG=3),
        Delivery(START, "PO-1", "DC", (Line("MUG", 2),)),
        event("left", 5, ref="D", MUG=4),
    ]
    with served(hub) as url:
        total = figures(asyncio.run(replayed(url, two_shops(mugs=3), happenings)))
    assert (total.asked, total.sold, total.oversold, total.lost, total.returned) == (10, 8, 0, 0, 3)


def test_a_key_with_the_four_scopes_is_enough(hub: Hub) -> None:
    made = create_key(hub.db, KeyDraft("replay", ("read", "orders", "stock", "catalog")))
    orders: list[Happening] = [event("left", 0, MUG=1)]
    with served(hub) as url:
        assert figures(asyncio.run(replayed(url, two_shops(), orders, key=made.token))).sold == 1
        with pytest.raises(ReplayError, match="401"):
            asyncio.run(replayed(url, two_shops(), orders))


def test_a_hub_that_has_the_opening_stock_already_is_refused(hub: Hub) -> None:
    with served(hub) as url:
        asyncio.run(replayed(url, two_shops(), []))
        with pytest.raises(ReplayError, match="/v1/movements: 2 of 2 lines were refused"):
            asyncio.run(replayed(url, two_shops(), []))


def test_an_order_that_the_hub_does_not_understand_ends_the_replay(hub: Hub) -> None:
    with served(hub) as url, pytest.raises(ReplayError, match="422"):
        asyncio.run(replayed(url, two_shops(), [event("left", n, ref=f"X{n}", HAT=1) for n in range(5)]))
