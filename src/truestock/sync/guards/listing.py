"""What stands: the guards computed for one channel, with what they were made of."""

from datetime import datetime
from typing import Final

import msgspec

from truestock.connections.reached import connection
from truestock.store.database import Database
from truestock.sync.guards import queries

LISTED_MOST: Final = 500


class ComputedGuard(msgspec.Struct, frozen=True):
    """Units of an item that a channel is not shown while a guard_service rule holds; at most half of what there is.

    With `percent` certainty no more were sold at `per_hour` within the channel's lag (half of all lags, and 95 % of
    them, are shorter than so many seconds), which `orders` orders told. `dispersion` is the variance of units sold
    over their mean."""

    item: str
    units: int
    percent: int
    per_hour: float
    dispersion: float
    lag_p50_s: float
    lag_p95_s: float
    orders: int
    computed_at: datetime


def guards_of(db: Database, channel: str) -> list[ComputedGuard]:
    """The channel's guards, most units first: LISTED_MOST at most. Raises NotFound."""
    parameters = {"channel": connection(db, channel).id, "limit": LISTED_MOST}
    with db.transaction() as conn:
        return [ComputedGuard(*row) for row in conn.execute(queries.list_guards, parameters)]
