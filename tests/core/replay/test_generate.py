"""The generated season: the same for a seed, as many orders as asked for, shaped like the data it was measured on."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from truestock.core.replay.baseline import NEVER, Baseline, every
from truestock.core.replay.demand import demand
from truestock.core.replay.events import OrderEvent, World
from truestock.core.replay.generate import generate
from truestock.core.replay.season import FlashSale, Season, slots

SEASON = Season(6000, datetime(2026, 3, 2, 8, tzinfo=UTC))


def generated(season: Season = SEASON, seed: int = 7) -> tuple[World, list[OrderEvent]]:
    replay = generate(season, Random(seed).random)
    return replay.world, list(replay.events)


def test_a_seed_gives_one_season_and_another_seed_another() -> None:
    assert generated() == generated()
    assert generated()[1] != generated(seed=8)[1]


def test_orders_are_as_many_as_asked_in_order_of_time_within_the_span_and_each_has_its_reference() -> None:
    _, events = generated()
    orders = [one for one in events if one.kind == "order"]
    assert len(orders) == SEASON.orders
    assert len({(one.channel, one.ref) for one in orders}) == SEASON.orders
    assert all(a.at <= b.at for a, b in pairwise(events))
    assert SEASON.start <= events[0].at
    assert events[-1].at < SEASON.start + SEASON.span


def test_what_comes_back_was_ordered_before() -> None:
    _, events = generated()
    seen: dict[tuple[str, str], OrderEvent] = {}
    kinds = Counter(one.kind for one in events)
    assert kinds["return"] > 40
    assert kinds["cancel"] > 20
    for one in events:
        if one.kind == "order":
            seen[one.channel, one.ref] = one
        else:
            order = seen[one.channel, one.ref.removesuffix("-R")]
            assert set(one.lines) <= set(order.lines)
            assert order.at <= one.at


def test_five_channels_sell_two_hundred_named_items_from_eight_locations() -> None:
    world, events = generated()
    assert len(world.items) == len({item.name for item in world.items}) == 200
    assert all(0 < item.cost_cents < item.price_cents for item in world.items)
    assert {location.kind for location in world.locations} == {"dc", "3pl", "store", "dark_store", "supplier"}
    assert {one.channel for one in events} == {channel.code for channel in world.channels}
    assert len(world.channels) == 5
    assert len(world.locations) == 8


def test_baskets_and_popularity_are_shaped_like_the_data() -> None:
    _, events = generated(replace(SEASON, flash_sales=()))
    orders = [one for one in events if one.kind == "order"]
    by_channel: dict[str, list[OrderEvent]] = {}
    for one in orders:
        by_channel.setdefault(one.channel, []).append(one)
    mean_lines = {code: sum(len(one.lines) for one in some) / len(some) for code, some in by_channel.items()}
    assert mean_lines["marketplace"] < 1.3 < mean_lines["web"] < 2.2 < mean_lines["quick"] < 3 < mean_lines["wholesale"]
    lines = Counter(line.sku for one in orders for line in one.lines)
    hottest = sum(count for _, count in lines.most_common(40)) / lines.total()
    assert 0.5 < hottest < 0.7  # in Online Retail II the first fifth of the items has 68 % of the lines


def test_stock_is_scarce_and_scarcest_for_what_is_on_flash_sale() -> None:
    world, events = generated(replace(SEASON, orders=20_000))
    wanted = demand(events).total()
    assert 0.75 < sum(world.opening.values()) / wanted < 1.15


def test_a_flash_sale_brings_more_orders_for_two_items() -> None:
    sale = FlashSale(begins=0.5, lasts=0.1, rush=5)
    _, events = generated(Season(5000, SEASON.start, timedelta(hours=10), flash_sales=(sale,)))
    during = [one for one in events if 5 <= (one.at - SEASON.start) / timedelta(hours=1) < 6]
    lines = Counter(line.sku for one in during for line in one.lines)
    assert len(during) > 0.25 * len(events)
    assert sum(count for _, count in lines.most_common(2)) > 0.4 * lines.total()


@pytest.mark.parametrize("hours", [0.5, 24, 24 * 400])
def test_slots_share_out_all_orders_however_long_the_season(hours: float) -> None:
    season = Season(1234, SEASON.start, timedelta(hours=hours))
    assert sum(slot.orders for slot in slots(season)) == 1234
    assert all(slot.length <= timedelta(hours=1) for slot in slots(season))


def test_the_unsynchronised_company_oversells_its_season_and_the_synchronised_one_less() -> None:
    world, events = generated()
    never, often = Baseline(world, NEVER), Baseline(world, every(15))
    for one in events:
        never.offer(one)
        often.offer(one)
    assert never.report().total.oversold > 200
    assert 0 < often.report().total.oversold < never.report().total.oversold


@pytest.mark.parametrize(
    "wrong",
    [{"orders": 0}, {"span": timedelta()}, {"start": datetime(2026, 1, 1)}, {"items": 5}, {"items": 201}],  # noqa: DTZ001
)
def test_a_season_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"season|flash sale|assortment"):
        generated(Season(**({"orders": 10, "start": SEASON.start} | wrong)))  # type: ignore[arg-type]
