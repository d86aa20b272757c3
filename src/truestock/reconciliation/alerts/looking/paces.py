"""How fast channels sell and how late their orders come, measured anew every so often."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from truestock.core.reconcile.alerts.sales import Sales
from truestock.core.reconcile.alerts.stock import Pace
from truestock.reconciliation.alerts.looking import queries
from truestock.reconciliation.alerts.looking.items import ListingKey
from truestock.store.arrays import ints, texts
from truestock.store.database import Connection

WINDOW: Final = timedelta(hours=6)
ORDERS_MOST: Final = 2_000
ITEMS_MOST: Final = 2_000


def measure(conn: Connection, now: datetime) -> dict[ListingKey, Pace]:
    """By channel and its SKU, over the last hours; what has not sold in them has none."""
    parameters = {"since": now - WINDOW, "now": now, "orders": ORDERS_MOST}
    rows = conn.execute(queries.sold_lately, parameters).fetchall()
    return {(channel, sku): Pace(units / hours, lag_s) for channel, sku, units, hours, lag_s in rows}


def sales(conn: Connection, now: datetime) -> dict[int, list[Sales]]:
    """What each channel sells by hour, in each currency, over the last hours."""
    found: dict[int, list[Sales]] = defaultdict(list)
    for channel, currency, units, value in conn.execute(
        queries.sales, {"since": now - WINDOW, "now": now, "orders": ORDERS_MOST}
    ).fetchall():
        found[channel].append(Sales(units, value, currency))
    return found


def at_risk(conn: Connection, paces: Mapping[ListingKey, Pace], rules: Sequence[int]) -> set[int]:
    """Items to look at, although they have not changed: their listings sell fast beside the units that are left, or did
    so when one of these rules looked last."""
    parameters = {
        "channels": ints(channel for channel, _ in paces),
        "skus": texts(sku for _, sku in paces),
        "unheard": ints(2 * pace.unheard for pace in paces.values()),
        "rules": ints(rules),
        "limit": ITEMS_MOST,
    }
    return {item for (item,) in conn.execute(queries.items_at_pace, parameters).fetchall()}
