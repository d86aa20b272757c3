"""What a simulation came to, in one form for both sides; money in whole currency units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from truestock.core.replay.simulate.scene import Scene
from truestock.core.replay.simulate.score import PERIODS, Money, Score, Tally, money_of
from truestock.core.replay.simulate.staleness import Staleness, Watch


@dataclass(frozen=True, slots=True)
class Cost:
    """Of cancelled orders: fees, service, lost customers, lost margin, and their sum; beside it, lost sales' margin."""

    fees: float
    service: float
    lost_customers: float
    lost_margin: float
    oversold: float
    lost_sales: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts are units unless they say orders. `limit_percent` of the orders may be cancelled; None for all channels
    together, where `limit_broken` says whether one of them broke its own."""

    asked: int
    sold: int
    refused: int
    lost: int
    oversold: int
    given_back: int
    orders: int
    cancelled_orders: int
    cancelled_percent: float
    limit_percent: float | None
    limit_broken: bool
    first_oversell_s: float | None
    cost: Cost
    staleness: Staleness


@dataclass(frozen=True, slots=True)
class Look:
    """What a channel showed at an instant, all items together, and what could have been delivered."""

    at_s: float
    channel: str
    shown: int
    truth: int


@dataclass(frozen=True, slots=True)
class Side:
    """One way to keep the channels in step. The last two are units summed up to the end of each period."""

    name: str
    total: Figures
    channels: Mapping[str, Figures]
    looks: tuple[Look, ...]
    oversold_by_period: tuple[int, ...]
    lost_by_period: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Both sides of a world over the same orders."""

    world: str
    seed: int
    currency: str
    items: int
    opening_units: int
    span_s: float
    period_s: float
    sides: tuple[Side, ...]
    notes: tuple[str, ...] = ()


def side_report(name: str, scene: Scene, score: Score, watch: Watch, looks: Sequence[Look]) -> Side:
    """The figures of a side whose run is over."""
    span, items = scene.end_s, len(scene.stage.items)
    stale = watch.figures(span, items)
    moneys = [money_of(tally, costs) for tally, costs in zip(score.tallies, scene.costs, strict=True)]
    channels = {
        channel.code: _figures(tally, money, seen, life.cancel_limit_percent)
        for channel, life, tally, money, seen in zip(
            scene.stage.channels, scene.lives, score.tallies, moneys, stale, strict=True
        )
    }
    total = _figures(sum(score.tallies, Tally()), sum(moneys, Money()), watch.total(span, items), None)
    total = replace(total, limit_broken=any(figures.limit_broken for figures in channels.values()))
    oversold, lost = tuple(accumulate(score.oversold_in)), tuple(accumulate(score.lost_in))
    return Side(name, total, channels, tuple(looks), oversold, lost)


def report(name: str, seed: int, scene: Scene, sides: Sequence[Side], notes: Sequence[str] = ()) -> Report:
    """Both sides together."""
    return Report(
        world=name,
        seed=seed,
        currency=scene.world.currency,
        items=len(scene.stage.items),
        opening_units=sum(scene.stage.opening.values()),
        span_s=scene.end_s,
        period_s=scene.end_s / PERIODS,
        sides=tuple(sides),
        notes=tuple(notes),
    )


def _figures(tally: Tally, money: Money, stale: Staleness, limit: float | None) -> Figures:
    percent = 100 * tally.cancelled / tally.orders if tally.orders else 0.0
    return Figures(
        asked=tally.asked,
        sold=tally.sold,
        refused=tally.asked - tally.sold,
        lost=tally.lost,
        oversold=tally.oversold,
        given_back=tally.given_back,
        orders=tally.orders,
        cancelled_orders=tally.cancelled,
        cancelled_percent=percent,
        limit_percent=limit,
        limit_broken=limit is not None and percent > limit,
        first_oversell_s=tally.first_oversell_s,
        cost=Cost(
            money.fees / 100,
            money.service / 100,
            money.lost_customers / 100,
            money.lost_margin / 100,
            money.oversold / 100,
            money.lost_sales / 100,
        ),
        staleness=stale,
    )
