"""Reads shoppers' orders as they stand: what decides which messages are due, and what messages say of them.

An order that grew on its channel was taken here as several; to its shopper it is one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec

from truestock.connectors.contract.orders import Buyer
from truestock.core.identity import order_identity
from truestock.orders.standing import Standing, standing
from truestock.store.arrays import ints, words
from truestock.store.database import Connection
from truestock.sync.messages import queries
from truestock.sync.messages.decide import Facts

# Carts that came to nothing, or went on under another name.
_NONE: Final = frozenset({"expired", "displaced", "confirmed", "refused"})
Line = tuple[str, int]  # the order here, and the line's place in it


class Step(NamedTuple):
    """Units that left or were given back together: listing units by line."""

    order: str
    kind: str
    at: datetime
    carrier: str
    tracking: str
    url: str
    lines: dict[int, int]


class Short(NamedTuple):
    """Since when a line is short, and when it can be backed, if that is known."""

    since: datetime
    expected: date | None


@dataclass(slots=True)
class Case:
    """An order of a shopper. `buyer` is none where nobody was told, `erased` where they are forgotten."""

    id: str
    channel: int
    code: str
    ref: str
    name: str
    placed_at: datetime
    settled: bool
    pending: bool
    buyer: Buyer | None
    erased: bool
    orders: dict[str, Standing] = field(default_factory=dict)
    shorts: dict[Line, Short] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def facts(self) -> Facts:
        """What decides which messages are due."""
        lines = [line for order in self.orders.values() for line in order.lines.values()]
        known = [short.expected for short in self.shorts.values() if short.expected is not None]
        return Facts(
            placed_at=self.placed_at,
            open=sum(line.open for line in lines),
            shipped=sum(line.shipped for line in lines),
            cancelled=sum(self.cancelled().values()),
            settled=self.settled,
            pending=self.pending,
            held=any(order.state == "held" for order in self.orders.values()),
            short_since=min((short.since for short in self.shorts.values()), default=None),
            expected=max(known) if known and len(known) == len(self.shorts) else None,
        )

    def cancelled(self) -> dict[Line, int]:
        """Units that will not come, by line. What a cart let go is none: nobody had ordered it."""
        found: dict[Line, int] = {}
        for step in self.steps:
            if step.kind == "cancelled":
                for n, units in step.lines.items():
                    found[step.order, n] = found.get((step.order, n), 0) + units
        return found


def read_cases(conn: Connection, ids: Sequence[str]) -> dict[str, Case]:
    """By id; what is not there is left out."""
    cases: dict[str, Case] = {}
    owners: dict[str, Case] = {}
    for order_id, channel, code, ref, name, placed_at, settled, pending, refs, buyer in conn.execute(
        queries.orders, _keys(ids), prepare=True
    ):
        case = Case(order_id, channel, code, ref, name, placed_at, settled, pending, _buyer(buyer), buyer == {})
        cases[order_id] = case
        owners[order_id] = case
        owners |= {order_identity(channel, taken).id: case for taken in refs}
    for one, stands in standing(conn, owners).items():
        if stands.state not in _NONE:
            owners[one].orders[one] = stands
    keys = _keys([one for case in cases.values() for one in case.orders])
    for one, n, since, due_at in conn.execute(queries.shorts, keys, prepare=True):
        shorts = owners[one].shorts
        short = Short(since, due_at.date() if due_at else None)
        shorts[one, n] = _worse(shorts.get((one, n), short), short)
    for one, kind, at, carrier, tracking, url, pairs in conn.execute(queries.steps, keys, prepare=True):
        lines = dict(zip(pairs[::2], pairs[1::2], strict=True))
        owners[one].steps.append(Step(one, kind, at, carrier, tracking, url, lines))
    return cases


def titles(conn: Connection, case: Case) -> dict[Line, str]:
    """What the lines are called; empty where nobody says."""
    return {(one, n): title for one, n, title in conn.execute(queries.titles, _keys(list(case.orders)))}


def _worse(one: Short, other: Short) -> Short:
    """A line that takes several items waits for the last."""
    both = (one.expected, other.expected)
    days = [day for day in both if day is not None]
    return Short(min(one.since, other.since), max(days) if len(days) == len(both) else None)


def _buyer(data: Any) -> Buyer | None:
    return msgspec.convert(data, Buyer) if data else None


def _keys(ids: Sequence[str]) -> dict[str, str]:
    return {"parts": ints(int(one[:2], 16) for one in ids), "ids": words(ids)}
