"""What a run that was cut off says of itself in the end is what it would have said if it had not been."""

from contextlib import AbstractContextManager
from itertools import count
from typing import Any

import msgspec
import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.problems import Conflict
from truestock.feeds.stock.engine import engine
from truestock.feeds.stock.engine.engine import FeedEngine
from truestock.feeds.stock.engine.feeds import Stored, read_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import runs_of
from truestock.feeds.stock.engine.taking import alone
from truestock.reconciliation.discrepancies.tolerances import ToleranceDraft, put_tolerance
from truestock.store.database import Connection, Database
from truestock.store.jobs.kinds import Interrupted


def totals(report: Any) -> dict[str, Any]:
    told = msgspec.to_builtins(report)
    return {name: told[name] for name in ("differed", "booked", "review", "up", "down", "displaced", "owed")}


def shelves(feeds: Feeds, *groups: list[str]) -> list[set[int]]:
    """What lies there of items, by group."""
    return [{feeds.shop.shelf(sku)["dc"][0] for sku in skus} for skus in groups]


@pytest.mark.parametrize("looks_left", [3, 8, 13, 20])
def test_what_was_booked_before_a_cut_is_counted(feeds: Feeds, looks_left: int) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    less, more, sold = ([shop.item(dc=10) for _ in range(12)] for _ in range(3))
    lots = [shop.item(lots=True) for _ in range(6)]
    for sku in lots:
        both = f"{sku} dc A 2027-01-01 4 | {sku} dc B 2027-02-01 5"
        feeds.send(erp, f"sku location lot expires_at qty | {both}", ago(hours=1))
    for sku in sold:
        shop.buy("web", {sku: 9})
    figures = [(less, 7), (more, 15), (sold, 6), (lots, 2)]
    text = "sku location qty | " + " | ".join(f"{sku} dc {qty}" for skus, qty in figures for sku in skus)
    as_of, looks = ago(seconds=1), count()
    with pytest.raises(Interrupted):
        feeds.send(erp, text, as_of, stopping=lambda: next(looks) > looks_left)
    done = feeds.send(erp, text, as_of)
    assert done.state == "done"
    assert totals(done.report) == {
        "differed": 42, "booked": 42, "review": 0, "up": 60, "down": 126, "displaced": 36, "owed": 36,
    }  # fmt: skip


