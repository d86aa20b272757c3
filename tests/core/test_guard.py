"""Guards in figures: the exact quantiles, their laws, and how often a channel that sells during a lag oversells."""

from bisect import bisect_left, bisect_right
from fractions import Fraction
from math import comb, exp, factorial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truestock.core.available.guard import UNITS_MOST, Pace, Sold, guard_units, lags_of, pace_of, within

HOUR_S = 3600.0
paces = st.floats(0, 60)
lags = st.lists(st.floats(0, 3600), min_size=1, max_size=5)
laws = settings(max_examples=60, deadline=None)
levels = st.integers(1, 99)
dispersions = st.floats(1, 6)


def poisson(mean: float, units: int) -> float:
    """At most so many are sold, term by term."""
    return sum(exp(-mean) * mean**k / factorial(k) for k in range(units + 1))


def negative_binomial(size: int, dispersion: Fraction, units: int) -> Fraction:
    """The same with variance dispersion times mean, exactly, for a whole size."""
    success = 1 / dispersion
    return sum((comb(k + size - 1, k) * success**size * (1 - success) ** k for k in range(units + 1)), Fraction(0))


@pytest.mark.parametrize("mean", [0.005, 0.011, 0.3, 1.0, 4.2, 25.0])
@pytest.mark.parametrize("percent", [50, 90, 95, 99])
def test_one_unit_an_order_is_poisson(mean: float, percent: int) -> None:
    units = guard_units(Pace(mean), [HOUR_S], percent)
    assert poisson(mean, units) >= percent / 100
    assert units == 0 or poisson(mean, units - 1) < percent / 100


@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("dispersion", [Fraction(3, 2), Fraction(3), Fraction(11, 2)])
@pytest.mark.parametrize("percent", [60, 95, 99])
def test_orders_of_many_units_are_negative_binomial(size: int, dispersion: Fraction, percent: int) -> None:
    mean = size * (dispersion - 1)
    units = guard_units(Pace(float(mean), float(dispersion)), [HOUR_S], percent)
    assert negative_binomial(size, dispersion, units) >= Fraction(percent, 100)
    assert units == 0 or negative_binomial(size, dispersion, units - 1) < Fraction(percent, 100)


def test_each_of_several_lags_is_as_likely_as_the_others() -> None:
    mixed = guard_units(Pace(6.0), [600.0, 3600.0], 90)
    likely = [(poisson(1.0, units) + poisson(6.0, units)) / 2 for units in range(mixed + 1)]
    assert likely[-1] >= 0.9 > likely[-2]


@laws
@given(paces, dispersions, lags, levels, st.integers(0, 50))
def test_a_higher_level_never_lowers_it(
    per_hour: float, dispersion: float, lags_s: list[float], percent: int, more: int
) -> None:
    pace = Pace(per_hour, dispersion)
    assert guard_units(pace, lags_s, min(99, percent + more)) >= guard_units(pace, lags_s, percent)


@laws
@given(paces, dispersions, lags, levels, st.floats(1, 3))
def test_a_longer_lag_or_a_quicker_pace_never_lowers_it(
    per_hour: float, dispersion: float, lags_s: list[float], percent: int, times: float
) -> None:
    units = guard_units(Pace(per_hour, dispersion), lags_s, percent)
    assert guard_units(Pace(per_hour, dispersion), [lag_s * times for lag_s in lags_s], percent) >= units
    assert guard_units(Pace(per_hour * times, dispersion), lags_s, percent) >= units
    one_longer = [*lags_s[:-1], lags_s[-1] * times]
    assert guard_units(Pace(per_hour, dispersion), one_longer, percent) >= units


@laws
@given(dispersions, lags, levels)
def test_nothing_sold_or_no_lag_needs_no_guard(dispersion: float, lags_s: list[float], percent: int) -> None:
    assert guard_units(Pace(0.0, dispersion), lags_s, percent) == 0
    assert guard_units(Pace(50.0, dispersion), [0.0] * len(lags_s), percent) == 0
    assert guard_units(Pace(50.0, dispersion), [], percent) == 0


def test_it_is_bounded_whatever_is_measured() -> None:
    assert guard_units(Pace(1e9), [1e6], 99) == UNITS_MOST
    assert guard_units(Pace(1e9), [0.0] * 10 + [1e6] * 10, 99) == UNITS_MOST
    assert guard_units(Pace(1e9), [0.0] * 10 + [1e6] * 10, 50) == 0
    assert 900 < guard_units(Pace(1000.0, 4.0), [HOUR_S], 50) < 1000 < guard_units(Pace(1000.0, 4.0), [HOUR_S], 99)


def test_the_last_hours_are_half_of_the_pace_and_orders_of_many_units_spread() -> None:
    pace = pace_of(Sold(336, 336.0), Sold(30, 6.0), squares=672)
    assert pace == Pace(3.0, 2.0)
    assert pace_of(Sold(0, 336.0), Sold(0, 6.0), squares=0) == Pace(0.0, 1.0)


def test_lags_add_the_slow_to_the_slow_and_a_silent_channel_is_as_late_as_it_is_silent() -> None:
    assert lags_of([60.0, 5.0], [1.0, 4.0]) == (6.0, 64.0)
    assert lags_of([60.0, 5.0], [1.0, 4.0], silent_s=30.0) == (31.0, 64.0)


def test_a_lag_is_told_in_a_few_letters() -> None:
    assert [within(seconds) for seconds in (4.4, 360.0, 5400.0, 9000.0)] == ["4 s", "6 min", "90 min", "2.5 h"]


@pytest.mark.parametrize("percent", [90, 95, 99])
@pytest.mark.parametrize(("per_hour", "sizes", "poll_s"), [(40.0, [1], 300.0), (12.0, [1, 1, 1, 4], 900.0)])
def test_a_channel_that_sells_during_its_lag_oversells_as_rarely_as_was_chosen(
    percent: int, per_hour: float, sizes: list[int], poll_s: float
) -> None:
    """Orders are read by asking every so often; at any instant the hub writes stock less what it knows less the guard,
    and all that is shown is sold: oversold are the units that the hub did not know of beyond the guard."""
    chance = Random(percent)
    span_s = 14 * 24 * HOUR_S
    sold_at, sold = [], []
    at = chance.expovariate(per_hour / HOUR_S)
    while at < span_s:
        sold_at.append(at)
        sold.append(chance.choice(sizes))
        at += chance.expovariate(per_hour / HOUR_S)
    read_at = [(at // poll_s + 1) * poll_s for at in sold_at]
    late = sorted(read - at for read, at in zip(read_at, sold_at, strict=True))
    measured = [late[int(len(late) * (2 * n + 1) / 40)] for n in range(20)]
    units, hours = sum(sold), span_s / HOUR_S
    pace = pace_of(Sold(units, hours), Sold(units, hours), sum(size * size for size in sold))
    guard = guard_units(pace, lags_of(measured, [0.0] * 20), percent)

    windows = 20_000
    unseen = []
    for _ in range(windows):
        now = chance.uniform(poll_s, span_s)
        first, last = bisect_right(read_at, now), bisect_left(sold_at, now)
        unseen.append(sum(sold[first:last]))
    oversold = sum(units > guard for units in unseen) / windows
    allowed = 1 - percent / 100
    assert oversold <= allowed + 3 * (allowed * (1 - allowed) / windows) ** 0.5 + 0.004
    one_less = sum(units > guard - 1 for units in unseen) / windows
    assert one_less > allowed * 0.5, "the guard keeps back no more than it has to"
    assert sum(units > 0 for units in unseen) / windows > 0.5, "without a guard most windows oversell"
