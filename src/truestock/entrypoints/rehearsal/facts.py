"""What happens to a company's stock day by day, by its orders: sales at tills, shipments, deliveries, returns. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Final, Literal, NamedTuple

from truestock.core.replay.events import OrderEvent

What = Literal["sale", "order", "delivery", "return"]
Cell = tuple[str, str]  # SKU, location
DC: Final = "dc"
STORES: Final = ("north", "south")
PLACES: Final = (DC, *STORES)
EVENING: Final = time(20, tzinfo=UTC)
DELIVERIES_A_DAY: Final = 3
LINES_A_DELIVERY: Final = 8
ORDERED_PERCENT: Final = 30
PACKS: Final = (6, 12)


class Fact(NamedTuple):
    """`units` more or fewer of an item somewhere; `ref` is the receipt, order or delivery it stands on."""

    at: datetime
    what: What
    sku: str
    place: str
    units: int
    ref: str

    @property
    def cell(self) -> Cell:
        """Where."""
        return self.sku, self.place


class Company(NamedTuple):
    """Its items in order, how many units the packs of some have, and what lies where at the start."""

    skus: tuple[str, ...]
    packs: dict[str, int]
    opening: dict[Cell, int]


class Day(NamedTuple):
    """What truly happens on one day, in order of time; figures are taken in the evening."""

    day: date
    facts: tuple[Fact, ...]

    @property
    def evening(self) -> datetime:
        """As of when everything is stated."""
        return datetime.combine(self.day, EVENING)


def company_of(events: Sequence[OrderEvent]) -> Company:
    """One that has enough of everything; every fifth item comes in packs."""
    sold: dict[str, int] = {}
    for event in events:
        for line in event.lines:
            sold[line.sku] = sold.get(line.sku, 0) + line.qty
    skus = tuple(sorted(sold))
    packs = {sku: PACKS[n // 5 % len(PACKS)] for n, sku in enumerate(skus) if n % 5 == 0}
    return Company(skus, packs, {(sku, place): 50 + 15 * sold[sku] for sku in skus for place in PLACES})


def days_of(events: Iterable[OrderEvent], company: Company, chance: Random) -> Iterator[Day]:
    """The days on which something was sold, each with deliveries in the morning."""
    for day, of_day in groupby(sorted(events, key=lambda event: event.at), key=lambda event: event.at.date()):
        facts = [fact for event in of_day if event.kind != "cancel" for fact in _facts(event, chance)]
        facts += _deliveries(day, company, chance)
        yield Day(day, tuple(sorted(facts)))


def _facts(event: OrderEvent, chance: Random) -> list[Fact]:
    """A return comes to a store; what is bought is bought at one, or ordered and shipped from the dc."""
    sign: int = 1 if event.kind == "return" else -1
    ordered = event.kind == "order" and chance.random() * 100 < ORDERED_PERCENT
    what: What = "return" if sign > 0 else "order" if ordered else "sale"
    place = DC if ordered else chance.choice(STORES)
    return [Fact(event.at, what, line.sku, place, sign * line.qty, event.ref) for line in event.lines]


def _deliveries(day: date, company: Company, chance: Random) -> list[Fact]:
    morning = datetime.combine(day, time(6, tzinfo=UTC))
    size = min(LINES_A_DELIVERY, len(company.skus))
    return [
        Fact(morning + timedelta(minutes=n), "delivery", sku, DC, 12 * chance.randint(1, 9), f"PO-{day:%y%m%d}-{n}")
        for n in range(DELIVERIES_A_DAY)
        for sku in chance.sample(company.skus, size)
    ]
