"""What a run lost is tried again, and what it did is undone as a whole, after a look at what that would change."""

from itertools import count
from typing import Any

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.stock.engine.feeds import read_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import lines_of, read_run
from truestock.ledger.reverse import reverse
from truestock.ledger.values import Adjust
from truestock.store.jobs.kinds import Interrupted


@pytest.fixture
def mending(feeds: Feeds) -> Mending:
    return Mending(feeds.shop.hub.db, feeds.shop.hub.rules)


def test_a_mended_figure_goes_in_as_of_its_file(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku, as_of = shop.item(dc=10), ago(hours=1)
    run = feeds.send(erp, f"sku location qty | {sku}x dc 7 | nobody dc 1", as_of)
    shop.book(Adjust(sku=sku, location="dc", qty=2, reason="found"))
    told = mending.retry(run.id, None, {2: {"sku": sku}}, "maria")
    assert (told.taken, told.faults) == ([2], [])
    assert shop.shelf(sku) == {"dc": (9, 0)}
    assert [fault.line for fault in lines_of(shop.hub.db, run.id).rows] == [3]
    with pytest.raises(Invalid, match=r"line 2 .* does not wait"):
        mending.retry(run.id, [2], {}, "maria")


def test_a_mended_figure_does_not_replace_another_of_its_file_unless_somebody_says_so(
    feeds: Feeds, mending: Mending
) -> None:
    """An item under two of its source's names, of which one was known: together they are what lies there."""
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku, as_of = shop.item(dc=10), ago(hours=1)
    run = feeds.send(erp, f"sku location qty | {sku} dc 40 | {sku}x dc 3 | {sku}y dc 40", as_of)
    told = mending.retry(run.id, None, {3: {"sku": sku}, 4: {"sku": sku}}, "maria")
    assert [(fault.line, fault.field, fault.repair) for fault in told.faults] == [
        (3, "qty", "if both are parts of it, set qty to 43; if not, drop this row")
    ]
    assert (told.taken, shop.shelf(sku)) == ([4], {"dc": (40, 0)})
    assert [fault.fields["sku"] for fault in lines_of(shop.hub.db, run.id).rows] == [sku]
    assert mending.retry(run.id, None, {3: {"qty": "43"}}, "maria").taken == [3]
    assert shop.shelf(sku) == {"dc": (43, 0)}


def test_what_a_complete_file_did_not_mention_is_mended_to_what_it_says(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", complete=True, zero_share=100)
    sku, other = shop.item(dc=10), shop.item(dc=10)
    feeds.send(erp, f"sku location qty | {sku} dc 10 | {other} dc 10", ago(hours=2))
    run = feeds.send(erp, f"sku location qty | {sku}x dc 7 | {other} dc 10", ago(hours=1))
    assert shop.shelf(sku) == {}
    assert mending.retry(run.id, None, {2: {"sku": sku}}, "maria").taken == [2]
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_many_rows_that_are_refused_again_wait_in_their_own_run_alone(feeds: Feeds, mending: Mending) -> None:
    erp = feeds.add("on_hand")
    run = feeds.send(erp, "sku location qty | " + " | ".join(f"none{n} dc 1" for n in range(120)))
    told = mending.retry(run.id, None, {}, "maria")
    assert (len(told.faults), told.taken) == (120, [])
    assert not lines_of(feeds.shop.hub.db, told.run).rows
    assert len(lines_of(feeds.shop.hub.db, run.id, limit=200).rows) == 120


def test_a_mended_row_is_booked_once(feeds: Feeds, mending: Mending) -> None:
    shop, wms = feeds.shop, feeds.add("delta")
    sku = shop.item(dc=10)
    run = feeds.send(wms, f"sku location qty | {sku} nowhere 4 | {sku} dc x")
    told = mending.retry(run.id, None, {2: {"location": "dc"}, 3: {"qty": "1,5"}}, "maria")
    assert told.taken == [2]
    assert [fault.line for fault in told.faults] == [3]
    assert shop.shelf(sku) == {"dc": (14, 0)}
    mending.drop(run.id, [3])
    assert not lines_of(shop.hub.db, run.id).rows


def test_two_rows_of_one_receipt_that_could_not_be_read_are_two_when_they_are_mended(
    feeds: Feeds, mending: Mending
) -> None:
    shop, pos = feeds.shop, feeds.add("sales")
    sku, at = shop.item(store=10), ago(minutes=5).isoformat()
    run = feeds.send(pos, f"sku location qty ref at | {sku} store x R1 {at} | {sku} store y R1 {at}")
    assert mending.retry(run.id, None, {2: {"qty": "1"}, 3: {"qty": "1"}}, "maria").taken == [2, 3]
    assert shop.shelf(sku) == {"store": (8, 0)}


def test_a_run_is_undone_after_a_preview_that_says_the_same(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=3)
    run = feeds.send(erp, f"sku location qty | {one} dc 4 | {two} dc 5")
    seen = mending.undo(run.id, "maria", "wrong file", preview=True)
    assert (seen.up, seen.down) == (6, 2)
    assert shop.shelf(one) == {"dc": (4, 0)}
    done = mending.undo(run.id, "maria", "wrong file", preview=False)
    assert done == seen
    assert shop.shelf(one) == {"dc": (10, 0)}
    assert shop.shelf(two) == {"dc": (3, 0)}
    assert read_run(shop.hub.db, run.id).state == "undone"
    assert read_feed(shop.hub.db, erp).as_of is None
    shop.book(Adjust(sku=one, location="dc", qty=-1, reason="lost", effective_at=ago(minutes=5)))
    assert shop.shelf(one) == {"dc": (9, 0)}
    with pytest.raises(Conflict, match="is undone"):
        mending.undo(run.id, "maria", "", preview=False)


def statements(feeds: Feeds, code: str) -> int:
    """How many cells a feed states."""
    ((cells,),) = feeds.shop.read("SELECT count(*) FROM stated s JOIN feed f ON f.id = s.feed WHERE f.code = %s", code)
    return int(cells)


def lost(feeds: Feeds, sku: str, minutes: int) -> None:
    """A unit that was lost so long ago, told now."""
    feeds.shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="lost", effective_at=ago(minutes=minutes)))


