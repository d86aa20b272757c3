"""What one bench answers: its main figure, all figures judged, and the rounds they are medians of."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

import msgspec

from truestock.entrypoints.bench.figures.targets import Figure, judged


class Sample(msgspec.Struct, frozen=True):
    """One round of one kind of load; `batch` is how many commands a transaction took on average, and `worst_ms` what
    the slowest answer took."""

    rate_per_s: float
    p50_ms: float
    p99_ms: float
    count: int
    batch: float = 1.0
    worst_ms: float = 0.0


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """`rate_per_s` or `ms` is the main figure; `rounds` are what it is the median of."""

    name: str
    p50_ms: float
    p99_ms: float
    ratios: dict[str, float]
    figures: list[Figure]
    rounds: list[Sample]
    rate_per_s: float | None = None
    ms: float | None = None
    measured: dict[str, float] = {}
    notes: list[str] = []

    @property
    def missed(self) -> list[str]:
        """Figures below their bar."""
        return [figure.name for figure in self.figures if figure.verdict == "missed"]


class BenchFailed(Exception):
    """What was measured did not do what it should, so that no figure of it means anything."""


def sample_of(latencies_s: Sequence[float], elapsed_s: float, batch: float = 1.0) -> Sample:
    """A round from its latencies."""
    if not latencies_s:
        raise BenchFailed("nothing was answered in the time given; measure for longer")
    ordered = sorted(latencies_s)
    return Sample(
        rate_per_s=round(len(ordered) / elapsed_s, 1),
        p50_ms=round(ordered[len(ordered) // 2] * 1000, 3),
        p99_ms=round(ordered[int(len(ordered) * 0.99)] * 1000, 3),
        count=len(ordered),
        batch=round(batch, 1),
        worst_ms=round(ordered[-1] * 1000, 3),
    )


def mid(values: Iterable[float]) -> float:
    """The median."""
    return float(median(values))


def result_of(
    name: str,
    rounds: Sequence[Sample],
    *,
    figures: Mapping[str, float],
    ratios: Mapping[str, float] | None = None,
    measured: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
    ms: float | None = None,
) -> Result:
    """A result whose rate and latencies are the medians of its rounds; `ms`, when given, is the main figure instead."""
    rate = mid(sample.rate_per_s for sample in rounds)
    p50, p99 = mid(sample.p50_ms for sample in rounds), mid(sample.p99_ms for sample in rounds)
    return Result(
        name=name,
        p50_ms=p50,
        p99_ms=p99,
        ratios={key: round(value, 3) for key, value in (ratios or {}).items()},
        figures=[judged(name, key, value) for key, value in {**figures, **(ratios or {})}.items()],
        rounds=list(rounds),
        rate_per_s=None if ms is not None else rate,
        ms=ms,
        measured={key: round(value, 3) for key, value in (measured or {}).items()},
        notes=list(notes),
    )
