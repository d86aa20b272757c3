"""Figures of the last moments, on a hub that has just sold something."""

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from tests.core.replay.worlds import two_shops
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.feeds.replay.prepare import prepare
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine
from truestock.reporting.dashboard.lately import lately, recent_orders


def test_what_was_sold_and_what_is_owed(database_url: str) -> None:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        prepare(hub.db, hub.run, two_shops(mugs=10))
        lines = [OrderLine("MUG", 2), OrderLine("JAR", 1)]
        hub.run(reserve, [Reserve(NewOrder(channel="left", ref="A", lines=lines))])
        hub.run(reserve, [Reserve(NewOrder(channel="right", ref="B", lines=[OrderLine("MUG", 12)], mode="sold"))])
        with hub.db.transaction() as conn:
            now = lately(conn, 60.0)
            minute_ago = datetime.now(UTC) - timedelta(minutes=1)
            newest = recent_orders(conn, minute_ago)
            assert recent_orders(conn, newest[-1].at) == []
    assert (now.orders, now.units, now.owed) == (2, 11, 4)
    assert [order[1:] for order in newest] == [("left", "A", 3, 3), ("right", "B", 12, 8)]
