"""Receipts against what was expected: outcomes, closing, rules, rings, and that twice is once."""

import pytest

from tests.factories import accept, ago, ahead
from tests.feeds.receiving.clerk import Clerk
from truestock.availability.over_time import horizon
from truestock.availability.read import Reader
from truestock.availability.values import Horizon
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import BinDraft, LocationDraft, put_bins, put_locations
from truestock.feeds.receiving.values import LineTold, ReceiptLine
from truestock.ledger.desk import Desk
from truestock.ledger.documents import (
    Document,
    DocumentLine,
    close_document,
    list_documents,
    move_document,
    overdue,
    put_document,
)
from truestock.ledger.reverse import reverse
from truestock.ledger.values import Opening


def outcomes(told: LineTold) -> list[tuple[int, str, str]]:
    return [(landed.qty, landed.outcome, landed.lands) for landed in told.landed]


@pytest.mark.parametrize(
    ("come", "landed", "short", "over", "state"),
    [
        (10, [(10, "expected", "sellable")], 0, 0, "closed"),
        (7, [(7, "expected", "sellable")], 3, 0, "open"),
        (12, [(10, "expected", "sellable"), (2, "over", "sellable")], 0, 2, "closed"),
    ],
)
def test_a_receipt_is_brought_against_its_document(
    clerk: Clerk, come: int, landed: list[tuple[int, str, str]], short: int, over: int, state: str
) -> None:
    sku = clerk.shop.item()
    ref = clerk.order({sku: 10})
    told = clerk.line(sku, come, document=ref)
    assert (outcomes(told), told.short, told.over) == (landed, short, over)
    (line,) = clerk.document(ref).lines
    assert (line.received, line.state) == (come, state)
    assert clerk.shop.shelf(sku) == {"dc": (come, 0)}


def test_what_no_document_names_is_booked_and_told_as_unknown(clerk: Clerk) -> None:
    sku, other = clerk.shop.item(), clerk.shop.item()
    ref = clerk.order({sku: 5})
    told = clerk.receive({other: 2}, document=ref)
    assert outcomes(told.lines[0]) == [(2, "unknown", "sellable")]
    assert [(still.sku, still.qty) for still in told.still_expected] == [(sku, 5)]
    assert outcomes(clerk.line(other, 1)) == [(1, "unknown", "sellable")]
    assert outcomes(clerk.line(other, 1, document="ghost")) == [(1, "unknown", "sellable")]
    assert clerk.shop.shelf(other) == {"dc": (4, 0)}


