"""A made-up season of a made-up company: as many orders as asked for, with rush hours, hot items and flash sales.

`chance` is any source of numbers in [0, 1), say `random.Random(7).random`: the same numbers give the same season."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

from truestock.core.replay.chance import Chance, Wheel
from truestock.core.replay.company.assortment import assortment
from truestock.core.replay.company.setting import CHANNELS, HABITS, LOCATIONS, Habit
from truestock.core.replay.demand import apportion
from truestock.core.replay.events import Item, LatLng, Line, OrderEvent, World
from truestock.core.replay.season import Season, slots

_LINES_MAX = 40
_FLASH_LINES_SHARE = 0.6
_FLASH_COVER = 0.7
_COVER_MIN, _COVER_MAX = 0.8, 1.1


class Replay(NamedTuple):
    """A world and the events that happen in it, in order of time; `events` draws on `chance` while it is read."""

    world: World
    events: Iterator[OrderEvent]


class _Buyer(NamedTuple):
    """A channel's habit made ready for drawing."""

    channel: str
    habit: Habit
    lines: Wheel[int]
    quantities: Wheel[int]


def generate(season: Season, chance: Chance) -> Replay:
    """A season whose stock covers 80 to 110 percent of what will be asked for, and less of the flash sales' items."""
    items = assortment(season.items)
    ranking = sorted(items, key=lambda _: chance())
    opening = _opening(season, ranking, chance)
    return Replay(World(items, LOCATIONS, CHANNELS, opening), _events(season, ranking, chance))


def _opening(season: Season, ranking: Sequence[Item], chance: Chance) -> dict[tuple[str, str], int]:
    hot = 2 * len(season.flash_sales)
    covers = [
        _FLASH_COVER if rank < hot else _COVER_MIN + (_COVER_MAX - _COVER_MIN) * chance()
        for rank in range(len(ranking))
    ]
    opening: Counter[tuple[str, str]] = Counter()
    for channel in CHANNELS:
        weights = [1 / position for position in range(1, len(channel.locations) + 1)]
        expected = _expected(season, _buyer(channel.code, len(ranking)), len(ranking))
        for item, units, cover in zip(ranking, expected, covers, strict=True):
            for location, share in zip(channel.locations, apportion(round(units * cover), weights), strict=True):
                opening[item.sku, location] += share
    return dict(opening)


def _expected(season: Season, buyer: _Buyer, items: int) -> list[float]:
    """The units that a channel's customers will ask for, on average, of each item from the hottest down."""
    shares = _popularity(items)
    units = [0.0] * items
    order_units = buyer.lines.mean(float) * buyer.quantities.mean(float)
    steady = 0.0
    for slot in slots(season):
        asked = slot.orders * slot.weights[buyer.channel] / (sum(slot.weights.values()) or 1) * order_units
        flash = asked * _FLASH_LINES_SHARE if slot.sale is not None and buyer.habit.flash else 0.0
        steady += asked - flash
        if slot.sale is not None:
            for rank in (2 * slot.sale, 2 * slot.sale + 1):
                units[rank] += flash / 2
    return [flash + steady * share / sum(shares) for flash, share in zip(units, shares, strict=True)]


def _events(season: Season, ranking: Sequence[Item], chance: Chance) -> Iterator[OrderEvent]:
    """The orders, and at their time the returns and cancels that follow from them within the season."""
    later: list[tuple[datetime, int, OrderEvent]] = []
    end = season.start + season.span
    for number, order in enumerate(_orders(season, ranking, chance)):
        while later and later[0][0] <= order.at:
            yield heappop(later)[2]
        yield order
        back = _regret(season, order, chance)
        if back is not None and back.at < end:
            heappush(later, (back.at, number, back))
    while later:
        yield heappop(later)[2]


def _regret(season: Season, order: OrderEvent, chance: Chance) -> OrderEvent | None:
    fate = chance()
    if fate < season.returns_share:
        at = order.at + season.span * (0.02 + 0.2 * chance())
        return replace(order, at=at, kind="return", ref=f"{order.ref}-R", lines=order.lines[:1])
    if fate < season.returns_share + season.cancels_share:
        return replace(order, at=order.at + min(season.span * 0.01, timedelta(hours=1)) * chance(), kind="cancel")
    return None


def _orders(season: Season, ranking: Sequence[Item], chance: Chance) -> Iterator[OrderEvent]:
    buyers = {code: _buyer(code, len(ranking)) for code in HABITS}
    popular = Wheel({item.sku: share for item, share in zip(ranking, _popularity(len(ranking)), strict=True)})
    number = 0
    for slot in slots(season):
        if not slot.orders:
            continue
        channels = Wheel(slot.weights)
        offers = [] if slot.sale is None else [item.sku for item in ranking[2 * slot.sale : 2 * slot.sale + 2]]
        for moment in sorted([chance() for _ in range(slot.orders)]):
            buyer = buyers[channels.at(chance())]
            number += 1
            lines = _basket(buyer, popular, offers if buyer.habit.flash else [], chance)
            place = _somewhere(buyer.habit.homes, chance)
            ref = f"{buyer.channel}-{number:07d}"
            yield OrderEvent(slot.start + slot.length * moment, buyer.channel, ref, "order", lines, place)


def _buyer(channel: str, items: int) -> _Buyer:
    habit = HABITS[channel]
    more = 1 - 1 / habit.lines_mean
    lines = {count: more**count for count in range(1, min(_LINES_MAX, items) + 1)}
    return _Buyer(channel, habit, Wheel(lines), Wheel(habit.quantities))


def _popularity(items: int) -> list[float]:
    """Zipf-like weights from the hottest item down, flat at the head as in the data: no item is a hit alone."""
    return [1 / (rank + 5) for rank in range(1, items + 1)]


def _basket(buyer: _Buyer, popular: Wheel[str], offers: Sequence[str], chance: Chance) -> tuple[Line, ...]:
    wanted: dict[str, int] = {}
    for _ in range(buyer.lines.at(chance())):
        flash = bool(offers) and chance() < _FLASH_LINES_SHARE
        sku = offers[int(chance() * len(offers))] if flash else popular.at(chance())
        wanted[sku] = wanted.get(sku, 0) + buyer.quantities.at(chance())
    return tuple([Line(sku, qty) for sku, qty in wanted.items()])


def _somewhere(homes: Sequence[LatLng], chance: Chance) -> LatLng | None:
    """Near one of the towns, to about ten miles."""
    if not homes:
        return None
    home = homes[int(chance() * len(homes))]
    return LatLng(round(home.lat + 0.3 * (chance() - 0.5), 5), round(home.lng + 0.3 * (chance() - 0.5), 5))
