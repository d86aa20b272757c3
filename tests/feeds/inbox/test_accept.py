"""An order with an unknown SKU waits until somebody says what it means; then it is taken, and nothing of it is lost."""

import asyncio
from datetime import timedelta

import pytest

from tests.factories import Shop, accept, ago
from tests.feeds.channel_orders.till import Till, parcel, sold
from truestock.bootstrap import open_hub
from truestock.catalog.changes import How
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, end_listings, read_listings
from truestock.config import Settings
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.feeds.inbox.accept import Came, heed, ignore, list_ignored, map_skus, take_concerned
from truestock.feeds.inbox.entries import Entry, list_inbox, sizes


def inbox(till: Till) -> dict[str, Entry]:
    """The inbox by key."""
    return {entry.key: entry for entry in list_inbox(till.shop.hub.db, "web").rows}


def take(till: Till, *skus: str) -> Came:
    hub = till.shop.hub
    return asyncio.run(take_concerned(hub.db, hub.rules, hub.call, {"web": skus}))


def pack(till: Till, sku: str, item: str, units: int) -> None:
    accept(map_skus(till.shop.hub.db, [ListingDraft("web", sku, (Component(item, units),))]))


def test_an_order_of_an_unknown_pack_waits_and_is_reserved_when_it_is_mapped(till: Till) -> None:
    item = till.shop.item(dc=20)
    other = till.shop.item(dc=5)
    till.register.put("5001", sold("a", f"{item}-6PK", 2), sold("b", other, 1))
    till.register.put("5002", sold("a", f"{item}-6PK", 1), placed_at=ago(days=2))
    till.turns()
    found = inbox(till)[f"{item}-6PK"]
    assert (found.kind, found.orders, found.units, found.title) == ("unmapped_sku", 2, 3, f"{item}-6PK in blue")
    assert found.oldest is not None
    assert ago(days=2) - found.oldest < timedelta(minutes=1)
    assert [(m.item, m.units) for m in found.matches[:1]] == [(item, 6)]
    assert till.stands("5001") == {other: (1, 0)}

    pack(till, f"{item}-6PK", item, 6)
    assert take(till, f"{item}-6PK") == Came(2, 0)
    assert till.stands("5001") == {other: (1, 0), f"{item}-6PK": (2, 0)}
    assert till.shop.shelf(item)["dc"] == (20, 18)
    assert till.row("5001", "settled, waiting") == (True, [])
    assert inbox(till) == {}
    till.shop.proven()


def test_a_stop_between_the_mapping_and_the_taking_loses_nothing(till: Till, settings: Settings) -> None:
    item = till.shop.item(dc=20)
    till.register.put("5001", sold("a", "ODD", 2))
    till.turns()
    pack(till, "ODD", item, 6)
    with open_hub(settings) as hub:
        again = Till.__new__(Till)
        again.shop, again.register, again.channel = Shop(hub), till.register, till.channel
        again.turns()
        assert again.stands("5001") == {"ODD": (2, 0)}
    assert till.shop.shelf(item)["dc"] == (20, 12)
    assert take(till, "ODD") == Came(0, 0)
    assert till.shop.shelf(item)["dc"] == (20, 12)


def test_a_pack_of_nothing_that_is_there_is_owed(till: Till) -> None:
    item = till.shop.item(dc=4)
    till.register.put("5001", sold("a", "ODD", 1))
    till.turns()
    pack(till, "ODD", item, 6)
    take(till, "ODD")
    assert till.shop.owed(item) != {}


def test_what_is_ignored_asks_nothing_and_waits_no_more(till: Till) -> None:
    item = till.shop.item(dc=20)
    till.register.put("5001", sold("a", item, 1), sold("b", "WRAP", 3))
    till.turns()
    assert till.row("5001", "settled, waiting") == (False, ["WRAP"])
    ignore(till.shop.hub.db, "web", ["WRAP"], "gift wrap", "tester")
    assert take(till, "WRAP") == Came(1, 0)
    assert till.row("5001", "settled, waiting, ignored") == (True, [], ["WRAP"])
    assert inbox(till) == {}
    till.register.put("5002", sold("a", "WRAP", 1), sold("b", item, 2))
    till.turns()
    assert till.row("5002", "settled, ignored") == (True, ["WRAP"])
    assert till.shop.shelf(item)["dc"] == (20, 3)
    (kept,) = list_ignored(till.shop.hub.db, "web").rows
    assert (kept.sku, kept.reason, kept.actor) == ("WRAP", "gift wrap", "tester")


def test_ignoring_is_undone_also_for_what_has_left_meanwhile(till: Till) -> None:
    item = till.shop.item(dc=20)
    till.begin(ago(days=3))
    till.register.put("5001", sold("a", "WRAP", 3), placed_at=ago(days=1))
    till.register.put("5002", sold("a", "WRAP", 1), placed_at=ago(days=1))
    till.turns()
    ignore(till.shop.hub.db, "web", ["WRAP"], "by mistake", "tester")
    take(till, "WRAP")
    till.register.put("5001", sold("a", "WRAP", 3), parcels=[parcel("p", {"a": 3}, shipped_at=ago(hours=1))])
    till.turns()
    assert till.row("5001", "settled") == (True,)
    heed(till.shop.hub.db, "web", ["WRAP"])
    assert take(till, "WRAP") == Came(2, 2)
    assert inbox(till)["WRAP"].units == 4
    pack(till, "WRAP", item, 2)
    take(till, "WRAP")
    assert till.stands("5001") == {"WRAP": (0, 3)}
    assert till.stands("5002") == {"WRAP": (1, 0)}
    assert till.shop.shelf(item)["dc"] == (14, 2)
    till.shop.proven()


