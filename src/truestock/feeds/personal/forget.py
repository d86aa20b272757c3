"""Forgets who bought and where it went; what was sold, for how much and from where stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from truestock.core.identity import order_identity
from truestock.feeds.personal import queries
from truestock.store.arrays import ints, words
from truestock.store.database import Connection
from truestock.store.upkeep.retention import Trim


def keys_of(ids: Sequence[str]) -> dict[str, str]:
    """Orders as parameters: an id's first byte is its part."""
    return {"parts": ints(int(one[:2], 16) for one in ids), "ids": words(ids)}


def forget_places(conn: Connection, ids: Sequence[str]) -> None:
    """Where these channels' orders went is forgotten, also where they stand as orders of ours."""
    keys = keys_of(sorted(ids))
    conn.execute(queries.lock_orders, keys)
    conn.execute(queries.forget_places, keys)
    conn.execute(queries.forget_asked, keys)
    taken = sorted(order_identity(channel, ref) for channel, ref in conn.execute(queries.taken_as, keys))
    conn.execute(queries.forget_destinations, keys_of([order.id for order in taken]))


def _trim_notices(conn: Connection, before: datetime, part: int) -> int:
    return conn.execute(queries.trim_notices, {"before": before, "part": part}).rowcount


def _trim_buyers(conn: Connection, before: datetime, part: int) -> int:
    ids = [order for (order,) in conn.execute(queries.buyers_before, {"before": before, "part": part})]
    if ids:
        forget_places(conn, ids)
        conn.execute(queries.drop_buyers, keys_of(ids))
    return len(ids)


NOTICES: Final = Trim("messages of channels", _trim_notices)
BUYERS: Final = Trim("buyers", _trim_buyers)
