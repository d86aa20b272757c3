"""The orders of a simulation, read as often as wanted and never all held: an order file's, a season's, or only flash
sales; and the scene that they imply."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from operator import attrgetter
from random import Random
from typing import NamedTuple

from truestock.core.problems import Invalid
from truestock.core.replay.chance import Chance
from truestock.core.replay.demand import PLAIN_LOCATIONS, derive_world
from truestock.core.replay.events import Location, OrderEvent, World
from truestock.core.replay.generate import generate
from truestock.core.replay.season import Season
from truestock.core.replay.simulate.scene import Chances, Scene, dressed, flash_sales, own_stage, place_of
from truestock.core.replay.simulate.world import SimulatedWorld
from truestock.feeds.order_files.order_file import OrderFile


class Play(NamedTuple):
    """A scene and the events that happen in it, `length` of them; read them as often as you like."""

    scene: Scene
    events: Iterable[OrderEvent]
    length: int


def chances_of(seed: int) -> Chances:
    """Named sources of chance: the same seed and name give the same numbers in every process."""

    def chance(name: str) -> Chance:
        return Random(f"{seed} {name}").random  # noqa: S311  chance for a simulation, no secret

    return chance


def play(world: SimulatedWorld, seed: int, file: OrderFile | None = None, limit: int | None = None) -> Play:
    """The scene and orders of a world: those of the file if there is one, else of its season, else its flash sales.

    Raises Invalid, OrderFileError."""
    chances = chances_of(seed)
    if file is not None:
        return _of_file(world, chances, file, limit)
    if world.season is not None:
        return _of_season(world, seed, chances)
    stage = own_stage(world)
    sales = flash_sales(world, stage, world.starts_at, "", chances)
    return _play(world, stage, world.starts_at, _Seen(), (), sales)


class _Again:
    """A stream that starts anew each time."""

    def __init__(self, begin: Callable[[], Iterable[OrderEvent]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[OrderEvent]:
        return iter(self._begin())


class _Seen:
    """What one pass over the orders tells."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.cancels: set[tuple[str, str]] = set()
        self.wanted: Counter[str] = Counter()
        self.count = 0

    def watch(self, events: Iterable[OrderEvent]) -> Iterator[OrderEvent]:
        """Pass the events on, and remember."""
        for event in events:
            self.count += 1
            self.first = event.at if self.first is None else min(self.first, event.at)
            self.last = event.at if self.last is None else max(self.last, event.at)
            if event.kind == "cancel":
                self.cancels.add((event.channel, event.ref))
            elif event.kind == "order":
                self.wanted.update(dict(event.lines))
            yield event

    @property
    def hottest(self) -> str:
        """The item that was wanted most; of equals the first by SKU."""
        return min(self.wanted, key=lambda sku: (-self.wanted[sku], sku), default="")


def _of_file(world: SimulatedWorld, chances: Chances, file: OrderFile, limit: int | None) -> Play:
    seen = _Seen()
    events = _Again(lambda: islice(file, limit))
    places: Sequence[Location] = tuple(place_of(place) for place in world.locations)
    stocked_at = None if places else getattr(file, "stocked_at", None)
    places = places or getattr(file, "locations", None) or PLAIN_LOCATIONS
    stage = derive_world(seen.watch(events), world.cover, places, stocked_at)
    if seen.first is None:
        raise Invalid("orders", "the file has no order that can be read")
    return _on_top(world, stage, seen, events, chances)


def _of_season(world: SimulatedWorld, seed: int, chances: Chances) -> Play:
    assert world.season is not None, "asked for by its presence"
    told = Season(world.season.orders, world.starts_at, timedelta(days=world.season.days), world.season.items)

    def begin() -> Iterable[OrderEvent]:
        return generate(told, Random(seed).random).events  # noqa: S311  chance for a made-up season, no secret

    seen, stage = _Seen(), generate(told, Random(seed).random).world  # noqa: S311  as above
    for _ in seen.watch(begin()):
        pass
    return _on_top(world, stage, seen, _Again(begin), chances)


def _on_top(world: SimulatedWorld, stage: World, seen: _Seen, events: Iterable[OrderEvent], chances: Chances) -> Play:
    """The world file's dress and flash sales over orders that came from elsewhere."""
    assert seen.first is not None, "a season and a file that was read have orders"
    stage = dressed(world, stage)
    sales = flash_sales(world, stage, seen.first, seen.hottest, chances)
    return _play(world, stage, seen.first, seen, events, sales)


def _play(
    world: SimulatedWorld,
    stage: World,
    start: datetime,
    seen: _Seen,
    events: Iterable[OrderEvent],
    sales: Sequence[OrderEvent],
) -> Play:
    last = max([at for at in (seen.last, *(sale.at for sale in sales[-1:])) if at is not None])
    scene = Scene(world, stage, start, (last - start).total_seconds(), frozenset(seen.cancels))
    return Play(scene, _Again(lambda: merge(events, sales, key=attrgetter("at"))), seen.count + len(sales))
