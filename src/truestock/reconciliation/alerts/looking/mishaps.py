"""Takes what movements did that somebody should know of, each once."""

from datetime import datetime

from truestock.core.reconcile.alerts.happened import Mishap
from truestock.core.reconcile.alerts.rules import About
from truestock.core.reconcile.alerts.worth import Worth
from truestock.reconciliation.alerts.looking import queries
from truestock.store.arrays import ints
from truestock.store.database import Connection


def take(conn: Connection, now: datetime, limit: int) -> list[Mishap]:
    """Those that no look has seen; from this transaction on they are seen."""
    rows = conn.execute(queries.mishaps, {"limit": limit}, prepare=True).fetchall()
    if rows:
        parts, items, ids = zip(*(row[:3] for row in rows), strict=True)
        keys = {"parts": ints(parts), "items": ints(items), "ids": ints(ids), "now": now}
        conn.execute(queries.take_mishaps, keys, prepare=True)
    found = []
    for _, item, id_, kind, sku, category, loc, place, channel, code, ref, units, movement, *worth in rows:
        codes = {"item": sku, "location": place, "channel": code}
        about = About(channel or None, item, category, loc or None, {k: v for k, v in codes.items() if v})
        found.append(Mishap(id_, kind, about, ref, units, movement, Worth(*worth)))
    return found
