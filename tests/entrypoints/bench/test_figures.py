"""Verdicts, medians and the table of targets."""

import pytest

from truestock.entrypoints.bench.all import BENCHES
from truestock.entrypoints.bench.figures.result import BenchFailed, Sample, result_of, sample_of
from truestock.entrypoints.bench.figures.targets import TARGETS, judged


@pytest.mark.parametrize(
    ("bench", "name", "value", "verdict"),
    [
        ("reserve-hot", "rate_per_s", 45_000, "aim"),
        ("reserve-hot", "rate_per_s", 44_999, "bar"),
        ("reserve-hot", "rate_per_s", 24_999, "missed"),
        ("reserve-hot", "p99_ms", 20, "bar"),
        ("reserve-hot", "p99_ms", 20.1, "missed"),
        ("atp", "thousand_items_ms", 9, "aim"),
        ("explain", "ms", 10.5, "missed"),
        ("explain", "nobody asked for", 1, "shown"),
    ],
)
def test_a_figure_says_whether_it_is_reached(bench: str, name: str, value: float, verdict: str) -> None:
    assert judged(bench, name, value).verdict == verdict


def test_every_bench_has_targets() -> None:
    assert TARGETS.keys() == BENCHES.keys()


def test_a_result_is_the_median_of_its_rounds() -> None:
    rounds = [Sample(rate, 1, 2, 10) for rate in (30_000, 10_000, 20_000)]
    result = result_of("reserve-hot", rounds, figures={"rate_per_s": 20_000}, ratios={"times_pgbench": 4})
    assert (result.rate_per_s, result.ms) == (20_000, None)
    assert result.missed == ["rate_per_s", "times_pgbench"]


def test_latencies_make_a_sample() -> None:
    sample = sample_of([n / 1000 for n in range(1, 101)], elapsed_s=2)
    assert (sample.rate_per_s, sample.p50_ms, sample.p99_ms) == (50, 51, 100)


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(BenchFailed):
        sample_of([], 1)
