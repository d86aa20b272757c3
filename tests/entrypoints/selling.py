"""An order of a channel that came in, as its connector read it."""

import asyncio

from tests.connectors.counterparts.generic import SECRET
from tests.feeds.channel_orders.till import Register, sold
from truestock.bootstrap import Hub
from truestock.connections.reached import connection, put_connection
from truestock.feeds.channel_orders.seen import keep
from truestock.feeds.channel_orders.take import Taker


def connect_nowhere(hub: Hub, channel: str = "web") -> None:
    """The channel is connected to a place that does not answer."""
    settings = {"base_url": "http://127.0.0.1:9/hub", "decrements": "at_once"}
    put_connection(hub.db, hub.seal(), channel, "generic", settings, {"signing_secret": SECRET})


def comes_in(hub: Hub, order: str, sku: str, qty: int, channel: str = "web") -> None:
    """The channel has sold so many of a SKU of its own."""
    seen = Register().put(order, sold("1", sku, qty))
    ids = keep(hub.db, connection(hub.db, channel).id, [seen], seen.placed_at)
    asyncio.run(Taker(hub.db, hub.rules, hub.call, channel).take(ids))
