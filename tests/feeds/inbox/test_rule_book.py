"""Rules on a channel's own SKUs: tried first, then saved, then listings; nothing that is there changes."""

import pytest

from tests.factories import accept
from tests.feeds.channel_orders.till import Till, sold
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.items import Component
from truestock.catalog.listings import ListingDraft, end_listings, put_listings, read_listings
from truestock.core.problems import Invalid, NotFound
from truestock.feeds.inbox.accept import ignore
from truestock.feeds.inbox.entries import list_inbox
from truestock.feeds.inbox.rule_book import Made, apply_rules, change_rules, preview, read_rules
from truestock.feeds.inbox.rules import Rule

WEB = Rule(10, "prefix", "WEB-")
PACKS = Rule(20, "suffix", "-{n}PK")


def lists(till: Till, *skus: str, barcode: str = "") -> None:
    """The channel lists these, and has been read."""
    with till.shop.hub.db.transaction() as conn:
        for sku in skus:
            conn.execute(
                "INSERT INTO channel_listing VALUES (%s, %s, %s, %s, 7, now(), now())",
                (till.channel, sku, f"Title of {sku}", barcode),
            )
        conn.execute("UPDATE connection SET listings_read_at = now()")


def takes(till: Till, sku: str) -> list[tuple[str, int]]:
    found = read_listings(till.shop.hub.db, [("web", sku)]).get(("web", sku))
    return [(c.item, c.units) for c in found.components] if found else []


def test_a_preview_shows_everything_that_rules_would_do_and_does_nothing(till: Till) -> None:
    db, item = till.shop.hub.db, till.shop.item(dc=50)
    accept(put_listings(db, [ListingDraft("web", f"WEB-{item}", (Component(item, 1),))]))
    accept(put_listings(db, [ListingDraft("web", f"WEB-{item}-2PK", (Component(item, 1),))]))
    lists(till, f"WEB-{item}", f"WEB-{item}-2PK", f"WEB-{item}-6PK", "WEB-GONE", "PLAIN")
    till.register.put("5001", sold("a", f"{item}-3PK", 1))
    till.turns()
    tried = preview(db, "web", [WEB, PACKS])
    assert (tried.skus, tried.maps, tried.nowhere, tried.same, tried.other, tried.untouched) == (6, 2, 1, 1, 1, 1)
    rows = {row.sku: (row.outcome, row.text, row.units, row.ord) for row in tried.rows}
    assert rows == {
        f"WEB-{item}": ("same", item, 1, 10),
        f"WEB-{item}-2PK": ("other", item, 2, 20),
        f"WEB-{item}-6PK": ("maps", item, 6, 20),
        f"{item}-3PK": ("maps", item, 3, 20),
        "WEB-GONE": ("nowhere", "GONE", 1, 10),
    }
    assert read_rules(db, "web").rules == []
    assert takes(till, f"WEB-{item}-6PK") == []


def test_rules_make_listings_once_and_the_orders_that_waited_are_taken(till: Till) -> None:
    db, item = till.shop.hub.db, till.shop.item(dc=50)
    lists(till, f"WEB-{item}-6PK", "WEB-GONE")
    till.register.put("5001", sold("a", f"WEB-{item}-6PK", 2))
    till.turns()
    saved = change_rules(db, "web", lambda _: [PACKS, WEB])
    assert [rule.ord for rule in saved.rules] == [10, 20]
    made, looked_at = apply_rules(db, "web")
    assert made == Made("web", [f"WEB-{item}-6PK"], {})
    assert looked_at == {f"WEB-{item}-6PK", "WEB-GONE"}
    assert takes(till, f"WEB-{item}-6PK") == [(item, 6)]
    till.turns()
    assert till.shop.shelf(item)["dc"] == (50, 12)
    assert apply_rules(db, "web")[0].listings == []
    assert apply_rules(db, "web", ["WEB-GONE"])[1] == set()


