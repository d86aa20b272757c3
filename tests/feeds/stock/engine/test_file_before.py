"""Once a file of figures is undone, its feed stands as of the one before it: figures, times, and what it had seen."""

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.feeds import read_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run
from truestock.ledger.values import Adjust


def undone(mending: Mending, run: Run) -> None:
    """Undo a run, of which a preview has said the same."""
    seen = mending.undo(run.id, "maria", "", preview=True)
    assert mending.undo(run.id, "maria", "", preview=False) == seen


def found(feeds: Feeds, sku: str, hours: float, qty: int = 1) -> None:
    """Units that were found so long ago, told now."""
    feeds.shop.book(Adjust(sku=sku, location="dc", qty=qty, reason="found", effective_at=ago(hours=hours)))


def says(feeds: Feeds, code: str, sku: str) -> list[int]:
    """What a feed says of an item."""
    asked = "SELECT s.qty FROM stated s JOIN feed f ON f.id = s.feed JOIN item i ON i.id = s.item"
    return [int(qty) for (qty,) in feeds.shop.read(f"{asked} WHERE f.code = %s AND i.sku = %s", code, sku)]


def test_what_the_file_before_said_stands_again(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two, as_of = shop.item(dc=10), shop.item(dc=10), ago(hours=8)
    feeds.send(erp, f"sku location qty | {one} dc 7 | {two} dc 6", as_of)
    newest = feeds.send(erp, f"sku location qty | {one} dc 9 | {two} dc 6", ago(hours=2))
    undone(mending, newest)
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (7, 0)}, {"dc": (6, 0)})
    assert (says(feeds, erp, one), says(feeds, erp, two)) == ([7], [6])
    assert read_feed(shop.hub.db, erp).as_of == as_of
    for sku, left in ((one, 7), (two, 6)):
        found(feeds, sku, hours=9)
        assert shop.shelf(sku) == {"dc": (left, 0)}
        found(feeds, sku, hours=7)
        assert shop.shelf(sku) == {"dc": (left + 1, 0)}


def test_what_the_undone_file_had_seen_counts_unless_the_file_before_had_seen_it_too(
    feeds: Feeds, mending: Mending
) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    one, two = shop.item(dc=10), shop.item(dc=10)
    feeds.send(erp, f"sku location qty | {one} dc 7 | {two} dc 6", ago(hours=8))
    newest = feeds.send(erp, f"sku location qty | {one} dc 9 | {two} dc 6", ago(hours=2))
    for sku, left in ((one, 9), (two, 6)):
        found(feeds, sku, hours=9)
        found(feeds, sku, hours=7, qty=3)
        assert shop.shelf(sku) == {"dc": (left, 0)}
    undone(mending, newest)
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (10, 0)}, {"dc": (9, 0)})


def test_files_are_undone_in_any_order(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10)
    for order in ((1, 2), (2, 1)):
        hours = 60 - 10 * order[0]
        runs = [
            feeds.send(erp, f"sku location qty | {sku} dc {qty}", ago(hours=hours - n))
            for n, qty in enumerate((7, 9, 4))
        ]
        undone(mending, runs[order[0]])
        undone(mending, runs[order[1]])
        assert (shop.shelf(sku), says(feeds, erp, sku)) == ({"dc": (7, 0)}, [7])


def test_an_undone_file_may_be_sent_again_and_undone_again(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku, as_of = shop.item(dc=10), ago(hours=2)
    feeds.send(erp, f"sku location qty | {sku} dc 7", ago(hours=8))
    text = f"sku location qty | {sku} dc 9"
    newest = feeds.send(erp, text, as_of)
    found(feeds, sku, hours=4)
    for _ in range(2):
        undone(mending, newest)
        assert shop.shelf(sku) == {"dc": (8, 0)}
        newest = feeds.send(erp, text, as_of)
        assert shop.shelf(sku) == {"dc": (9, 0)}


def test_a_complete_file_that_is_undone_gives_back_what_it_had_left_out(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand", complete=True, zero_share=100, locations=("far",))
    one, two = shop.item(far=10), shop.item(far=10)
    feeds.send(erp, f"sku location qty | {one} far 7 | {two} far 6", ago(hours=8))
    newest = feeds.send(erp, f"sku location qty | {one} far 7", ago(hours=2))
    assert shop.shelf(two) == {}
    undone(mending, newest)
    assert (shop.shelf(one), shop.shelf(two)) == ({"far": (7, 0)}, {"far": (6, 0)})
    shop.book(Adjust(sku=two, location="far", qty=1, reason="found", effective_at=ago(hours=9)))
    assert shop.shelf(two) == {"far": (6, 0)}


def test_a_file_that_was_passed_over_for_the_undone_one_is_booked(feeds: Feeds, mending: Mending) -> None:
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku = shop.item(dc=10)
    newest = feeds.send(erp, f"sku location qty | {sku} dc 9", ago(hours=2))
    found(feeds, sku, hours=9)
    found(feeds, sku, hours=4)
    older = feeds.send(erp, f"sku location qty | {sku} dc 7", ago(hours=8))
    assert (older.report.booked, shop.shelf(sku)) == (0, {"dc": (9, 0)})
    mending.undo(newest.id, "maria", "", preview=False)
    assert shop.shelf(sku) == {"dc": (8, 0)}
    undone(mending, older)
    assert shop.shelf(sku) == {"dc": (12, 0)}