def test_what_was_ignored_is_taken_again_when_it_is_mapped(till: Till) -> None:
    item = till.shop.item(dc=20)
    till.register.put("5001", sold("a", "WRAP", 3))
    till.turns()
    ignore(till.shop.hub.db, "web", ["WRAP"], "gift wrap", "tester")
    take(till, "WRAP")
    pack(till, "WRAP", item, 1)
    till.turns()
    assert till.stands("5001") == {"WRAP": (3, 0)}
    assert list_ignored(till.shop.hub.db).rows == ()


def test_a_line_without_a_sku_goes_by_its_title(till: Till) -> None:
    nameless = sold("17", "", 2)
    till.register.put("5001", nameless)
    till.register.put("5002", sold("18", "", 1))
    till.turns()
    found = inbox(till)["title: in blue"]
    assert (found.orders, found.units) == (2, 3)
    ignore(till.shop.hub.db, "web", ["title: in blue"], "engraving", "tester")
    take(till, "title: in blue")
    assert till.row("5001", "settled, ignored") == (True, ["title: in blue"])
    assert inbox(till) == {}


def test_what_means_something_is_not_ignored(till: Till) -> None:
    item = till.shop.item(dc=1)
    with pytest.raises(Conflict, match="end it first"):
        ignore(till.shop.hub.db, "web", ["X", item], "no", "tester")
    listing = till.shop.listing("web", {item: 2})
    with pytest.raises(Conflict, match="end it first"):
        ignore(till.shop.hub.db, "web", [listing], "no", "tester")
    accept(end_listings(till.shop.hub.db, [("web", listing)]))
    ignore(till.shop.hub.db, "web", [listing], "no longer", "tester")
    for wrong in ([], [""], ["x" * 1001]):
        with pytest.raises(Invalid, match="SKU"):
            ignore(till.shop.hub.db, "web", wrong, "no", "tester")
    with pytest.raises(NotFound):
        ignore(till.shop.hub.db, "nowhere", ["X"], "no", "tester")
    with pytest.raises(NotFound):
        heed(till.shop.hub.db, "web", [listing, "X"])
    assert [row.sku for row in list_ignored(till.shop.hub.db).rows] == [listing]


def test_a_dry_run_leaves_everything(till: Till) -> None:
    item = till.shop.item(dc=1)
    ignore(till.shop.hub.db, "web", ["ODD"], "no stock", "tester")
    accept(map_skus(till.shop.hub.db, [ListingDraft("web", "ODD", (Component(item, 1),))], How(dry_run=True)))
    assert read_listings(till.shop.hub.db, [("web", "ODD")]) == {}
    assert len(list_ignored(till.shop.hub.db).rows) == 1


def test_an_item_that_comes_later_wins_over_ignoring(till: Till) -> None:
    ignore(till.shop.hub.db, "web", ["LATER"], "no stock", "tester")
    accept(put_items(till.shop.hub.db, [ItemDraft("LATER")]))
    till.register.put("5001", sold("a", "LATER", 1))
    till.turns()
    assert till.stands("5001") == {"LATER": (1, 0)}


def test_orders_that_cannot_be_read_or_carried_out_are_there_too(till: Till) -> None:
    item = till.shop.item(dc=10)
    till.register.put("5001", sold("a", item, 1))
    till.register.unread["5001"] = "the line a has no quantity"
    till.register.put("5002", sold("a", item, 1))
    till.turns()
    with till.shop.hub.db.transaction() as conn:
        conn.execute("UPDATE channel_order SET settled = false, trouble = 'not shipped' WHERE ref = '5002'")
    found = inbox(till)
    assert (found["5001"].kind, found["5001"].reason) == ("unread_order", "the line a has no quantity")
    assert (found["5002"].kind, found["5002"].reason) == ("order_trouble", "not shipped")
    assert {(s.kind, s.entries) for s in sizes(till.shop.hub.db)} == {("unread_order", 1), ("order_trouble", 1)}


def test_pages_show_each_entry_once(till: Till) -> None:
    for n in range(7):
        till.register.put(f"50{n}", sold("a", f"ODD-{n}", 1))
    till.register.unread["500"] = "no"
    till.turns()
    db = till.shop.hub.db
    seen: list[str] = []
    after = None
    while True:
        page = list_inbox(db, "web", after=after, limit=2)
        seen += [row.key for row in page.rows]
        if (after := page.next) is None:
            break
    assert seen == [*(f"ODD-{n}" for n in range(1, 7)), "500"]
    assert [row.key for row in list_inbox(db, kind="unread_order").rows] == ["500"]
    with pytest.raises(Invalid, match="cursor"):
        list_inbox(db, after="[1]")
    with pytest.raises(Invalid, match="suggestions"):
        list_inbox(db, limit=101)
    with pytest.raises(Invalid, match="kind"):
        list_inbox(db, kind="all")
    with pytest.raises(NotFound):
        list_inbox(db, "nowhere")


def test_two_lines_of_one_unknown_sku_are_counted_once_each(till: Till) -> None:
    till.register.put("5001", sold("a", "ODD", 2), sold("b", "ODD", 3))
    till.turns()
    assert (inbox(till)["ODD"].orders, inbox(till)["ODD"].units) == (1, 5)
