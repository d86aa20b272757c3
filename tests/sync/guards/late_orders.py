"""Orders of a channel that came in late, for guards to be computed from."""

from datetime import UTC, datetime, timedelta
from itertools import count

from truestock.connectors.contract.orders import SeenLine, SeenOrder
from truestock.feeds.channel_orders.seen import keep
from truestock.store.database import Database

numbers = count(1)


def sold_late(
    db: Database, channel: int, sku: str, orders: int, *, qty: int = 1, late_s: float = 360.0, hours: float = 100.0
) -> None:
    """So many orders came in evenly over the last hours, each so late."""
    now, first = datetime.now(UTC), next(numbers)
    seen = []
    for n in range(orders):
        placed = now - timedelta(hours=hours * (n + 0.5) / orders, seconds=late_s)
        seen.append(SeenOrder(f"g{first}-{n}", placed, placed, [SeenLine("1", sku, qty)]))
    keep(db, channel, seen, now - timedelta(days=99))
    with db.transaction() as conn:
        conn.execute(
            "UPDATE channel_order SET first_read_at = placed_at + %s WHERE ref LIKE %s",
            (timedelta(seconds=late_s), f"g{first}-%"),
        )


def orders_read_for(db: Database, days: int) -> None:
    """The orders of connected channels have been read for so many days."""
    with db.transaction() as conn:
        conn.execute("UPDATE connection SET orders_from = now() - %s, orders_read_at = now()", (timedelta(days=days),))
