"""Every figure that the bench answers for: the bar that must hold, the aim that is wanted, and which way is better."""

from typing import Literal, NamedTuple

import msgspec

Verdict = Literal["aim", "bar", "missed", "shown"]


class Target(NamedTuple):
    """`at_most` for what should be small. Without a bar a figure is only shown."""

    bar: float | None = None
    aim: float | None = None
    at_most: bool = False


class Figure(msgspec.Struct, frozen=True):
    """A measured figure and what became of it."""

    name: str
    value: float
    bar: float | None
    aim: float | None
    at_most: bool
    verdict: Verdict


TARGETS: dict[str, dict[str, Target]] = {
    "reserve-hot": {
        "rate_per_s": Target(25_000, 45_000),
        "p99_ms": Target(20, None, at_most=True),
        "times_pgbench": Target(5, 8),
        "times_one_per_request": Target(20),
        "lone_caller_times_bare_insert": Target(5, 2, at_most=True),
        "times_redis": Target(0.6, 1.0),
    },
    "reserve-spread": {"rate_per_s": Target(12_000, 25_000), "three_line_orders_per_s": Target(5_000, 10_000)},
    "reserve-http": {"rate_per_s": Target(7_000, 12_000), "of_echo": Target(0.35, 0.6)},
    "reserve-bulk": {"rate_per_s": Target(12_000, 30_000)},
    "atp": {"rate_per_s": Target(4_000, 8_000), "thousand_items_ms": Target(60, 10, at_most=True)},
    "explain": {"ms": Target(10, None, at_most=True)},
    "sync": {"p50_ms": Target(250, None, at_most=True), "p99_ms": Target(1_000, None, at_most=True)},
    "webhooks": {"rate_per_s": Target(475), "p99_ms": Target(100, None, at_most=True)},
    "alerts": {"changes_per_s": Target(950), "p50_ms": Target(), "p99_ms": Target(2_000, None, at_most=True)},
    "feed": {
        "times_bare_copy": Target(8, 4, at_most=True),
        "times_bare_copy_under_load": Target(20, None, at_most=True),
        "reservations_of_alone": Target(0.5),
        "longest_wait_ms": Target(100, None, at_most=True),
    },
    "reset": {"seconds": Target(60, None, at_most=True)},
    "scale": {
        "hot_of_small": Target(0.85),
        "spread_of_small": Target(0.70),
        "hot_500_of_10_locations": Target(0.85),
        "spread_500_of_10_locations": Target(0.70),
        "hot_50_of_5_channels": Target(0.85),
        "spread_50_of_5_channels": Target(0.70),
        "server_memory_mb": Target(300, None, at_most=True),
    },
}


def judged(bench: str, name: str, value: float) -> Figure:
    """The figure with its verdict; the best of aim, bar and missed that it reaches."""
    target = TARGETS[bench].get(name, Target())
    rounded = round(value, 3 if abs(value) < 100 else 0)
    return Figure(name, rounded, target.bar, target.aim, target.at_most, _verdict(target, value))


def _verdict(target: Target, value: float) -> Verdict:
    def reaches(limit: float) -> bool:
        return value <= limit if target.at_most else value >= limit

    if target.bar is None:
        return "shown"
    if target.aim is not None and reaches(target.aim):
        return "aim"
    return "bar" if reaches(target.bar) else "missed"
