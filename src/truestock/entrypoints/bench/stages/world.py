"""The worlds that are measured: made by set-based SQL, and such that `truestock check` finds nothing.

Every kind of policy is in force, so that a figure is of a hub with all its features on."""

from dataclasses import dataclass

from truestock.store.database import Database
from truestock.store.sql import load

queries = load(__package__)
UNITS_A_ROW = 100_000_000


@dataclass(frozen=True, slots=True)
class World:
    """`sales` past sales an item (three entries each), `promises` open ones an item, `hot_promises` of item 1."""

    items: int = 1
    locations: int = 10
    channels: int = 5
    sales: int = 0
    promises: int = 0
    hot_promises: int = 0

    def parameters(self) -> dict[str, int]:
        """For the statements that make it."""
        return {
            "items": self.items,
            "locations": self.locations,
            "channels": self.channels,
            "sales": self.sales,
            "promises": self.promises,
            "hot_promises": self.hot_promises,
            "units": UNITS_A_ROW,
        }


def sku(n: int) -> str:
    """Item n's SKU, from 1."""
    return f"sku-{n}"


def channel(n: int) -> str:
    """Channel n's code, from 1; lower ranks higher."""
    return f"channel-{n}"


def make(db: Database, world: World) -> None:
    """Fill an empty database. Nothing is analysed: a fresh database has no statistics either."""
    conn = db.connect()
    try:
        conn.execute("SET statement_timeout = 0")
        conn.execute("SET lock_timeout = 0")
        conn.execute("SET idle_in_transaction_session_timeout = 0")
        with conn.transaction():
            for statement in (
                queries.make_channels,
                queries.make_locations,
                queries.make_channel_locations,
                queries.make_items,
                queries.make_general_policies,
                queries.make_protections,
                queries.make_kept,
                queries.make_movements,
                queries.make_opening_entries,
                queries.make_sales_entries,
                queries.make_promises,
                queries.make_promise_entries,
                queries.make_orders,
                queries.make_stock,
                queries.make_heads,
                queries.make_epoch,
            ):
                conn.execute(statement, world.parameters())
        if world.sales or world.promises:
            conn.execute("VACUUM (ANALYZE)")
        conn.execute("CHECKPOINT")
    finally:
        conn.close()
