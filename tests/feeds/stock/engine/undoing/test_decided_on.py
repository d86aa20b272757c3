"""Units that a run brought and that somebody has decided on since are not taken back behind that decision."""

from typing import Any

import pytest

from tests.factories import ago
from tests.feeds.receiving.clerk import Clerk
from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.problems import Conflict
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import read_run
from truestock.ledger.values import Count


@pytest.fixture
def mending(feeds: Feeds) -> Mending:
    return Mending(feeds.shop.hub.db, feeds.shop.hub.rules)


@pytest.fixture
def clerk(feeds: Feeds) -> Clerk:
    return Clerk(feeds.shop)


def decided(clerk: Clerk, lands: str, sku: str, qty: int) -> int:
    """Some units that wait are decided on; the movement that says so."""
    if lands == "receiving":
        return int(clerk.put_away(sku, qty).movements[0])
    decision = "passed" if lands == "inspection" else "approved"
    return clerk.decided(sku, decision, qty).movements[0]


@pytest.mark.parametrize("lands", ["approval", "inspection", "receiving"])
def test_a_run_of_receipts_is_undone_after_what_was_decided_on_them(
    feeds: Feeds, mending: Mending, clerk: Clerk, lands: str
) -> None:
    shop, wms = feeds.shop, feeds.add("receipt")
    sku, other = shop.item(), shop.item()
    clerk.rule(location="dc", item=sku, lands=lands)
    run = feeds.send(wms, f"sku location qty ref | {sku} dc 5 {shop.new_ref()} | {other} dc 3 {shop.new_ref()}")
    decision = decided(clerk, lands, sku, 2)
    before = shop.cells(sku)
    for preview in (True, False):
        with pytest.raises(Conflict, match=f"2 .* by movement {decision}; reverse those movements first"):
            mending.undo(run.id, "maria", "", preview=preview)
    assert (shop.cells(sku), shop.shelf(other)) == (before, {"dc": (3, 0)})
    assert read_run(shop.hub.db, run.id).state == "done"
    clerk.undo(decision)
    assert mending.undo(run.id, "maria", "", preview=False).movements == 2
    assert (shop.cells(sku), shop.cells(other)) == ({}, {})


def test_all_that_was_decided_on_is_named(feeds: Feeds, mending: Mending, clerk: Clerk) -> None:
    shop, wms = feeds.shop, feeds.add("return")
    skus = [shop.item() for _ in range(3)]
    rows = " | ".join(f"{sku} dc 2 inspection {shop.new_ref()}" for sku in skus)
    run = feeds.send(wms, f"sku location qty status ref | {rows}")
    passed = [clerk.decided(sku, "passed").movements[0] for sku in skus[:2]]
    with pytest.raises(Conflict) as refused:
        mending.undo(run.id, "maria", "", preview=True)
    assert all(f"2 passed by movement {movement}" in str(refused.value) for movement in passed)


@pytest.mark.parametrize("meaning", ["receipt", "return"])
def test_what_a_count_has_seen_since_is_undone_whatever_was_decided(
    feeds: Feeds, mending: Mending, clerk: Clerk, meaning: Any
) -> None:
    """What lies there is what was counted, with the file or without it."""
    shop, wms = feeds.shop, feeds.add(meaning)
    sku = shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection")
    run = feeds.send(wms, f"sku location qty status ref | {sku} dc 5 inspection {shop.new_ref()}", ago(minutes=5))
    clerk.decided(sku, "passed", 2)
    shop.book(
        Count(sku=sku, location="dc", qty=3, status="inspection", effective_at=ago(seconds=0)),
        Count(sku=sku, location="dc", qty=2, effective_at=ago(seconds=0)),
    )
    before = shop.cells(sku)
    mending.undo(run.id, "maria", "", preview=False)
    assert shop.cells(sku) == before
