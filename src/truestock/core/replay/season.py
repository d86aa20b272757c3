"""How many orders come when: a season cut into short slots, by the hours, weekdays and flash sales of its channels."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from truestock.core.replay.company.setting import HABITS, Habit

_SLOTS_MIN = 200


@dataclass(frozen=True, slots=True)
class FlashSale:
    """Two hot items at a low price: `begins` and `lasts` are shares of the season, `rush` multiplies the orders."""

    begins: float
    lasts: float = 0.02
    rush: float = 4.0


@dataclass(frozen=True, slots=True)
class Season:
    """What to generate. Shares are of orders; returns and cancels come on top of `orders`, later than theirs."""

    orders: int
    start: datetime
    span: timedelta = timedelta(days=14)
    items: int = 200
    returns_share: float = 0.02
    cancels_share: float = 0.01
    flash_sales: tuple[FlashSale, ...] = (FlashSale(0.25), FlashSale(0.5), FlashSale(0.8))

    def __post_init__(self) -> None:
        if self.orders < 1 or self.span <= timedelta() or self.start.tzinfo is None:
            raise ValueError("a season needs orders, a length, and a start with a time zone")
        if self.items < 2 * len(self.flash_sales):
            raise ValueError("every flash sale needs two items of its own")


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the season: its orders, each channel's share of them as weights, and which flash sale is on."""

    start: datetime
    length: timedelta
    orders: int
    weights: dict[str, float]
    sale: int | None


def slots(season: Season) -> Iterator[Slot]:
    """The slots in order, at most an hour each; their orders add up to the season's."""
    count = max(_SLOTS_MIN, math.ceil(season.span / timedelta(hours=1)))
    length = season.span / count
    starts = [season.start + length * number for number in range(count)]
    sales = [_sale_at(season, (number + 0.5) / count) for number in range(count)]
    weights = [_weights(season, start, sale) for start, sale in zip(starts, sales, strict=True)]
    running = list(accumulate(sum(slot.values()) for slot in weights))
    done = 0
    for start, sale, pulls, reached in zip(starts, sales, weights, running, strict=True):
        # Rounding the running total, not each slot, so that nothing is lost on the way.
        upto = round(season.orders * reached / running[-1])
        yield Slot(start, length, upto - done, pulls, sale)
        done = upto


def _weights(season: Season, start: datetime, sale: int | None) -> dict[str, float]:
    rush = 1.0 if sale is None else season.flash_sales[sale].rush
    return {code: _pull(habit, start) * (rush if habit.flash else 1.0) for code, habit in HABITS.items()}


def _pull(habit: Habit, start: datetime) -> float:
    hour = habit.hours[start.hour] / sum(habit.hours)
    return habit.share * hour * habit.weekdays[start.weekday()] / sum(habit.weekdays)


def _sale_at(season: Season, share: float) -> int | None:
    on = (number for number, sale in enumerate(season.flash_sales) if sale.begins <= share < sale.begins + sale.lasts)
    return next(on, None)
