"""Plays the same days twice, as they were and with errors in them, and says what came to light."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from time import perf_counter
from typing import Final

import msgspec

from truestock.bootstrap import Hub
from truestock.core.replay.events import OrderEvent
from truestock.entrypoints.rehearsal.errors import CALLED, ErrorKind, Injected, Spoiled, spoil
from truestock.entrypoints.rehearsal.facts import Cell, Company, Day, company_of, days_of
from truestock.entrypoints.rehearsal.play import At, RehearsalFailed, discrepancies, play, stock_up
from truestock.reconciliation.discrepancies.lists import Discrepancy


class KindFound(msgspec.Struct, frozen=True):
    """Errors of one kind by cell: how many were put in, cancelled each other out so that nothing differed that evening,
    were found, and were found with their cause."""

    kind: str
    injected: int
    cancelled: int
    found: int
    cause_told: int


class Rehearsed(msgspec.Struct, frozen=True):
    """What came to light of what was put in, and what was made up.

    `stated`: figures that the source gave. `invented_clean`: discrepancies on the days as they were. `invented`:
    discrepancies where nothing differed. `wrong_size`: those of another size than the difference."""

    days: int
    items: int
    facts: int
    stated: int
    kinds: list[KindFound]
    injected: int
    cancelled: int
    found: int
    cause_told: int
    invented_clean: int
    invented: int
    wrong_size: int
    seconds: float

    @property
    def percent_found(self) -> float:
        """Of the cells that errors made differ that evening."""
        differing = self.injected - self.cancelled
        return round(100 * self.found / differing, 2) if differing else 100.0

    @property
    def percent_told(self) -> float:
        """Of those found, how many with their cause."""
        return round(100 * self.cause_told / self.found, 2) if self.found else 100.0


SEED_OF_DAYS: Final = 1


def rehearse(
    clean: Hub, spoiled: Hub, events: Sequence[OrderEvent], *, each: int, seed: int, advance: Callable[[int], None]
) -> Rehearsed:
    """Play the days in two hubs without any stock; `each`: errors of each kind a day. Raises RehearsalFailed."""
    began = perf_counter()
    if all(event.kind == "cancel" for event in events):
        raise RehearsalFailed("there are no orders to play")
    company = company_of(events)
    days = list(days_of(events, company, Random(f"{seed}/{SEED_OF_DAYS}")))  # noqa: S311  nothing is kept secret by it
    made_up = _played(clean, company, days, 0, seed, advance)
    if any(made_up.differed):
        raise RehearsalFailed("the days as they were differ by themselves")
    played = _played(spoiled, company, days, each, seed, advance)
    judged = [
        _judge(one, day.day.evening, differed, played.found)
        for day, differed in zip(played.days, played.differed, strict=True)
        for one in day.injected
    ]
    must = {
        (day.day.evening, cell): units
        for day, differed in zip(played.days, played.differed, strict=True)
        for cell, units in differed.items()
    }
    return Rehearsed(
        days=len(days),
        items=len(company.skus),
        facts=sum(len(day.facts) for day in days),
        stated=len(days) * len(company.opening),
        kinds=[_kind(kind, judged) for kind in CALLED],
        injected=len(judged),
        cancelled=sum(one.cancelled for one in judged),
        found=sum(one.found for one in judged),
        cause_told=sum(one.cause_told for one in judged),
        invented_clean=len(made_up.found),
        invented=len(played.found.keys() - must.keys()),
        wrong_size=sum(must[at] != row.difference for at, row in played.found.items() if at in must),
        seconds=round(perf_counter() - began, 1),
    )


class _Played(msgspec.Struct, frozen=True):
    days: list[Spoiled]
    differed: list[dict[Cell, int]]
    found: dict[At, Discrepancy]


def _played(
    hub: Hub, company: Company, days: Sequence[Day], each: int, seed: int, advance: Callable[[int], None]
) -> _Played:
    chance = Random(seed)  # noqa: S311  nothing is kept secret by it
    spoiled = [spoil(day, company, chance, each) for day in days]
    stock_up(hub, company, days[0].evening)
    differed = list(play(hub, company, spoiled, advance))
    return _Played(spoiled, differed, discrepancies(hub))


class _Judged(msgspec.Struct, frozen=True):
    """One error in one cell; `found` that evening and with what the cell differs by."""

    kind: ErrorKind
    cancelled: bool
    found: bool = False
    cause_told: bool = False


def _judge(one: Injected, evening: datetime, differed: dict[Cell, int], found: dict[At, Discrepancy]) -> _Judged:
    if one.cell not in differed:
        return _Judged(one.kind, cancelled=True)
    row = found.get((evening, one.cell))
    if row is None or row.difference != differed[one.cell]:
        return _Judged(one.kind, cancelled=False)
    return _Judged(one.kind, cancelled=False, found=True, cause_told=row.cause in CALLED[one.kind])


def _kind(kind: ErrorKind, judged: Sequence[_Judged]) -> KindFound:
    of_kind = [one for one in judged if one.kind == kind]
    return KindFound(
        kind,
        len(of_kind),
        sum(one.cancelled for one in of_kind),
        sum(one.found for one in of_kind),
        sum(one.cause_told for one in of_kind),
    )
