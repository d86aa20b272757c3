"""What has just been sold, and what is owed, for whoever watches."""

from datetime import datetime
from typing import NamedTuple

from truestock.reporting.dashboard import queries
from truestock.store.database import Connection


class Lately(NamedTuple):
    """Orders and base units promised over the last seconds, and units that are owed now."""

    orders: int
    units: int
    owed: int


class RecentOrder(NamedTuple):
    """An accepted order, in units of its listings."""

    at: datetime
    channel: str
    ref: str
    asked: int
    granted: int


def lately(conn: Connection, seconds: float) -> Lately:
    """The figures of now."""
    (row,) = conn.execute(queries.lately, {"seconds": seconds}).fetchall()
    return Lately(*row)


def recent_orders(conn: Connection, since: datetime, limit: int = 40) -> list[RecentOrder]:
    """The newest orders recorded after an instant, the oldest of them first."""
    return [RecentOrder(*row) for row in conn.execute(queries.recent_orders, {"since": since, "limit": limit})]
