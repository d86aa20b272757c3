"""What has left, parcel by parcel, written with the movement: whoever sold it is told of it afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.core.decide import promises as core
from truestock.orders.actions import Ship
from truestock.orders.stored import Stored
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)


class Shipment(NamedTuple):
    """Units of an order that left in one movement: listing units by line. `known`: the channel told us of it."""

    order: Stored
    movement: int
    at: datetime
    action: Ship
    lines: Mapping[int, int]
    known: bool


def listing_units(order: Stored, plan: Sequence[core.Shipment]) -> dict[int, int]:
    """Whole listing units that leave, by line: of a kit as many as all of its items make."""
    base: dict[tuple[int, int], int] = {}
    for shipment in plan:
        key = shipment.line, shipment.item
        base[key] = base.get(key, 0) + shipment.qty
    units: dict[int, int] = {}
    for line in order.lines:
        left = base.get((line.n, line.item), 0) // line.units
        units[line.n] = min(units.get(line.n, left), left)
    return {n: count for n, count in units.items() if count}


def add_shipments(conn: Connection, shipments: Sequence[Shipment], now: datetime) -> None:
    """Queue the rows."""
    if not shipments:
        return
    rows = sorted(shipments, key=lambda s: (s.order.id, s.movement))
    conn.execute(
        queries.add_shipments,
        {
            "parts": ints(s.order.part for s in rows),
            "orders": words(s.order.id for s in rows),
            "movements": ints(s.movement for s in rows),
            "channels": ints(s.order.channel for s in rows),
            "refs": texts(s.order.ref for s in rows),
            "at": times(s.at for s in rows),
            "carriers": texts(s.action.carrier for s in rows),
            "trackings": texts(s.action.tracking for s in rows),
            "urls": texts(s.action.tracking_url for s in rows),
            "lines": words('"' + ints(number for pair in s.lines.items() for number in pair) + '"' for s in rows),
            "known": ints(s.known for s in rows),
            "now": now,
        },
    )
