"""ATP of days to come from dated supply and demand: a unit promised today must still be there on every later day."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from truestock.core.book.view import AtpTerms, Guard, combine


@dataclass(frozen=True, slots=True)
class Expected:
    """Units still to come (purchase, transfer) or to go (demand) at a location; location 0 is nowhere in particular."""

    kind: Literal["purchase", "transfer", "demand"]
    loc: int
    qty: int
    due_at: datetime
    ref: str = ""


class Plan(NamedTuple):
    """Net units a day, and the supply that is overdue and therefore left out."""

    net: tuple[int, ...]
    overdue: tuple[Expected, ...]


def plan(expected: Iterable[Expected], now: datetime, ends: Sequence[datetime]) -> Plan:
    """Sort what is expected into days that end (and no longer hold) at `ends`; overdue demand falls on the first."""
    net = [0] * len(ends)
    overdue = []
    for row in expected:
        late = row.due_at <= now
        if late and row.kind != "demand":
            overdue.append(row)
            continue
        day = 0 if late else bisect_right(ends, row.due_at)
        if day < len(net):
            net[day] += -row.qty if row.kind == "demand" else row.qty
    return Plan(tuple(net), tuple(overdue))


def forward_minimum(start: int, net: Sequence[int]) -> list[int]:
    """The lowest balance from each day on, of a balance that starts at `start` and changes by `net` every day."""
    balances = []
    for change in net:
        start += change
        balances.append(start)
    for day in range(len(balances) - 2, -1, -1):
        balances[day] = min(balances[day], balances[day + 1])
    return balances


def over_days(
    today: Sequence[AtpTerms], net: Sequence[int], caps: Sequence[tuple[int, bool] | None], guards: Sequence[Guard]
) -> list[AtpTerms]:
    """Each day's terms: `today` is what the stock of now gives on that day (lots expire), `net` joins the pool."""
    return [
        combine(t.own, t.common + change, t.protected, t.short, t.buffer, cap, guard)
        for t, change, cap, guard in zip(today, forward_minimum(0, net), caps, guards, strict=True)
    ]
