"""Runs that ended long ago are forgotten, with all that hangs on them; the one that a feed stands by is not."""

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.feed import Meaning
from truestock.feeds.stock.engine.feeds import remove_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import TRIM as RUNS
from truestock.feeds.stock.engine.runs import runs_of
from truestock.feeds.stock.engine.undoing.before import TRIM as FACTS
from truestock.ledger import requests
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import reverse
from truestock.ledger.values import Adjust, Count
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
    assert trim_all(shop.hub.db, [Kept(RUNS, 90)]) == {"runs of feeds": 2}
    assert [run.id for run in runs_of(shop.hub.db, erp).rows] == [newest.id]
    assert [run.id for run in runs_of(shop.hub.db, pos).rows] == [young.id]
    feeds.send(pos, f"sku qty ref at | {sku} 1 R1 {at} | nobody 1 R1 {at} | {sku} 1 R3 {at}")
    assert shop.shelf(sku) == {"dc": (5, 0)}


def test_a_fact_that_counts_again_since_a_run_was_undone_does_so_once_however_long_ago_that_was(feeds: Feeds) -> None:
    """That it was booked is known for longer than the undone run is."""
    shop, erp = feeds.shop, feeds.add("on_hand")
    mending = Mending(shop.hub.db, shop.hub.rules)
    sku = shop.item(dc=10)
    older = feeds.send(erp, f"sku location qty | {sku} dc 5", ago(hours=3))
    newer = feeds.send(erp, f"sku location qty | {sku} dc 4", ago(hours=2))
    shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="lost", effective_at=ago(minutes=150)))
    assert shop.shelf(sku) == {"dc": (4, 0)}
    mending.undo(newer.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (4, 0)}
    with shop.hub.db.transaction() as conn:
        conn.execute("UPDATE feed_run SET ended_at = ended_at - interval '91 days' WHERE id = %s", [newer.id])
    trim_all(shop.hub.db, [Kept(RUNS, 90)])
    assert [run.id for run in runs_of(shop.hub.db, erp).rows] == [older.id]
    mending.undo(older.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (9, 0)}


def test_it_does_so_once_also_where_the_feed_of_the_undone_run_was_removed(feeds: Feeds) -> None:
    shop, erp, wms = feeds.shop, feeds.add("on_hand"), feeds.add("on_hand")
    mending = Mending(shop.hub.db, shop.hub.rules)
    sku = shop.item(dc=10)
    older = feeds.send(erp, f"sku location qty | {sku} dc 9", ago(hours=4))
    newer = feeds.send(wms, f"sku location qty | {sku} dc 9", ago(hours=2))
    shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="lost", effective_at=ago(hours=3)))
    assert shop.shelf(sku) == {"dc": (9, 0)}
    mending.undo(newer.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (8, 0)}
    remove_feed(shop.hub.db, wms)
    mending.undo(older.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (9, 0)}


def test_such_a_fact_is_known_until_no_run_is_kept_that_could_find_it(feeds: Feeds) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    mending = Mending(shop.hub.db, shop.hub.rules)
    sku = shop.item(dc=10)
    older = feeds.send(erp, f"sku location qty | {sku} dc 5", ago(hours=3))
    newer = feeds.send(erp, f"sku location qty | {sku} dc 4", ago(hours=2))
    shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="lost", effective_at=ago(minutes=150)))
    mending.undo(newer.id, "maria", "", preview=False)

    def known_91_days_later() -> int:
        """In the module's database others' runs and facts grow older too."""
        with shop.hub.db.transaction() as conn:
            conn.execute("UPDATE feed_unseen SET found_at = found_at - interval '91 days'")
            conn.execute(
                "UPDATE feed_run SET began_at = began_at - interval '91 days', ended_at = ended_at - interval '91 days'"
            )
        trim_all(shop.hub.db, [Kept(RUNS, 90), Kept(FACTS, 90)])
        return len(shop.read("SELECT FROM feed_unseen u JOIN item i ON i.id = u.item WHERE i.sku = %s", sku))

    assert known_91_days_later() == 1
    assert [run.id for run in runs_of(shop.hub.db, erp).rows] == [older.id]
    for (code,) in shop.read("SELECT code FROM feed"):
        remove_feed(shop.hub.db, code)
    assert known_91_days_later() == 0


def test_such_a_fact_is_known_for_as_long_as_a_count_sees_it(feeds: Feeds) -> None:
    shop = feeds.shop
    sku = shop.item(dc=10)
    older, newer = (Count(sku=sku, location="dc", qty=8, effective_at=ago(hours=hours)) for hours in (4, 2))
    (first,), (second,) = shop.book(older), shop.book(newer)
    shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="lost", effective_at=ago(hours=5)))
    with shop.hub.db.connect() as conn:
        reverse(Desk(conn, shop.hub.rules), second.movement, "maria", "", preview=False)
    with shop.hub.db.transaction() as conn:
        conn.execute("UPDATE feed_unseen SET found_at = found_at - interval '400 days'")
    trim_all(shop.hub.db, [Kept(FACTS, 90)])
    with shop.hub.db.connect() as conn:
        reverse(Desk(conn, shop.hub.rules), first.movement, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (9, 0)}


@pytest.mark.parametrize("meaning", ["delta", "return", "receipt", "sales"])
def test_a_row_of_a_document_is_known_for_as_long_as_the_run_that_told_it(feeds: Feeds, meaning: Meaning) -> None:
    """Much longer than requests are, whose keys answer when they are sent again at once."""
    shop, code = feeds.shop, feeds.add(meaning, location="dc")
    sku, at = shop.item(dc=10), ago(minutes=5).isoformat()
    days = [Kept(requests.TRIM, 30), Kept(requests.DOCUMENTS_TRIM, 90)]

    def grown_older(by: int) -> None:
        with shop.hub.db.transaction() as conn:
            older = "recorded_at = recorded_at - make_interval(days => %s)"
            conn.execute(f"UPDATE request SET {older} WHERE strpos(key, %s) > 0", [by, sku])

    feeds.send(code, f"sku qty ref at | {sku} 2 R1 {at}")
    there = shop.shelf(sku)
    grown_older(89)
    assert trim_all(shop.hub.db, days)["keys of documents' lines"] == 0
    assert feeds.send(code, f"sku qty ref at | {sku} 2 R1 {at} | nobody 1 R1 {at}").report.known == 1
    assert shop.shelf(sku) == there
    grown_older(2)
    assert trim_all(shop.hub.db, days)["keys of documents' lines"] == 1
