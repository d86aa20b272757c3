"""What has to be done so that an order stands here as it does on its channel. Pure.

It compares states and knows no events: whatever was heard, in whatever order and however often, what is missing is
done. A channel's order may grow; an order here does not, so that what it grew by is taken as another one."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple

from truestock.orders.standing import Standing, StandingLine


class Line(NamedTuple):
    """A line as the channel has it: `qty` units wanted, those that left among them; `shipped` by all parcels.

    `outside`: units that left before the hub took over, and that were never its own."""

    id: str
    sku: str
    qty: int
    shipped: int
    outside: int = 0


class Leg(NamedTuple):
    """Units of a line that left in one parcel, in the order of leaving."""

    line: str
    qty: int
    place: str
    at: datetime | None
    carrier: str
    tracking: str


class Taken(NamedTuple):
    """Units of a channel's line that were taken as line `n` of the order `k`; `released`: no longer wanted there."""

    k: int
    n: int
    line: str
    qty: int
    released: int


class Grown(NamedTuple):
    """One line of another order to be made here."""

    line: str
    sku: str
    qty: int


class Leaving(NamedTuple):
    """Units of line `n` of the order `k` that left in the parcel of `leg`."""

    k: int
    n: int
    qty: int
    leg: Leg


class Todo(NamedTuple):
    """`grown` becomes another order; `released` are the new numbers of what was taken; `release`, as (k, n, units), and
    `ship` are to be carried out; `waiting` are SKUs that mean nothing here, `ignored` those that ask nothing of stock;
    `settled`: nothing is left to do."""

    grown: list[Grown]
    released: dict[tuple[int, int], int]
    release: list[tuple[int, int, int]]
    ship: list[Leaving]
    waiting: list[str]
    ignored: list[str]
    settled: bool


def todo(
    lines: Sequence[Line],
    legs: Sequence[Leg],
    taken: Sequence[Taken],
    orders: Mapping[int, Standing],
    known: AbstractSet[str],
    ignored: AbstractSet[str] = frozenset(),
    *,
    over: bool,
) -> Todo:
    """What is missing. `orders` are those of `taken` that are there, by k; `known` SKUs lead to items, and of others
    those that are `ignored` are no stock; `over`: nothing more of the order will leave."""
    grown: list[Grown] = []
    released: dict[tuple[int, int], int] = {}
    release: list[tuple[int, int, int]] = []
    ship: list[Leaving] = []
    waiting: list[str] = []
    left_out: list[str] = []
    gone = {t.line for t in taken} - {line.id for line in lines}
    for line in [*lines, *(Line(line_id, "", 0, 0) for line_id in sorted(gone))]:
        mine = [t for t in taken if t.line == line.id]
        standing = {(t.k, t.n): orders[t.k].lines[t.n] for t in mine if t.k in orders}
        missing, now = _wanted(line, mine, standing, over=over)
        if missing and line.sku not in known:
            (left_out if line.sku in ignored else waiting).append(line.sku or line.id)
        elif missing:
            grown.append(Grown(line.id, line.sku, missing))
        released |= {(t.k, t.n): now[t.k, t.n] for t in mine if now[t.k, t.n] != t.released}
        for (k, n), stands in standing.items():
            units = min(now[k, n] - stands.given_back, stands.open)
            if units > 0:
                release.append((k, n, units))
        ship += _leaving(line, [leg for leg in legs if leg.line == line.id], mine, standing, now)
    planned = {t.k for t in taken} - orders.keys()
    settled = not (grown or release or ship or waiting or planned)
    return Todo(grown, released, release, ship, waiting, left_out, settled)


def _wanted(
    line: Line, mine: Sequence[Taken], standing: Mapping[tuple[int, int], StandingLine], *, over: bool
) -> tuple[int, dict[tuple[int, int], int]]:
    """Units to be taken besides, and what is released by (k, n): the newest first."""
    now = {(t.k, t.n): t.released for t in mine}
    wanted = max(0 if over else line.qty, line.shipped) - line.outside
    missing = wanted - sum(t.qty - t.released for t in mine)
    if missing >= 0:
        return missing + _left_without(line, missing, mine, standing, now), now
    surplus = -missing
    # What was given up here first is what the channel has been told of; then what is open; then what has left.
    for tier in range(3):
        for t in reversed(mine):
            units = min(surplus, _room(t, standing.get((t.k, t.n)))[tier])
            now[t.k, t.n] += units
            surplus -= units
    return 0, now


def _room(taken: Taken, stands: StandingLine | None) -> tuple[int, int, int]:
    """Units that can still be called released: given up here, open, and shipped."""
    if stands is None:
        return 0, taken.qty - taken.released, 0
    given_up = max(0, stands.given_back - taken.released)
    return given_up, stands.open - max(0, taken.released - stands.given_back), stands.shipped


def _left_without(
    line: Line,
    missing: int,
    mine: Sequence[Taken],
    standing: Mapping[tuple[int, int], StandingLine],
    now: dict[tuple[int, int], int],
) -> int:
    """Units that have left although they were given up here: they are taken again, in the place of those."""
    there = sum(s.open + s.shipped for s in standing.values())
    planned = sum(t.qty for t in mine if (t.k, t.n) not in standing)
    without = max(0, line.shipped - line.outside - there - planned - missing)
    left = without
    for t in mine:
        stands = standing.get((t.k, t.n))
        units = min(left, max(0, stands.given_back - now[t.k, t.n])) if stands else 0
        now[t.k, t.n] += units
        left -= units
    return without - left


def _leaving(
    line: Line,
    legs: Sequence[Leg],
    mine: Sequence[Taken],
    standing: Mapping[tuple[int, int], StandingLine],
    released: Mapping[tuple[int, int], int],
) -> list[Leaving]:
    """What has left there and not here, out of the newest parcels."""
    due = max(0, line.shipped - line.outside - sum(s.shipped for s in standing.values()))
    room = {
        key: stands.open - max(0, released[key] - stands.given_back) for key, stands in standing.items() if stands.open
    }
    found: list[Leaving] = []
    for leg in reversed(legs):
        left = min(due, leg.qty)
        for t in mine:
            units = min(left, max(0, room.get((t.k, t.n), 0)))
            if units:
                found.append(Leaving(t.k, t.n, units, leg))
                room[t.k, t.n] -= units
                left -= units
                due -= units
    return found[::-1]
