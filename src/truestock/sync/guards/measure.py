"""Measures how late channels' orders come, how long numbers take to be in force, and what has come in."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from truestock.core.available.guard import lags_of
from truestock.store.database import Connection
from truestock.sync.guards import queries

WINDOW: Final = timedelta(days=14)
RECENT: Final = timedelta(hours=6)
ORDERS_MOST: Final = 1_000
# Twenty lags, each as likely as the others: the middles of twenty equal slices.
QUANTILES: Final = [(2 * n + 1) / 40 for n in range(20)]


class ChannelLag(NamedTuple):
    """Equally likely lags in seconds, by how many orders they were measured, and over how many hours orders have been
    read, at most the window and its last hours."""

    lags_s: tuple[float, ...]
    orders: int
    hours: float
    recent_hours: float

    @property
    def p50_s(self) -> float:
        """Half of all lags are shorter."""
        return _between(self.lags_s, 10)

    @property
    def p95_s(self) -> float:
        """95 % of all lags are shorter."""
        return _between(self.lags_s, 19)


class ListingSold(NamedTuple):
    """Units of a channel's SKU in the window and in its last hours, and the sum of its squared order quantities."""

    units: int
    recent: int
    squares: float


class Measured(NamedTuple):
    """By channel its lag, by (channel, SKU) what has come in, as of an instant."""

    at: datetime
    lags: dict[int, ChannelLag]
    sold: dict[tuple[int, str], ListingSold]


def measure(conn: Connection, now: datetime) -> Measured:
    """Of all channels whose orders are read; a channel of which none has come yet has no lag, and is left out."""
    bound = {"since": now - WINDOW, "now": now, "limit": ORDERS_MOST, "quantiles": QUANTILES}
    lags = {}
    for channel, orders_s, measured, pushes_s, begun, silent_s in conn.execute(queries.lags, bound).fetchall():
        seconds = lags_of(orders_s, pushes_s or [0.0] * len(QUANTILES), silent_s)
        read_for = now - begun
        lags[channel] = ChannelLag(seconds, measured, _hours(min(read_for, WINDOW)), _hours(min(read_for, RECENT)))
    rows = conn.execute(queries.sold, {"since": now - WINDOW, "recent": now - RECENT}).fetchall()
    sold = {(channel, sku): ListingSold(*figures) for channel, sku, *figures in rows if channel in lags}
    return Measured(now, lags, sold)


def _between(lags_s: tuple[float, ...], slices: int) -> float:
    """The lag where so many slices end: half-way between the middles of that one and the next."""
    return (lags_s[slices - 1] + lags_s[slices]) / 2


def _hours(span: timedelta) -> float:
    """At least one: a pace of minutes says little."""
    return max(1.0, span.total_seconds() / 3600)
