"""What holds in every world: units add up, who asks the hub is never oversold, and without lags nothing goes wrong."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.sync.simulate.worlds import ASKS, EXACT, run, sides, sold_and_there, world, worlds
from truestock.core.replay.simulate.world import SimulatedWorld

SEEDS = st.integers(0, 1000)


@settings(max_examples=60, deadline=None)
@given(worlds(), SEEDS)
def test_sold_and_refused_are_what_was_asked_and_handed_over_is_what_is_gone(stated: SimulatedWorld, seed: int) -> None:
    report, asked = run(stated, seed), sum(sale.units for sale in stated.sales)
    for side in report.sides:
        assert side.total.asked == asked
        for figures in [side.total, *side.channels.values()]:
            assert figures.sold + figures.refused == figures.asked
            assert 0 <= figures.oversold <= figures.sold
            assert 0 <= figures.lost <= figures.refused
            assert figures.cancelled_orders <= figures.orders <= figures.sold
            assert (figures.first_oversell_s is None) == (figures.oversold == 0)
        assert (side.oversold_by_period[-1], side.lost_by_period[-1]) == (side.total.oversold, side.total.lost)
    for ran in sides(stated, seed):
        handed, gone = sold_and_there(ran)
        assert handed == gone


@settings(max_examples=60, deadline=None)
@given(worlds(), SEEDS)
def test_a_channel_that_asks_the_hub_is_never_oversold(stated: SimulatedWorld, seed: int) -> None:
    _, ours = run(stated, seed).sides
    for code, figures in ours.channels.items():
        if stated.life(code).checkout == "asks_hub":
            assert figures.oversold == 0


@settings(max_examples=30, deadline=None)
@given(worlds(st.just("asks_hub")), SEEDS)
def test_where_all_ask_the_hub_nothing_is_oversold_whatever_the_world(stated: SimulatedWorld, seed: int) -> None:
    _, ours = run(stated, seed).sides
    assert (ours.total.oversold, ours.total.cost.oversold) == (0, 0)
    assert not ours.total.limit_broken


@settings(max_examples=40, deadline=None)
@given(worlds(), SEEDS)
def test_the_hub_says_in_the_end_what_lies_on_the_auditors_shelf(stated: SimulatedWorld, seed: int) -> None:
    _, ours = sides(replace(stated, policies=(), ring_fences=(), protection=()), seed)
    for item in range(len(ours.skus)):
        assert ours.numbers[item].atps == ours.on_shelf(item)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 30), st.integers(1, 20), SEEDS)
def test_without_lags_and_losses_a_number_of_ones_own_is_as_good_as_asking(units: int, each: int, seed: int) -> None:
    codes = ("web", "market", "app")
    _, exact = run(world(dict.fromkeys(codes, EXACT), units, each), seed).sides
    _, asked = run(world(dict.fromkeys(codes, ASKS), units, each), seed).sides
    assert (exact.total.sold, exact.total.oversold, exact.total.lost) == (min(units, 3 * each), 0, 0)
    assert exact.total.staleness.wrong_percent == 0
    assert exact == asked


@settings(max_examples=30, deadline=None)
@given(worlds(), SEEDS)
def test_the_same_seed_gives_the_same_report(stated: SimulatedWorld, seed: int) -> None:
    assert run(stated, seed) == run(stated, seed)


@settings(max_examples=30, deadline=None)
@given(worlds(), SEEDS)
def test_rules_of_truestock_change_nothing_of_today(stated: SimulatedWorld, seed: int) -> None:
    without = replace(stated, policies=(), ring_fences=(), protection=())
    assert run(stated, seed).sides[0] == run(without, seed).sides[0]
