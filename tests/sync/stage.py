"""Listings of the web shop with their numbers, and a pusher that keeps a shelf in step with them."""

import asyncio
from collections.abc import Iterable
from typing import Any

from tests.factories import Shop
from truestock.availability.publishing.publish import publish_once
from truestock.connectors.contract.abilities import PushesStock
from truestock.store.database import Database
from truestock.sync.pusher import Pusher


def at_work(db: Database) -> int:
    """How many channels some process calls at this moment: one that is paused is let go within seconds."""
    with db.transaction() as conn:
        ((found,),) = conn.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7462 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchall()
    return int(found)


class Stage:
    """A shop, its listings on the web channel, and what the hub remembers of them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        ((self.channel,),) = shop.read("SELECT id FROM channel WHERE code = 'web'")

    def listing(self, units: int) -> tuple[str, str]:
        """An item with stock and its listing: (item, the channel's SKU)."""
        sku = self.shop.item(dc=units)
        name = self.shop.listing("web", {sku: 1})
        self.publish()
        return sku, name

    def publish(self) -> None:
        """Compute what every listing shall show."""
        while publish_once(self.shop.hub.db, self.shop.hub.rules).more:
            pass

    def keep(self, connector: PushesStock, turns: int = 30, *, inspect: bool = False) -> Pusher:
        """Let a fresh pusher work until nothing is left, or for so many turns; `inspect`: it reads all back once."""
        return asyncio.run(self.kept(connector, turns, inspect=inspect))

    async def kept(self, connector: PushesStock, turns: int = 30, *, inspect: bool = False) -> Pusher:
        """The same in a running event loop."""
        places = bool(self.shop.read("SELECT FROM place"))
        often = 0.0 if inspect else 900.0
        pusher = Pusher(self.shop.hub.db, self.channel, "web", connector, inspect_every_s=often, places=places)
        for _ in range(turns):
            wait_s = await pusher.turn()
            if wait_s > 1:
                break
            await asyncio.sleep(wait_s)
        return pusher

    def later(self) -> None:
        """An hour passes: what waits for its next try is due, and calls in doubt have ended one way or the other."""
        with self.shop.hub.db.transaction() as conn:
            conn.execute(
                "UPDATE outbound SET next_try_at = NULL, in_flight_since = in_flight_since - interval '1 hour'"
            )

    def state(self, sku: str, columns: Iterable[str]) -> tuple[Any, ...]:
        """Columns of the listing's outbound row."""
        named = ", ".join(f"o.{column}" for column in columns)
        (row,) = self.shop.read(
            f"SELECT {named} FROM outbound o JOIN listing l ON l.id = o.listing WHERE l.sku = %s", sku
        )
        return row

    def desired(self) -> dict[str, int]:
        """What every listing shall show."""
        return dict(
            self.shop.read(
                "SELECT l.sku, o.desired FROM outbound o JOIN listing l ON l.id = o.listing WHERE o.place = 0"
            )
        )
