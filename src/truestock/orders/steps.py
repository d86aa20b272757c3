"""What happens to orders that others are told of: written with the movement, told after it.

The channel that sold an order is told step by step, by its connector; users' own systems are told by webhooks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.core.decide import promises as core
from truestock.orders.actions import Release, Ship
from truestock.orders.stored import Stored
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection
from truestock.store.events import OrderCancelled, OrderShipped, announce
from truestock.store.sql import load

queries = load(__package__)


class Step(NamedTuple):
    """Units of an order that left or were given back in one movement: `lines` in listing units by line, `units` in base
    units. `known`: the channel told us of it."""

    order: Stored
    channel: str
    movement: int
    at: datetime
    action: Ship | Release
    lines: Mapping[int, int]
    units: int
    known: bool

    @property
    def event(self) -> OrderShipped | OrderCancelled:
        """What webhooks tell."""
        named = self.channel, self.order.ref, self.order.id
        if isinstance(self.action, Ship):
            return OrderShipped(*named, self.order.state, self.units, self.action.tracking)
        return OrderCancelled(*named, self.order.state, self.units, self.action.reason)


def left(order: Stored, plan: Sequence[core.Shipment]) -> dict[int, int]:
    """Whole listing units that leave, by line."""
    return listing_units(order, ((shipment.line, shipment.item, shipment.qty) for shipment in plan))


def listing_units(order: Stored, moved: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """Whole listing units by line, from (line, item, base units): of a kit as many as all of its items make."""
    base: dict[tuple[int, int], int] = {}
    for n, item, qty in moved:
        base[n, item] = base.get((n, item), 0) + qty
    units: dict[int, int] = {}
    for line in order.lines:
        whole = base.get((line.n, line.item), 0) // line.units
        units[line.n] = min(units.get(line.n, whole), whole)
    return {n: count for n, count in units.items() if count}


def add_steps(conn: Connection, steps: Sequence[Step], now: datetime) -> None:
    """Queue the rows, and the events."""
    if not steps:
        return
    rows = sorted(steps, key=lambda s: (s.order.id, s.movement))
    shipped = [s.action if isinstance(s.action, Ship) else None for s in rows]
    conn.execute(
        queries.add_steps,
        {
            "parts": ints(s.order.part for s in rows),
            "orders": words(s.order.id for s in rows),
            "movements": ints(s.movement for s in rows),
            "channels": ints(s.order.channel for s in rows),
            "refs": texts(s.order.ref for s in rows),
            "kinds": words("shipped" if ship else "cancelled" for ship in shipped),
            "at": times(s.at for s in rows),
            "carriers": texts(ship.carrier if ship else "" for ship in shipped),
            "trackings": texts(ship.tracking if ship else "" for ship in shipped),
            "urls": texts(ship.tracking_url if ship else "" for ship in shipped),
            "reasons": texts(s.action.reason if isinstance(s.action, Release) else "" for s in rows),
            "lines": words('"' + ints(number for pair in s.lines.items() for number in pair) + '"' for s in rows),
            "known": ints(s.known for s in rows),
            "now": now,
        },
    )
    announce(conn, [s.event for s in rows])