def test_listings_are_mapped_by_their_own_sku_and_by_their_barcode(till: Till) -> None:
    db, one, two = till.shop.hub.db, till.shop.item(dc=5), till.shop.item(dc=5)
    accept(put_barcodes(db, [BarcodeDraft("4006381333931", two, 4)]))
    lists(till, one)
    lists(till, "SHOP-77", barcode="4006381333931")
    assert preview(db, "web", []).untouched == 2
    change_rules(db, "web", lambda _: [Rule(1, "sku"), Rule(2, "barcode", units=2)])
    assert sorted(apply_rules(db, "web")[0].listings) == sorted([one, "SHOP-77"])
    assert takes(till, one) == [(one, 1)]
    assert takes(till, "SHOP-77") == [(two, 8)]


def test_what_has_ended_or_is_ignored_is_left_alone(till: Till) -> None:
    db, item = till.shop.hub.db, till.shop.item(dc=5)
    ended, wrap = f"WEB-{item}", f"WEB-{item}-2PK"
    accept(put_listings(db, [ListingDraft("web", ended, (Component(item, 1),))]))
    accept(end_listings(db, [("web", ended)]))
    lists(till, ended, wrap)
    ignore(db, "web", [wrap], "not ours", "tester")
    change_rules(db, "web", lambda _: [WEB, PACKS])
    assert apply_rules(db, "web")[0] == Made("web", [], {})
    assert takes(till, ended) == []


def test_rules_are_changed_as_a_whole_or_not_at_all(till: Till) -> None:
    db = till.shop.hub.db
    change_rules(db, "web", lambda _: [WEB], automatic=True)
    assert read_rules(db, "web").automatic
    with pytest.raises(Invalid, match="a bracket"):
        change_rules(db, "web", lambda _: [PACKS, Rule(1, "regex", "(a")])
    with pytest.raises(Invalid, match="two rules"):
        change_rules(db, "web", lambda rules: [*rules, Rule(10, "sku")])
    with pytest.raises(Invalid, match="at most 100"):
        change_rules(db, "web", lambda _: [Rule(n, "sku") for n in range(1, 102)])
    assert read_rules(db, "web").rules == [WEB]
    assert not change_rules(db, "web", lambda rules: rules, automatic=False).automatic
    with pytest.raises(NotFound, match="connection"):
        change_rules(db, "retail", lambda _: [WEB], automatic=True)
    assert read_rules(db, "retail").rules == []
    for call in (read_rules, preview, apply_rules):
        with pytest.raises(NotFound):
            call(db, "nowhere")
    with pytest.raises(NotFound):
        change_rules(db, "nowhere", lambda _: [])
    with pytest.raises(Invalid, match="pattern"):
        preview(db, "web", [Rule(1, "prefix")])


def test_a_pattern_is_kept_as_it_was_given(till: Till) -> None:
    rules = [Rule(1, "regex", r'(\w+)[ "]{n}\\', r"\1"), Rule(2, "suffix", " {x}, é", "'")]
    assert change_rules(till.shop.hub.db, "web", lambda _: rules).rules == rules


def test_our_listings_that_the_channel_lacks_are_told_with_what_it_has(till: Till) -> None:
    db, item = till.shop.hub.db, till.shop.item(dc=5)
    accept(put_listings(db, [ListingDraft("web", "TEA-00123", (Component(item, 1),), "Green tea")]))
    assert list_inbox(db, "web").rows == ()
    lists(till, "tea-123", "OTHER")
    found = {row.key: row for row in list_inbox(db, "web").rows}
    assert {key: row.kind for key, row in found.items()} == {
        "tea-123": "unmapped_listing",
        "OTHER": "unmapped_listing",
        "TEA-00123": "missing_listing",
    }
    assert [match.item for match in found["TEA-00123"].matches] == ["tea-123"]
    assert found["TEA-00123"].reason == "the channel does not list it"
    assert found["tea-123"].shown == 7


def test_a_listing_that_the_channel_never_took_is_told_in_its_words(till: Till) -> None:
    db, item = till.shop.hub.db, till.shop.item(dc=5)
    accept(put_listings(db, [ListingDraft("web", "TEA", (Component(item, 1),))]))
    with db.transaction() as conn:
        conn.execute(
            "INSERT INTO outbound (part, listing, channel, rev, trouble) "
            "SELECT 0, id, channel, 1, 'no variant has this SKU' FROM listing WHERE sku = 'TEA'"
        )
    (found,) = list_inbox(db, "web", "missing_listing").rows
    assert (found.key, found.reason) == ("TEA", "no variant has this SKU")
