"""What was told of supply is forgotten while somebody tells some of it by hand: neither waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.clocks import until
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.feeds import remove_feed
from truestock.feeds.stock.engine.runs import TRIM
from truestock.ledger.documents import Document, DocumentLine, put_document
from truestock.store.upkeep.retention import Kept, trim_all

DUE = datetime(2091, 5, 1, tzinfo=UTC)
HELD = "SELECT FROM supply_told s JOIN item i ON i.id = s.item WHERE i.sku = %s AND s.run = 0 FOR UPDATE OF s"
WAITING = """SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
             WHERE NOT l.granted AND a.datname = current_database()"""


@pytest.mark.parametrize("forgets", ["trim", "removal"])
def test_what_is_told_by_hand_while_it_is_forgotten_goes_in(feeds: Feeds, forgets: str) -> None:
    shop, erp, ref = feeds.shop, feeds.add("expected", location="dc"), f"PO-race-{forgets}"
    db, rules, skus = shop.hub.db, shop.hub.rules, [shop.item() for _ in range(3)]
    first, middle, last = (
        sku for (sku,) in shop.read("SELECT sku FROM item WHERE sku = ANY (%s) ORDER BY part, id", skus)
    )

    def by_hand(*told: str, qty: int) -> None:
        put_document(
            db, rules, Document(ref, [DocumentLine(sku, qty, "dc", DUE) for sku in told], whole=False), "maria"
        )

    run = feeds.send(erp, " | ".join(["ref sku qty due_at", *(f"{ref} {sku} 5 {DUE.isoformat()}" for sku in skus)]))
    # As they lie in the table they stand the other way round.
    for sku in (last, middle, first):
        by_hand(sku, qty=6)
    with db.transaction() as conn:
        conn.execute("UPDATE feed_run SET ended_at = ended_at - interval '91 days' WHERE id = %s", [run.id])
    ways: dict[str, Callable[[], object]] = {
        "trim": lambda: trim_all(db, [Kept(TRIM, 90)]),
        "removal": lambda: remove_feed(db, erp),
    }
    with closing(db.connect()) as conn, ThreadPoolExecutor(2) as threads:
        with conn.transaction():
            conn.execute(HELD, [middle])
            told = threads.submit(by_hand, *skus, qty=7)
            until(lambda: shop.read(WAITING)[0][0] >= 1)
            gone = threads.submit(ways[forgets])
            until(lambda: shop.read(WAITING)[0][0] >= 2)
        told.result()
        gone.result()
    assert sorted(shop.read("SELECT qty FROM expected WHERE ref = %s AND state = 'open'", ref)) == [(7,)] * 3