def test_what_was_booked_before_a_cut_is_counted_where_it_is_weighed_first(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", posture="reconcile")
    put_tolerance(shop.hub.db, ToleranceDraft(units=2, source=wms), "test")
    within, beyond = ([shop.item(dc=10) for _ in range(20)] for _ in range(2))
    rows = [f"{sku} dc 9" for sku in within] + [f"{sku} dc 1" for sku in beyond]
    text, as_of, looks = "sku location qty | " + " | ".join(rows), ago(seconds=1), count()
    with pytest.raises(Interrupted):
        feeds.send(wms, text, as_of, stopping=lambda: next(looks) > 8)
    assert totals(feeds.send(wms, text, as_of).report) == {
        "differed": 40, "booked": 20, "review": 20, "up": 0, "down": 20, "displaced": 0, "owed": 0,
    }  # fmt: skip


@pytest.mark.parametrize("file", ["comes again", "is gone"])
def test_what_is_kept_for_orders_is_compared_though_the_run_was_cut_off(feeds: Feeds, file: str) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand")
    skus = [shop.item(dc=20) for _ in range(20)]
    refs = [shop.buy("web", {sku: 2}).ref for sku in skus]
    rows = [f"{sku} dc 19 {ref} web 1" for sku, ref in zip(skus, refs, strict=True)]
    text, as_of, looks = "sku location qty order channel allocated | " + " | ".join(rows), ago(seconds=0), count()
    with pytest.raises(Interrupted):
        feeds.send(wms, text, as_of, stopping=lambda: next(looks) > 8)
    (done,) = [feeds.send(wms, text, as_of)] if file == "comes again" else feeds.engine.go_on(wms)
    assert done.state == "done"
    told = "SELECT stated, expected FROM discrepancy WHERE source = %s AND kind = 'allocated'"
    assert shop.read(told, wms) == [(1, 2)] * len(skus)
    assert shop.read("SELECT FROM feed_allocated WHERE run = %s", done.id) == []


def test_a_run_that_somebody_else_ends_meanwhile_is_not_gone_on_with(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    other, sku, looks = FeedEngine(shop.hub.db, shop.hub.rules), shop.item(store=400), count()
    with pytest.raises(Interrupted):
        feeds.send(
            pos, "sku qty ref | " + " | ".join(f"{sku} 1 R{n}" for n in range(300)), stopping=lambda: next(looks) > 0
        )

    def late(db: Database, stored: Stored) -> AbstractContextManager[Connection]:
        with monkeypatch.context() as patched:
            patched.setattr(engine, "alone", alone)
            assert [run.report.booked for run in other.go_on(pos)] == [300]
        return alone(db, stored)

    monkeypatch.setattr(engine, "alone", late)
    assert feeds.engine.go_on(pos) == []
    assert [run.report.booked for run in runs_of(shop.hub.db, pos).rows] == [300]


@pytest.mark.parametrize("file", ["comes again", "is gone"])
def test_a_file_that_was_cut_off_has_arrived_when_it_came(feeds: Feeds, file: str) -> None:
    shop, erp, looks, as_of = feeds.shop, feeds.add("on_hand", due=60), count(), ago(seconds=1)
    text = f"sku location qty | {shop.item(dc=10)} dc 9"
    with pytest.raises(Interrupted):
        feeds.send(erp, text, as_of, stopping=lambda: next(looks) > 3)
    (done,) = [feeds.send(erp, text, as_of)] if file == "comes again" else feeds.engine.go_on(erp)
    assert done.state == "done"
    assert read_feed(shop.hub.db, erp).arrived_at == done.began_at
    with pytest.raises(Conflict, match="read as the other meaning"):
        feeds.put(erp, "available")


@pytest.mark.parametrize("undone_first", ["older", "newer"])
def test_of_two_files_that_were_cut_off_each_books_what_it_says_itself(feeds: Feeds, undone_first: str) -> None:
    shop, erp, mending = feeds.shop, feeds.add("on_hand"), Mending(feeds.shop.hub.db, feeds.shop.hub.rules)
    other, same = ([shop.item(dc=10) for _ in range(40)] for _ in range(2))
    for n, qty in enumerate((7, 5)):
        rows = [*(f"{sku} dc {qty}" for sku in other), *(f"{sku} dc 6" for sku in same)]
        looks = count()
        with pytest.raises(Interrupted):
            feeds.send(
                erp, "sku location qty | " + " | ".join(rows), ago(seconds=2 - n),
                stopping=lambda n=n, looks=looks: next(looks) > 8 and len(runs_of(shop.hub.db, erp).rows) > n,
            )  # fmt: skip
    feeds.engine.go_on(erp)
    newer, older = runs_of(shop.hub.db, erp).rows
    assert shelves(feeds, other, same) == [{5}, {6}]
    assert (older.report.booked, newer.report.booked) == (80, 40)
    first, left = (older, [{5}, {6}]) if undone_first == "older" else (newer, [{7}, {6}])
    mending.undo(first.id, "maria", "", preview=False)
    assert shelves(feeds, other, same) == left


def test_a_run_that_was_cut_off_is_gone_on_with_before_one_that_asked_is_done(feeds: Feeds) -> None:
    shop, looks = feeds.shop, count()
    erp = feeds.add("on_hand", location="far", locations=("far",), complete=True)
    skus = [shop.item(far=10) for _ in range(40)]
    asked = feeds.send(erp, f"sku qty | {skus[0]} 10", ago(seconds=2))
    assert asked.state == "asks"
    with pytest.raises(Interrupted):
        rows = " | ".join(f"{sku} 9" for sku in skus)
        feeds.send(erp, f"sku qty | {rows}", ago(seconds=1), stopping=lambda: next(looks) > 3)
    feeds.engine.confirm(asked.id, "test", take=True)
    assert [run.state for run in runs_of(shop.hub.db, erp).rows] == ["done", "done", "refused"]
    assert {shop.shelf(sku)["far"] for sku in skus} == {(9, 0)}
