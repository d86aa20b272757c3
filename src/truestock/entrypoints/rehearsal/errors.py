"""Errors put into a day: what the ledger or the source is told otherwise, and what differs by it. Pure."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Final, Literal, NamedTuple

from truestock.entrypoints.rehearsal.facts import STORES, Cell, Company, Day, Fact

ErrorKind = Literal[
    "lost sale",
    "doubled sale",
    "wrong item",
    "wrong unit",
    "stolen units",
    "receipt not told",
    "shipment posted late",
    "doubled file",
    "wrong location",
    "return not processed",
]
# What reconciliation may call them; nothing sets a sale that was lost apart from units that were stolen.
CALLED: Final[dict[ErrorKind, frozenset[str]]] = {
    "lost sale": frozenset({"shrinkage"}),
    "doubled sale": frozenset({"duplicate_feed"}),
    "wrong item": frozenset({"mis_pick"}),
    "wrong unit": frozenset({"wrong_unit"}),
    "stolen units": frozenset({"shrinkage"}),
    "receipt not told": frozenset({"receiving_error"}),
    "shipment posted late": frozenset({"unposted_shipment"}),
    "doubled file": frozenset({"duplicate_feed"}),
    "wrong location": frozenset({"wrong_place"}),
    "return not processed": frozenset({"unprocessed_return"}),
}


# Of orders with more lines one alone would outnumber all other errors of a day.
LATE_LINES_MAX: Final = 8


class Injected(NamedTuple):
    """By an error the source has `units` more than the ledger in a cell that evening; below zero: fewer."""

    kind: ErrorKind
    cell: Cell
    units: int


class Spoiled(NamedTuple):
    """A day with errors in it.

    `told`: the facts that the ledger learns. `expected`: deliveries that are announced and not told. `there`: units
    that the source has otherwise than the facts say, from this evening on. `tomorrow`: what it books a day late."""

    day: Day
    told: tuple[Fact, ...]
    expected: tuple[Fact, ...]
    there: Mapping[Cell, int]
    tomorrow: Mapping[Cell, int]
    injected: tuple[Injected, ...]


class _Spoiling:
    """A day on its way; facts are told as they are until an error says otherwise."""

    def __init__(self, day: Day, company: Company, chance: Random) -> None:
        self.company = company
        self.chance = chance
        self.facts = [fact for fact in day.facts if fact.at <= day.evening - timedelta(minutes=1)]
        self.told: dict[int, list[Fact]] = {n: [fact] for n, fact in enumerate(day.facts)}
        self.place_of = {id(fact): n for n, fact in enumerate(day.facts)}
        self.expected: list[Fact] = []
        self.there: dict[Cell, int] = defaultdict(int)
        self.tomorrow: dict[Cell, int] = defaultdict(int)
        self.injected: list[Injected] = []
        self.spoiled: set[int] = set()

    def pick(self, what: str, likes: Callable[[Fact], bool] = lambda _: True) -> Fact | None:
        """A fact that is still as it was."""
        found = [f for f in self.facts if f.what == what and id(f) not in self.spoiled and likes(f)]
        return self.chance.choice(found) if found else None

    def tell(self, fact: Fact, *told: Fact) -> None:
        """Have the ledger learn something else than a fact."""
        self.told[self.place_of[id(fact)]] = list(told)
        self.spoiled.add(id(fact))

    def differs(self, kind: ErrorKind, cell: Cell, units: int) -> None:
        """Note what an error makes differ."""
        self.injected.append(Injected(kind, cell, units))

    def of_ref(self, fact: Fact) -> list[Fact]:
        """All facts that stand on the same paper and are still as they were."""
        return [f for f in self.facts if (f.ref, f.what) == (fact.ref, fact.what) and id(f) not in self.spoiled]


def _lost(day: _Spoiling) -> None:
    if fact := day.pick("sale"):
        day.tell(fact)
        day.differs("lost sale", fact.cell, fact.units)


def _doubled(day: _Spoiling) -> None:
    if fact := day.pick("sale"):
        day.tell(fact, fact, fact)
        day.differs("doubled sale", fact.cell, -fact.units)


def _wrong_item(day: _Spoiling) -> None:
    skus = day.company.skus
    if (fact := day.pick("sale")) and len(skus) > 1:
        n = skus.index(fact.sku)
        other = skus[n + 1] if n + 1 < len(skus) else skus[n - 1]
        day.tell(fact, fact._replace(sku=other))
        day.differs("wrong item", fact.cell, fact.units)
        day.differs("wrong item", (other, fact.place), -fact.units)


def _wrong_unit(day: _Spoiling) -> None:
    packs = day.company.packs
    if fact := day.pick("sale", lambda fact: fact.sku in packs and -fact.units <= 3):
        told = fact._replace(units=fact.units * packs[fact.sku])
        day.tell(fact, told)
        day.differs("wrong unit", fact.cell, fact.units - told.units)


def _stolen(day: _Spoiling) -> None:
    cell = day.chance.choice(day.company.skus), day.chance.choice(STORES)
    units = day.chance.randint(1, 3)
    day.there[cell] -= units
    day.differs("stolen units", cell, -units)


def _not_told(day: _Spoiling) -> None:
    if fact := day.pick("delivery"):
        day.tell(fact)
        day.expected.append(fact)
        day.differs("receipt not told", fact.cell, fact.units)


def _late(day: _Spoiling) -> None:
    if fact := day.pick("order", lambda fact: len(day.of_ref(fact)) <= LATE_LINES_MAX):
        for one in day.of_ref(fact):
            day.spoiled.add(id(one))
            day.there[one.cell] -= one.units
            day.tomorrow[one.cell] += one.units
            day.differs("shipment posted late", one.cell, -one.units)


def _doubled_file(day: _Spoiling) -> None:
    if fact := day.pick("delivery"):
        for one in day.of_ref(fact):
            day.tell(one, one, one)
            day.differs("doubled file", one.cell, -one.units)


def _wrong_location(day: _Spoiling) -> None:
    if fact := day.pick("sale"):
        told = fact._replace(place=STORES[1 - STORES.index(fact.place)])
        day.tell(fact, told)
        day.differs("wrong location", fact.cell, fact.units)
        day.differs("wrong location", told.cell, -fact.units)


def _not_processed(day: _Spoiling) -> None:
    if fact := day.pick("return"):
        day.spoiled.add(id(fact))
        day.there[fact.cell] -= fact.units
        day.tomorrow[fact.cell] += fact.units
        day.differs("return not processed", fact.cell, -fact.units)


_ERRORS: Final = {
    "lost sale": _lost,
    "doubled sale": _doubled,
    "wrong item": _wrong_item,
    "wrong unit": _wrong_unit,
    "stolen units": _stolen,
    "receipt not told": _not_told,
    "shipment posted late": _late,
    "doubled file": _doubled_file,
    "wrong location": _wrong_location,
    "return not processed": _not_processed,
}


def spoil(day: Day, company: Company, chance: Random, each: int) -> Spoiled:
    """A day with so many errors of each kind, as far as it has something to spoil; none: the day as it is."""
    at_work = _Spoiling(day, company, chance)
    for put_in in list(_ERRORS.values()) * each:
        put_in(at_work)
    told = [fact for n in range(len(day.facts)) for fact in at_work.told[n]]
    return Spoiled(day, tuple(told), tuple(at_work.expected), at_work.there, at_work.tomorrow, tuple(at_work.injected))
