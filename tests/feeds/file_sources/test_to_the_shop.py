"""A supplier's file on an SFTP server becomes prices and stock in a shop, and the next one changes what it changes."""

import asyncio
from typing import Any

from tests.connectors.counterparts.sftp import HOST_KEY, PASSWORD, USER, public, serving
from tests.factories import accept
from tests.feeds.file_sources.conftest import Supplier
from tests.sync.stage import Stage
from tests.sync.telling.test_pages_of_shops import a_woocommerce_store, dump
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.connections.reached import put_connection
from truestock.sync.telling.pages import queries
from truestock.sync.telling.pages.pager import Pager

__all__ = ["dump"]


def test_prices_and_stock_of_a_file_are_in_the_shop(supplier: Supplier, dump: Any) -> None:
    stage = Stage(supplier.shop)
    accept(put_channels(supplier.db, [ChannelDraft("web", locations=("dc", "acme"))]))
    put_connection(supplier.db, supplier.shop.hub.seal(), "web", "generic", {}, {})
    with supplier.db.transaction() as conn:
        conn.execute(queries.switch_pages, {"channel": stage.channel, "on": True})

    async def work() -> None:
        async with serving(supplier.folder) as server, a_woocommerce_store(dump) as (connector, shown):
            address = {"address": f"sftp://127.0.0.1:{server.port}/", "user": USER, "host_key": public(HOST_KEY)}
            supplier.source({"password": PASSWORD}, after_reading="move", **address)
            pager = Pager(supplier.db, stage.channel, "web", connector)

            async def arrive() -> dict[str, tuple[str, int]]:
                await asyncio.to_thread(supplier.read)
                await asyncio.to_thread(stage.publish)
                await stage.kept(connector)
                await pager.turn()
                return {sku: (price, units) for sku, (_, price, units) in shown().items()}

            supplier.drop("monday.csv", "L1,Lamp S,7,3", "L2,Lamp M,8,4", ago_s=600)
            assert await arrive() == {"L1": ("7.00", 3), "L2": ("8.00", 4)}
            supplier.drop("tuesday.csv", "L1,Lamp S,7,3", "L2,Lamp M,9,1", ago_s=60)
            assert await arrive() == {"L1": ("7.00", 3), "L2": ("9.00", 1)}

    asyncio.run(work())
    supplier.shop.proven()