def test_an_undone_file_takes_nothing_from_a_newer_one_that_said_the_same(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two, three = shop.item(dc=10), shop.item(dc=3), shop.item(dc=8)
    oldest = feeds.send(erp, f"sku location qty | {three} dc 7", ago(hours=4))
    older = feeds.send(erp, f"sku location qty | {one} dc 4 | {two} dc 5 | {three} dc 7", ago(hours=3))
    newest = feeds.send(erp, f"sku location qty | {one} dc 4 | {two} dc 6 | {three} dc 7", ago(hours=2))
    mending.undo(older.id, "maria", "", preview=False)
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (4, 0)}, {"dc": (6, 0)})
    lost(feeds, one, minutes=150)
    assert shop.shelf(one) == {"dc": (4, 0)}
    mending.undo(newest.id, "maria", "", preview=False)
    lost(feeds, three, minutes=300)
    assert shop.shelf(three) == {"dc": (7, 0)}
    lost(feeds, three, minutes=210)
    assert shop.shelf(three) == {"dc": (6, 0)}
    mending.undo(oldest.id, "maria", "", preview=False)
    assert statements(feeds, erp) == 0


def test_of_two_files_as_of_one_instant_the_later_is_undone_first(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku, as_of = shop.item(dc=3), ago(hours=3)
    wrong = feeds.send(erp, f"sku location qty | {sku} dc 5", as_of)
    right = feeds.send(erp, f"sku location qty | {sku} dc 6", as_of)
    with pytest.raises(Conflict, match=f"run {right.id} is as of the same instant"):
        mending.undo(wrong.id, "maria", "", preview=False)
    mending.undo(right.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (5, 0)}
    mending.undo(wrong.id, "maria", "", preview=False)
    lost(feeds, sku, minutes=240)
    assert shop.shelf(sku) == {"dc": (2, 0)}


def test_mended_figures_outlive_the_run_that_lost_them(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=3), shop.item(dc=3)
    run = feeds.send(erp, f"sku location qty | {one} dc 5 | nobody dc 4", ago(hours=3))
    told = mending.retry(run.id, None, {3: {"sku": two}}, "maria")
    mending.undo(run.id, "maria", "", preview=False)
    lost(feeds, two, minutes=240)
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (3, 0)}, {"dc": (4, 0)})
    mending.undo(told.run, "maria", "", preview=False)
    assert statements(feeds, erp) == 0


