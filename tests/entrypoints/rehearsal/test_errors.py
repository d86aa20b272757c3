"""What is put into a day differs by as much as is said, and by nothing else."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truestock.core.replay.events import Line, OrderEvent
from truestock.entrypoints.rehearsal.errors import CALLED, Spoiled, spoil
from truestock.entrypoints.rehearsal.facts import Cell, company_of, days_of

SKUS = [f"S{n:03d}" for n in range(40)]
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def events(seed: int, days: int = 2) -> list[OrderEvent]:
    """Receipts and returns from morning until late."""
    chance = Random(seed)
    return [
        OrderEvent(
            START + timedelta(days=chance.randrange(days), minutes=chance.randrange(14 * 60)),
            "till",
            f"T{n}",
            "return" if n % 9 == 0 else "order",
            tuple(Line(sku, chance.randint(1, 9)) for sku in sorted(chance.sample(SKUS, chance.randint(1, 5)))),
        )
        for n in range(90)
    ]


def differences(day: Spoiled) -> Counter[Cell]:
    """By how much the source has more than the ledger that evening, by what each was told that day."""
    found: Counter[Cell] = Counter(day.there)
    for fact in day.day.facts:
        if fact.at <= day.day.evening:
            found[fact.cell] += fact.units
    for fact in day.told:
        if fact.at <= day.day.evening:
            found[fact.cell] -= fact.units
    return Counter({cell: units for cell, units in found.items() if units})


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(0, 6))
def test_what_is_put_in_is_what_differs(seed: int, each: int) -> None:
    told = events(seed)
    company = company_of(told)
    for day in days_of(told, company, Random(seed)):
        spoiled = spoil(day, company, Random(seed), each)
        put_in: Counter[Cell] = Counter()
        for one in spoiled.injected:
            put_in[one.cell] += one.units
        assert differences(spoiled) == Counter({cell: units for cell, units in put_in.items() if units})


def test_a_day_without_errors_is_as_it_was() -> None:
    told = events(1)
    company = company_of(told)
    for day in days_of(told, company, Random(1)):
        spoiled = spoil(day, company, Random(1), 0)
        assert (spoiled.told, spoiled.injected, dict(spoiled.there)) == (day.facts, (), {})


@pytest.mark.parametrize("kind", CALLED)
def test_every_kind_of_error_is_put_in(kind: str) -> None:
    told = events(3)
    company = company_of(told)
    spoiled = [spoil(day, company, Random(3), 4) for day in days_of(told, company, Random(3))]
    assert any(one.kind == kind for day in spoiled for one in day.injected)


def test_the_same_seed_gives_the_same_errors() -> None:
    told = events(4)
    company = company_of(told)
    first, again = ([spoil(day, company, Random(5), 3) for day in days_of(told, company, Random(5))] for _ in range(2))
    assert first == again
