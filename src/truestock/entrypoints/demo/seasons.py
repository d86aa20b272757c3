"""The demo's days: twelve busy hours each, sold from too little stock that lorries fill up all day long."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import count
from operator import attrgetter
from random import Random

from truestock.core.replay.events import Delivery, Line, World
from truestock.core.replay.generate import generate
from truestock.core.replay.season import FlashSale, Season
from truestock.feeds.replay import Happening, Pace

SEED = 847
PACE = Pace(speed=72.0, at_once=64, pause_max_s=3.0)  # a day of twelve hours in ten minutes
ORDERS = 18_000
ITEMS = 48
_FIRST_DAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
_OPEN_FOR = timedelta(hours=12)
_OPENING_SHARE = 0.08  # of what a day will have to sell; the rest comes in by lorry
_ROUNDS = 24
_BEFORE_OPENING = timedelta(hours=1)
_BETWEEN_ROUNDS = _OPEN_FOR / (_ROUNDS + 1)
_BETWEEN_LORRIES = timedelta(minutes=3)
_SALES = tuple(FlashSale(begins, lasts=0.04, rush=5.0) for begins in (0.02, 0.2, 0.4, 0.6, 0.8))

Left = Callable[[], Mapping[tuple[str, str], int]]


def company() -> World:
    """The company on its first morning."""
    world = _day(0)[0]
    return replace(world, opening={cell: round(units * _OPENING_SHARE) for cell, units in world.opening.items()})


def days(left: Left) -> Iterator[Happening]:
    """What happens, day after day without end. `left` tells what lies on the shelves at the end of a day."""
    for number in count():
        world, orders = _day(number)
        morning = _FIRST_DAY + timedelta(days=number)
        if number:
            yield from _filled_up(world, morning - _BEFORE_OPENING, left())
        numbered = (replace(order, ref=f"{morning:%y%m%d}-{order.ref}") for order in orders)
        yield from merge(numbered, _lorries(world, morning), key=attrgetter("at"))


def _day(number: int) -> tuple[World, Iterator[Happening]]:
    season = Season(
        ORDERS, _FIRST_DAY + timedelta(days=number), _OPEN_FOR, ITEMS, returns_share=0.015, flash_sales=_SALES
    )
    world, orders = generate(season, Random(SEED + number).random)  # noqa: S311  the same season on every machine
    return world, orders


def _filled_up(world: World, at: datetime, left: Mapping[tuple[str, str], int]) -> Iterator[Delivery]:
    """What is missing on the shelves for a new day."""
    missing = {
        cell: gap
        for cell, units in world.opening.items()
        if (gap := round(units * _OPENING_SHARE) - left.get(cell, 0)) > 0
    }
    for place, lines in _by_place(missing).items():
        yield Delivery(at, f"PO-{at:%y%m%d}-{place}", place, lines)


def _lorries(world: World, morning: datetime) -> Iterator[Delivery]:
    share = (1 - _OPENING_SHARE) / _ROUNDS
    cargo = _by_place({cell: units for cell, full in world.opening.items() if (units := round(full * share))})
    for number in range(_ROUNDS):
        for position, (place, lines) in enumerate(cargo.items()):
            at = morning + (number + 1) * _BETWEEN_ROUNDS + position * _BETWEEN_LORRIES
            yield Delivery(at, f"PO-{morning:%y%m%d}-{place}-{number + 1}", place, lines)


def _by_place(units: Mapping[tuple[str, str], int]) -> dict[str, tuple[Line, ...]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for (sku, place), qty in units.items():
        found[place].append(Line(sku, qty))
    return {place: tuple(lines) for place, lines in found.items()}