def test_changes_are_undone_and_may_be_told_again(feeds: Feeds, mending: Mending) -> None:
    shop, wms = feeds.shop, feeds.add("delta")
    sku = shop.item(dc=10)
    run = feeds.send(wms, f"sku location qty | {sku} dc 4")
    mending.undo(run.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (10, 0)}
    again = feeds.send(wms, f"sku location qty | {sku} dc 4")
    assert not again.known
    assert shop.shelf(sku) == {"dc": (14, 0)}


def test_an_undoing_that_was_cut_off_goes_on(feeds: Feeds, mending: Mending, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, pos = feeds.shop, feeds.add("sales", location="store")
    one, two = shop.item(store=10), shop.item(store=10)
    at = ago(minutes=5).isoformat()
    run = feeds.send(pos, f"sku qty ref at | {one} 3 R1 {at} | {two} 4 R2 {at}")
    calls = count()

    def broken(*given: Any, **how: Any) -> Any:
        if next(calls):
            raise KeyboardInterrupt
        return reverse(*given, **how)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("truestock.feeds.stock.engine.undoing.undo.reverse", broken)
        mending.undo(run.id, "maria", "", preview=False)
    assert read_run(shop.hub.db, run.id).state == "undoing"
    mending.undo(run.id, "maria", "", preview=False)
    assert (shop.shelf(one), shop.shelf(two)) == ({"store": (10, 0)}, {"store": (10, 0)})


def test_undoing_a_file_leaves_what_others_booked_in_the_name_of_its_source(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    skus, stopped = [shop.item(dc=10) for _ in range(3)], ago(seconds=1)
    looks = count()
    text = "sku location qty | " + " | ".join(f"{sku} dc 7" for sku in skus)
    with pytest.raises(Interrupted):
        feeds.send(erp, text, stopped, stopping=lambda: next(looks) > 0)
    other = shop.item(dc=10)
    shop.book(Adjust(sku=other, location="dc", qty=2, reason="found", source=erp))
    run = feeds.send(erp, text, stopped)
    mending.undo(run.id, "maria", "", preview=False)
    assert shop.shelf(skus[0]) == {"dc": (10, 0)}
    assert shop.shelf(other) == {"dc": (12, 0)}


def test_any_line_that_waits_may_be_mended(feeds: Feeds, mending: Mending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truestock.feeds.stock.engine.mending.LINES_MAX", 2)
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10)
    run = feeds.send(erp, "sku location qty | no dc 1 | nobody dc 1 | none dc 1 | nil dc 7")
    assert mending.retry(run.id, None, {5: {"sku": sku}}, "maria").taken == [5]
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_what_was_shipped_is_not_undone_but_returned(feeds: Feeds, mending: Mending) -> None:
    shop, wms = feeds.shop, feeds.add("shipment", location="dc")
    sku = shop.item(dc=10)
    ref, listing = shop.new_ref(), shop.listing("market", {sku: 1})
    shop.buy("market", {listing: 5}, ref)
    run = feeds.send(wms, f"sku qty order channel | {listing} 5 {ref} market")
    with pytest.raises(Conflict, match="truestock book return"):
        mending.undo(run.id, "maria", "", preview=False)


def test_what_an_undoing_changes_is_told_with_the_file_that_had_come_later_and_stands_again(
    feeds: Feeds, mending: Mending
) -> None:
    shop, erp, sku = feeds.shop, feeds.add("on_hand"), feeds.shop.item(dc=10)
    run = feeds.send(erp, f"sku location qty | {sku} dc 4", ago(hours=1))
    feeds.send(erp, f"sku location qty | {sku} dc 5", ago(hours=2))
    assert shop.shelf(sku) == {"dc": (4, 0)}
    seen = mending.undo(run.id, "maria", "", preview=True)
    done = mending.undo(run.id, "maria", "", preview=False)
    assert (seen.up - seen.down, shop.shelf(sku)) == (1, {"dc": (5, 0)})
    assert done == seen