def test_early_and_late_are_told_in_days(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    assert clerk.line(sku, 1, document=clerk.order({sku: 1}, due_at=ahead(days=3))).late_days == -3
    assert clerk.line(sku, 1, document=clerk.order({sku: 1}, due_at=ago(days=2))).late_days == 2


def test_parts_arrive_and_the_rest_is_closed_by_hand_or_by_the_receipt(clerk: Clerk) -> None:
    sku, other = clerk.shop.item(), clerk.shop.item()
    ref = clerk.order({sku: 10, other: 4})
    clerk.line(sku, 6, document=ref)
    clerk.line(sku, 1, document=ref)
    assert close_document(clerk.shop.hub.db, ref, "sold out at the supplier", "buyer", other) == 1
    told = clerk.receive({sku: 1}, document=ref, complete=True)
    assert told.still_expected == []
    found = clerk.document(ref)
    assert found.state == "closed"
    assert {(line.sku, line.received, line.state, bool(line.reason)) for line in found.lines} == {
        (sku, 8, "closed", True),
        (other, 0, "closed", True),
    }


def test_of_two_lines_of_an_item_the_earliest_due_is_fulfilled_first(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(), clerk.shop.new_ref()
    lines = [DocumentLine(sku, 4, due_at=ahead(days=9)), DocumentLine(sku, 3, due_at=ahead(days=1))]
    put_document(clerk.shop.hub.db, clerk.shop.hub.rules, Document(ref, lines, location="dc"), "buyer")
    told = clerk.receive({sku: 5}, document=ref)
    assert [line.received for line in sorted(clerk.document(ref).lines, key=lambda line: line.qty)] == [3, 2]
    assert told.lines[0].short == 2
    clerk.line(sku, 4, document=ref)
    assert sorted((line.qty, line.received) for line in clerk.document(ref).lines) == [(3, 3), (4, 6)]


def test_a_receipt_told_twice_is_once_and_may_be_sent_again_for_its_refused_lines(clerk: Clerk) -> None:
    sku, late = clerk.shop.item(), f"LATE{clerk.shop.new_ref()}"
    lines = [ReceiptLine(3, sku), ReceiptLine(2, late)]
    first = clerk.receive(lines, ref="R-" + sku)
    assert [line.problem is None for line in first.lines] == [True, False]
    accept(put_items(clerk.shop.hub.db, [ItemDraft(late)]))
    again = clerk.receive(lines, ref="R-" + sku)
    assert [(line.replay, line.problem) for line in again.lines] == [(True, None), (False, None)]
    assert (clerk.shop.shelf(sku), clerk.shop.shelf(late)) == ({"dc": (3, 0)}, {"dc": (2, 0)})
    other = clerk.receive([ReceiptLine(4, sku), ReceiptLine(2, late)], ref="R-" + sku)
    assert [line.problem.type if line.problem else "" for line in other.lines] == ["idempotency-key-reused", ""]


def test_a_scanned_case_counts_its_units(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    accept(put_barcodes(clerk.shop.hub.db, [BarcodeDraft("04006381333931", sku, 12)]))
    told = clerk.receive([ReceiptLine(2, barcode="4006381333931"), ReceiptLine(1, barcode="4006381333948")])
    assert told.lines[0].qty == 24
    assert told.lines[1].problem is not None
    assert told.lines[1].problem.field == "barcode"
    wrong = clerk.receive(
        [ReceiptLine(1, barcode="4006381333932"), ReceiptLine(1), ReceiptLine(1, sku, "4006381333931")]
    )
    assert [line.problem.field if line.problem else "" for line in wrong.lines] == ["barcode", "sku", "sku"]


def test_the_location_says_where_units_go_and_the_most_specific_rule_wins(clerk: Clerk) -> None:
    accept(put_locations(clerk.shop.hub.db, [LocationDraft("ruled", kind="dc")]))
    db, plain, special = clerk.shop.hub.db, clerk.shop.item(), clerk.shop.item()
    accept(put_items(db, [ItemDraft(plain, category="toys")]))
    clerk.rule(location="ruled", lands="receiving")
    clerk.rule(location="ruled", category="toys", lands="inspection")
    clerk.rule(location="ruled", supplier="acme", lands="sellable")
    rule = clerk.rule(location="ruled", item=special, lands="approval")
    assert clerk.line(clerk.shop.item(), 1, location="ruled").landed[0].lands == "receiving"
    assert clerk.line(plain, 1, location="ruled").landed[0].lands == "inspection"
    assert clerk.line(plain, 1, location="ruled", supplier="acme").landed[0].lands == "sellable"
    told = clerk.line(special, 1, location="ruled", supplier="acme")
    assert (told.landed[0].lands, told.rules) == ("approval", [rule])
    assert clerk.shop.cells(special) == {("ruled", "", "receiving", ""): (1, 0)}


def test_more_than_a_rule_allows_waits_for_approval(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, over_percent=10, unexpected="approval")
    ref = clerk.order({sku: 20})
    assert outcomes(clerk.line(sku, 25, document=ref)) == [
        (20, "expected", "sellable"),
        (2, "over", "sellable"),
        (3, "over", "approval"),
    ]
    assert outcomes(clerk.line(sku, 2, document=ref)) == [(2, "over", "approval")], "the allowance is used up"
    assert outcomes(clerk.line(sku, 4)) == [(4, "unknown", "approval")]
    assert clerk.shop.atp("b2b", sku) == 22


def test_received_units_lie_in_the_staging_bin(clerk: Clerk) -> None:
    accept(put_locations(clerk.shop.hub.db, [LocationDraft("binned", kind="dc")]))
    zones = {"S": "staging", "I": "inspection", "P": "pick"}
    accept(put_bins(clerk.shop.hub.db, [BinDraft("binned", code, zone) for code, zone in zones.items()]))
    clerk.rule(location="binned", category="checked", lands="inspection")
    sku, checked = clerk.shop.item(), clerk.shop.item()
    accept(put_items(clerk.shop.hub.db, [ItemDraft(checked, category="checked")]))
    clerk.receive({sku: 4, checked: 2}, location="binned")
    clerk.receive([ReceiptLine(1, sku, bin="P")], location="binned")
    rows = clerk.shop.read(
        "SELECT i.sku, b.code, s.qty::int FROM bin_stock s JOIN bin b ON b.id = s.bin JOIN item i ON i.id = s.item "
        "WHERE i.sku = ANY (%s) ORDER BY 2",
        [sku, checked],
    )
    assert rows == [(checked, "I", 2), (sku, "P", 1), (sku, "S", 4)]


def test_what_comes_is_split_between_channels_once_what_is_owed_is_served(clerk: Clerk) -> None:
    shop, sku = clerk.shop, clerk.shop.item()
    shop.rule("ring_share", 60, channel="b2b", location="dc", item=sku, unit="percent")
    shop.rule("ring_target", 20, channel="b2b", location="dc", item=sku)
    owed = shop.buy("web", {sku: 4}, mode="sold")
    assert shop.owed(sku) == {owed.ref: 4}
    assert clerk.line(sku, 14).rings == {"b2b": 6}, "60 % of what is left of 14 once 4 are served"
    assert shop.owed(sku) == {}
    assert clerk.line(sku, 30).rings == {"b2b": 14}, "up to its target"
    assert clerk.line(sku, 30).rings == {}
    assert shop.cells(sku)["dc", "", "sellable", "b2b"] == (20, 0)


def test_a_late_receipt_that_a_count_had_seen_changes_nothing_today(clerk: Clerk) -> None:
    shop, sku = clerk.shop, clerk.shop.item(dc=5)
    shop.rule("ring_share", 50, channel="b2b", location="dc", item=sku, unit="percent")
    shop.count(sku, "dc", 9)
    assert clerk.line(sku, 4, received_at=ago(hours=3)).rings == {}
    assert shop.shelf(sku) == {"dc": (9, 0)}


def test_a_document_that_is_told_again_moves_changes_and_drops_lines(clerk: Clerk) -> None:
    db, rules = clerk.shop.hub.db, clerk.shop.hub.rules
    sku, other, new = clerk.shop.item(), clerk.shop.item(), clerk.shop.item()
    due = ahead(days=5)
    ref = clerk.order({sku: 10, other: 4}, due_at=due, supplier="acme")
    clerk.line(sku, 3, document=ref)
    later = ahead(days=8)
    told = Document(ref, [DocumentLine(sku, 12), DocumentLine(new, 1)], location="dc", due_at=later)
    found = {line.sku: line for line in put_document(db, rules, told, "buyer").lines}
    assert (found[sku].qty, found[sku].received, found[sku].due_at, found[sku].first_due_at) == (12, 3, later, due)
    assert (found[other].state, found[new].state) == ("cancelled", "open")
    assert clerk.document(ref).supplier == "acme"
    assert move_document(db, ref, ahead(days=9), new) == 1
    assert [row.ref for row in list_documents(db, supplier="acme") if row.ref == ref] == [ref]


def test_a_receipt_that_is_reversed_is_to_come_again(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection")
    ref = clerk.order({sku: 10})
    clerk.line(sku, 4, document=ref)
    wrong = clerk.line(sku, 6, document=ref).landed[0].movement
    assert clerk.document(ref).state == "closed"
    with clerk.shop.hub.db.connect() as conn:
        desk = Desk(conn, clerk.shop.hub.rules)
        reverse(desk, wrong, "test", "typed twice", preview=True)
        assert clerk.document(ref).state == "closed", "a preview writes nothing"
        reverse(desk, wrong, "test", "typed twice", preview=False)
    (line,) = clerk.document(ref).lines
    assert (line.received, line.state) == (4, "open")
    assert clerk.decided(sku, "passed").qty == 4


def test_overdue_supply_is_listed_and_counts_for_no_day(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.order({sku: 7}, due_at=ahead(days=2))
    late = clerk.order({sku: 5}, due_at=ago(days=1))
    with clerk.shop.hub.db.connect() as conn:
        found = [row for row in overdue(conn) if row.sku == sku]
        days = horizon(Reader(conn, clerk.shop.hub.rules), "web", sku, 5)
    assert [(row.ref, row.qty, row.location) for row in found] == [(late, 5, "dc")]
    assert isinstance(days, Horizon)
    assert max(day.atp for day in days.days) == 7


def test_three_thousand_of_which_four_hundred_await_inspection_are_2600_to_sell(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection")
    clerk.shop.book(Opening(sku=sku, location="dc", qty=2600))
    clerk.line(sku, 400)
    assert sum(on_hand for on_hand, _ in clerk.shop.cells(sku).values()) == 3000
    assert clerk.shop.atp("b2b", sku) == 2600
    clerk.decided(sku, "passed", 400)
    assert clerk.shop.atp("b2b", sku) == 3000


def test_receipts_in_a_store_are_shown_at_once(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.line(sku, 3, location="store")
    assert (clerk.shop.atp("web", sku), clerk.shop.atp("retail", sku)) == (3, 3)
