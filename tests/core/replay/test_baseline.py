"""The old way of selling: what it shows, what it sells twice, and how stale its numbers are."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.replay.worlds import DC, MUG, START, event, flash_sale, two_shops
from truestock.core.replay.baseline import NEVER, Baseline, Sync, every, nightly
from truestock.core.replay.events import Channel, OrderEvent, World
from truestock.core.replay.report import Figures

EACH_SECOND = Sync("each second", timedelta(seconds=1))


def sell(baseline: Baseline, *events: OrderEvent) -> Figures:
    for one in events:
        baseline.offer(one)
    return baseline.report().total


def test_without_synchronisation_the_flash_sale_leaves_three_numbers_and_none_is_the_truth() -> None:
    baseline = Baseline(flash_sale(), NEVER)
    sales = [("web", 312), ("marketplace", 89), ("quick", 47)]
    total = sell(baseline, *(event(channel, n, MUG=qty) for n, (channel, qty) in enumerate(sales)))
    after = START + timedelta(seconds=9)
    assert [baseline.shown(channel, "MUG", after) for channel, _ in sales] == [535, 758, 77]
    assert (total.sold, total.oversold) == (448, 0)
    assert 847 - total.sold == 399


def test_the_units_promised_on_top_of_the_truth_are_then_sold_twice() -> None:
    baseline = Baseline(flash_sale(), NEVER)
    total = sell(baseline, event("web", 0, MUG=847), event("marketplace", 1, MUG=847), event("quick", 2, MUG=124))
    assert (total.sold, total.oversold, total.oversold_orders) == (1818, 1818 - 847, 2)


def test_synchronising_in_time_makes_the_same_orders_harmless() -> None:
    orders = event("left", 0, MUG=7), event("right", 400, MUG=7)
    assert sell(Baseline(two_shops(), NEVER), *orders).oversold == 4
    synchronised = sell(Baseline(two_shops(), every(5)), *orders)
    assert (synchronised.sold, synchronised.refused, synchronised.oversold) == (10, 4, 0)


def test_copies_stay_as_they_are_between_two_refreshes() -> None:
    orders = event("left", 301, MUG=7), event("right", 599, MUG=7)
    assert sell(Baseline(two_shops(), every(5)), *orders).oversold == 4


@pytest.mark.parametrize(("hour", "oversold"), [(10, 0), (13, 4)])
def test_a_nightly_refresh_happens_at_its_hour(hour: int, oversold: int) -> None:
    orders = event("left", 9 * 3600, MUG=7), event("right", 12 * 3600, MUG=7)
    assert sell(Baseline(two_shops(), nightly(hour)), *orders).oversold == oversold


def test_a_sale_is_lost_where_the_number_is_too_low() -> None:
    baseline = Baseline(two_shops(), NEVER)
    total = sell(baseline, event("left", 0, MUG=10), event("left", 1, kind="return", MUG=6), event("right", 2, MUG=10))
    assert (total.returned, total.oversold, total.lost) == (6, 4, 0)
    baseline = Baseline(two_shops(), every(5))
    total = sell(
        baseline,
        event("left", 0, MUG=10),
        event("right", 300, MUG=1),
        event("left", 301, kind="return", MUG=6),
        event("right", 302, MUG=8),
    )
    assert (total.refused, total.lost) == (9, 6)


def test_staleness_counts_from_the_moment_the_shown_number_stopped_being_true() -> None:
    baseline = Baseline(two_shops(), NEVER)
    total = sell(baseline, *(event(channel, at, MUG=1) for channel, at in [("left", 0), ("left", 60), ("right", 100)]))
    assert (total.samples, total.stale_max_seconds) == (3, 100.0)
    assert total.error_mean_units == pytest.approx(2 / 3)
    assert total.stale_mean_seconds == pytest.approx(100 / 3)
    assert total.stale_p95_seconds == pytest.approx(100, rel=0.01)


def test_a_number_that_becomes_true_again_by_luck_is_not_stale() -> None:
    baseline = Baseline(two_shops(), NEVER)
    sell(baseline, event("left", 0, MUG=1), event("left", 10, kind="cancel", MUG=1), event("right", 50, MUG=1))
    assert baseline.report().channels["right"].stale_max_seconds == 0


def test_nobody_brings_back_what_was_never_handed_over() -> None:
    baseline = Baseline(two_shops(mugs=3), NEVER)
    total = sell(baseline, event("left", 0, MUG=5), event("left", 1, kind="return", MUG=5, JAR=2))
    assert total.returned == 3


skus = st.sampled_from(["MUG", "JAR"])
orders = st.lists(
    st.tuples(st.sampled_from(["left", "right"]), st.integers(1, 90), skus, st.integers(1, 9)), max_size=40
)


def stream(drawn: list[tuple[str, int, str, int]]) -> list[OrderEvent]:
    clock, events = 0, []
    for channel, pause, sku, qty in drawn:
        clock += pause
        events.append(event(channel, clock, MUG=qty) if sku == "MUG" else event(channel, clock, JAR=qty))
    return events


@given(orders, st.sampled_from([NEVER, every(1), every(5), nightly(), EACH_SECOND]))
def test_every_unit_asked_is_sold_or_refused_and_channels_add_up(
    drawn: list[tuple[str, int, str, int]], sync: Sync
) -> None:
    baseline = Baseline(two_shops(20, 20), sync)
    total = sell(baseline, *stream(drawn))
    channels = baseline.report().channels.values()
    assert total.sold + total.refused == total.asked == sum(qty for *_, qty in drawn)
    assert total.asked == sum(one.asked for one in channels)
    assert total.oversold == sum(one.oversold for one in channels)
    assert total.lost <= total.refused
    assert total.sold - total.oversold <= 40


@given(orders)
def test_synchronised_after_every_order_nothing_is_oversold_lost_or_stale(
    drawn: list[tuple[str, int, str, int]],
) -> None:
    total = sell(Baseline(two_shops(20, 20), EACH_SECOND), *stream(drawn))
    assert (total.oversold, total.lost, total.stale_max_seconds or 0, total.error_mean_units or 0) == (0, 0, 0, 0)


@given(orders)
def test_one_channel_alone_never_oversells(drawn: list[tuple[str, int, str, int]]) -> None:
    world = World((MUG,), (DC,), (Channel("left", "Left", ("DC",)),), {("MUG", "DC"): 20})
    alone = [event("left", n, MUG=qty) for n, (*_, qty) in enumerate(drawn)]
    assert sell(Baseline(world, NEVER), *alone).oversold == 0


@given(orders, st.sampled_from([every(1), every(5), nightly(), EACH_SECOND]))
def test_without_returns_no_synchronisation_sells_more_than_none(
    drawn: list[tuple[str, int, str, int]], sync: Sync
) -> None:
    events = stream(drawn)
    assert (
        sell(Baseline(two_shops(20, 20), NEVER), *events).sold >= sell(Baseline(two_shops(20, 20), sync), *events).sold
    )
