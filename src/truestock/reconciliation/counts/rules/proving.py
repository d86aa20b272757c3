"""A network with most of its records wrong, counted by plan and in random order: how many counts make it right. Pure.

Any movement may be booked wrongly, so what moves much is wrong sooner, and goes on becoming wrong while it is counted.
Of what the books have too many, a picker misses some when it has run out; of what they have too few, they fall below
zero. Both orders see the same sales and the same errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from math import exp, log1p
from random import Random
from typing import Final, NamedTuple

from truestock.reconciliation.counts.rules.ranking import DAY, Cell, Pace, rank
from truestock.reconciliation.counts.values import NewPlan

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
# By how many units a movement is booked wrongly: more often too many are left in the books than too few.
WRONG_BY: Final = (1, 1, 1, 2, 3, -1, -1, -2)
# As plans are made where nothing else is said.
_PLAN: Final = NewPlan("as it is made")
PACE: Final = Pace(_PLAN.a_days, _PLAN.b_days, _PLAN.c_days, _PLAN.wear, _PLAN.promotion_days)


class Setting(NamedTuple):
    """`wrong` of the items' records are wrong after `history_days` without a count; `a_day` items are counted a day.

    A fifth of the items makes four fifths of the movements."""

    items: int = 1_000
    wrong: float = 0.60
    history_days: int = 730
    a_day: int = 100
    target: float = 0.95
    days_most: int = 60


class Run(NamedTuple):
    """The share of records that are right, at the start and after each day, and the counts made until the target."""

    accuracy: tuple[float, ...]
    counts: int

    @property
    def days(self) -> int:
        """How long it took."""
        return len(self.accuracy) - 1


class Proof(NamedTuple):
    """The same network, counted both ways."""

    planned: Run
    random: Run


@dataclass(slots=True)
class Shelf:
    """An item: what the books say and what there is, what it sells a day, and what is known of it since its count."""

    item: int
    pace: float
    price: float
    booked: int
    there: int
    moves: int
    since: datetime = START
    counted: bool = False
    missed: bool = False


# Which items are counted on a day, at most so many.
Choose = Callable[[Sequence[Shelf], datetime, int], Sequence[Shelf]]


def prove(setting: Setting, chance: Callable[[], Random]) -> Proof:
    """Count a network by plan and in random order, from the same start; `chance` gives the same numbers each time."""
    order = chance().sample(range(setting.items), setting.items)
    return Proof(_run(setting, planned, chance()), _run(setting, in_order(order), chance()))


def planned(shelves: Sequence[Shelf], now: datetime, most: int) -> list[Shelf]:
    """What plans would have counted."""
    return [shelves[found.cell.item - 1] for found in rank([_cell(s) for s in shelves], PACE, now)[:most]]


def in_order(order: Sequence[int]) -> Choose:
    """One after the other, then from the first again."""
    turns = cycle(order)
    return lambda shelves, _, most: [shelves[n] for n in islice(turns, most)]


def _run(setting: Setting, choose: Choose, world: Random) -> Run:
    shelves, error = _network(setting, world)
    now = START + setting.history_days * DAY
    accuracy, counts = [_accuracy(shelves)], 0
    while accuracy[-1] < setting.target and len(accuracy) <= setting.days_most:
        now += DAY
        for shelf in shelves:
            _trade(shelf, error, world)
        wrong = sum(shelf.booked != shelf.there for shelf in shelves)
        for shelf in choose(shelves, now, setting.a_day):
            counts += 1
            wrong -= shelf.booked != shelf.there
            _count(shelf, now)
            if wrong <= setting.items * (1 - setting.target):
                break
        accuracy.append(_accuracy(shelves))
    return Run(tuple(accuracy), counts)


def _network(setting: Setting, world: Random) -> tuple[list[Shelf], float]:
    """The items after their history, and the chance of an error a movement that made so many of them wrong."""
    shelves, thresholds = [], []
    for n in range(setting.items):
        pace = exp(world.gauss(-2.6, 1.7))
        moves = max(1, round(pace * setting.history_days))
        shelves.append(Shelf(n + 1, pace, exp(world.gauss(3.0, 0.8)), 0, 0, moves))
        # The chance a movement from which on this record is wrong: 1 - (1 - chance) ** moves = a number drawn.
        thresholds.append(1 - exp(log1p(-world.random()) / moves))
    error = sorted(thresholds)[round(setting.wrong * setting.items) - 1]
    for shelf, threshold in zip(shelves, thresholds, strict=True):
        level, off = _level(shelf), world.choice(WRONG_BY)
        shelf.there = world.randint(1, 2 * level)
        shelf.booked = shelf.there + (off if threshold <= error else 0)
    return shelves, error


def _trade(shelf: Shelf, error: float, world: Random) -> None:
    """A day: what is sold leaves both, is sometimes booked wrongly, and is filled up. It draws the same three numbers
    whatever was counted, so that both orders see the same day."""
    wanted, luck, off = _poisson(shelf.pace, world.random()), world.random(), world.choice(WRONG_BY)
    sold = min(wanted, max(0, shelf.booked))
    left = min(sold, shelf.there)
    shelf.missed |= left < sold
    shelf.booked -= left
    shelf.there -= left
    shelf.moves += wanted
    if wanted and luck < 1 - (1 - error) ** wanted:
        shelf.booked += off
    if shelf.booked <= _level(shelf) // 2:
        filled = 2 * _level(shelf)
        shelf.booked += filled
        shelf.there += filled


def _count(shelf: Shelf, now: datetime) -> None:
    shelf.booked, shelf.moves, shelf.since = shelf.there, 0, now
    shelf.counted, shelf.missed = True, False


def _cell(shelf: Shelf) -> Cell:
    """What planning sees: never what there is."""
    value = shelf.pace * shelf.price * 90
    below = shelf.booked < 0
    return Cell(0, shelf.item, 1, "", value, shelf.moves, shelf.since, shelf.counted, below, shelf.missed, None)


def _level(shelf: Shelf) -> int:
    """Units of two weeks."""
    return max(2, round(shelf.pace * 14))


def _accuracy(shelves: Sequence[Shelf]) -> float:
    return sum(shelf.booked == shelf.there for shelf in shelves) / len(shelves)


def _poisson(mean: float, drawn: float) -> int:
    """The number whose share of a Poisson distribution the drawn one falls into."""
    number, share = 0, exp(-mean)
    upto = share
    while drawn > upto and number < 1_000:
        number += 1
        share *= mean / number
        upto += share
    return number
