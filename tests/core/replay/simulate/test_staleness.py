"""How wrong shown numbers were: spells, shares of time, and numbers beyond the truth."""

import pytest

from truestock.core.replay.simulate.staleness import Watch


def begun() -> Watch:
    watch = Watch(2)
    watch.begin(0, [10, 10], [10, 10], [10, 10])
    return watch


def test_a_spell_is_the_units_by_which_a_number_was_wrong_times_the_seconds() -> None:
    watch = begun()
    watch.tell(0, 10.0, [8, 10], [8, 8], [8, 8])  # the second channel has not heard
    watch.tell(0, 15.0, [5, 10], [5, 5], [5, 5])
    watch.show(0, 20.0, 1, 5)
    watch.end(100.0)
    right, late = watch.figures(100.0, 1)
    assert (right.spells, right.wrong_percent, right.beyond_truth_percent) == (0, 0, 0)
    assert late.spells == 1
    assert late.max_unit_s == pytest.approx(5 * 2 + 5 * 5)
    assert (late.wrong_percent, late.beyond_truth_percent) == (10.0, 10.0)


def test_a_number_below_the_truth_is_wrong_and_not_beyond_it() -> None:
    watch = begun()
    watch.tell(0, 0.0, [4, 10], [10, 10], [10, 10])
    watch.end(50.0)
    low, _ = watch.figures(100.0, 1)
    assert (low.spells, low.max_unit_s, low.wrong_percent, low.beyond_truth_percent) == (1, 300.0, 50.0, 0.0)


def test_percentiles_are_of_the_spells_to_one_percent() -> None:
    watch = begun()
    for n in range(100):
        watch.show(0, n * 1000.0, 0, 9)
        watch.show(0, n * 1000.0 + n + 1, 0, 10)
    watch.end(1e6)
    (figures, _), total = watch.figures(1e6, 1), watch.total(1e6, 1)
    assert figures.p50_unit_s == pytest.approx(50, rel=0.02)
    assert figures.p95_unit_s == pytest.approx(95, rel=0.02)
    assert figures.max_unit_s == pytest.approx(100)
    assert total.spells == 100
    assert total.wrong_percent == pytest.approx(figures.wrong_percent / 2)


def test_shares_of_time_are_of_all_items() -> None:
    watch = begun()
    watch.show(0, 0.0, 0, 9)
    watch.end(100.0)
    assert watch.figures(100.0, 4)[0].wrong_percent == 25.0
