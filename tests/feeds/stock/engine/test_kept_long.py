"""Runs that ended long ago are forgotten, with all that hangs on them; the one that a feed stands by is not."""

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.runs import TRIM, runs_of
from truestock.store.upkeep.retention import Kept, trim_all


def test_old_runs_are_forgotten_but_for_the_file_that_a_feed_stands_by(feeds: Feeds) -> None:
    shop, erp, pos = feeds.shop, feeds.add("on_hand"), feeds.add("sales", location="dc")
    sku, at = shop.item(dc=10), ago(minutes=5).isoformat()
    first = feeds.send(erp, f"sku location qty | {sku} dc 9 | nobody dc 1", ago(hours=3))
    newest = feeds.send(erp, f"sku location qty | {sku} dc 8", ago(hours=2))
    old = feeds.send(pos, f"sku qty ref at | {sku} 1 R1 {at} | nobody 1 R1 {at}")
    young = feeds.send(pos, f"sku qty ref at | {sku} 1 R2 {at}")
    with shop.hub.db.transaction() as conn:
        ids = [first.id, newest.id, old.id]
        conn.execute("UPDATE feed_run SET ended_at = ended_at - interval '91 days' WHERE id = ANY (%s)", [ids])
    assert trim_all(shop.hub.db, [Kept(TRIM, 90)]) == {"runs of feeds": 2}
    assert [run.id for run in runs_of(shop.hub.db, erp).rows] == [newest.id]
    assert [run.id for run in runs_of(shop.hub.db, pos).rows] == [young.id]
    feeds.send(pos, f"sku qty ref at | {sku} 1 R1 {at} | nobody 1 R1 {at} | {sku} 1 R3 {at}")
    assert shop.shelf(sku) == {"dc": (5, 0)}
