"""Transfers with losses, variances with their reasons, and what tills sell."""

import pytest

from tests.factories import ago, ahead
from tests.feeds.receiving.clerk import Clerk
from truestock.core.problems import Invalid
from truestock.feeds.receiving.transfer import Send, send
from truestock.feeds.receiving.values import LostUnits, ReceiptLine, TillLine, Transfer, TransferLine
from truestock.ledger.posting.reasons import ReasonCode, list_reasons, put_reason
from truestock.ledger.values import Booked, NotBooked


def statuses(clerk: Clerk, sku: str) -> dict[tuple[str, str], int]:
    return {(loc, status): on_hand for (loc, _, status, _), (on_hand, _) in clerk.shop.cells(sku).items()}


def test_a_transfer_arrives_in_parts_and_the_rest_is_lost(clerk: Clerk) -> None:
    sku, other = clerk.shop.item(dc=20), clerk.shop.item(dc=5)
    ref = clerk.send({sku: 10, other: 5})
    assert statuses(clerk, sku) == {("dc", "sellable"): 10, ("store", "in_transit"): 10}
    told = clerk.receive({sku: 6}, location="store", document=ref)
    assert (told.lines[0].short, [(s.sku, s.qty) for s in told.still_expected]) == (4, [(sku, 4), (other, 5)])
    assert clerk.lose(ref) == LostUnits({sku: 4, other: 5})
    assert statuses(clerk, sku) == {("dc", "sellable"): 10, ("store", "sellable"): 6}
    assert clerk.document(ref).state == "closed"
    assert isinstance(clerk.lose(ref), NotBooked), "nothing is under way any more"
    rows = clerk.shop.read(
        "SELECT sum(e.d_on_hand)::int FROM entry e JOIN item i ON i.id = e.item WHERE i.sku = %s AND e.loc = -3", sku
    )
    assert rows == [(4,)], "they went to adjustment"


def test_more_than_was_sent_was_found_and_the_locations_rule_holds_at_arrival(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=5)
    clerk.rule(location="store", item=sku, lands="receiving")
    ref = clerk.send({sku: 3})
    told = clerk.receive({sku: 4}, location="store", document=ref)
    assert [(one.qty, one.outcome) for one in told.lines[0].landed] == [(3, "expected"), (1, "over")]
    assert statuses(clerk, sku) == {("dc", "sellable"): 2, ("store", "receiving"): 4}


def test_a_transfer_is_not_closed_by_a_receipt_that_says_no_more_comes(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=5)
    ref = clerk.send({sku: 3})
    (told,) = clerk.receive({sku: 1}, location="store", document=ref, complete=True).lines
    assert told.problem is not None
    assert told.problem.field == "complete"
    assert clerk.document(ref).state == "open"
    assert statuses(clerk, sku)["store", "in_transit"] == 3


def test_what_lies_in_the_future_is_refused_under_its_own_name(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=5)
    when = ago(hours=-2)
    (received,) = clerk.receive({sku: 1}, received_at=when).lines
    assert received.problem is not None
    fields = [received.problem.field, clerk.vary(sku, "lost", happened_at=when).field]
    assert [*fields, clerk.ring_up([TillLine(1, sku)], sold_at=when)[0].field] == [
        "received_at",
        "happened_at",
        "sold_at",
    ]
    assert clerk.shop.shelf(sku) == {"dc": (5, 0)}


def test_a_transfer_is_sent_once_and_its_number_is_not_a_purchase_orders(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=5)
    ref = clerk.shop.new_ref()
    first = Transfer(ref, "dc", "store", ago(days=-1), [TransferLine(sku, 2)])
    for replay in (False, True):
        ((told,),) = clerk.shop.run(send, [Send(first, "clerk")])
        assert isinstance(told, Booked)
        assert told.replay is replay
    assert statuses(clerk, sku)["store", "in_transit"] == 2
    order = clerk.order({sku: 1})
    ((told,),) = clerk.shop.run(send, [Send(Transfer(order, "dc", "store", ago(), [TransferLine(sku, 1)]), "clerk")])
    assert isinstance(told, NotBooked)
    assert told.field == "ref"
    ((told,),) = clerk.shop.run(send, [Send(Transfer("x" + ref, "moon", "store", ago(), [TransferLine(sku, 1)]), "")])
    assert isinstance(told, NotBooked)
    assert told.field == "from_location"


@pytest.mark.parametrize(
    ("reason", "cells"),
    [
        ("defective", {("dc", "sellable"): 8, ("dc", "damaged"): 2}),
        ("in_doubt", {("dc", "sellable"): 8, ("dc", "quarantine"): 2}),
        ("lost", {("dc", "sellable"): 8}),
        ("theft", {("dc", "sellable"): 8}),
        ("expired", {("dc", "sellable"): 8}),
        ("found", {("dc", "sellable"): 12}),
    ],
)
def test_a_reason_says_where_units_go(clerk: Clerk, reason: str, cells: dict[tuple[str, str], int]) -> None:
    sku = clerk.shop.item(dc=10)
    clerk.vary(sku, reason, 2, note="aisle 4")
    assert statuses(clerk, sku) == cells
    rows = clerk.shop.read(
        "SELECT m.reason FROM movement m JOIN item i ON i.id = ANY (m.items) WHERE i.sku = %s "
        "ORDER BY m.id DESC LIMIT 1",
        sku,
    )
    assert rows == [(f"{reason}: aisle 4",)]


def test_what_is_repaired_thrown_away_or_sent_back_was_damaged_before(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=10)
    for reason, qty in (("damaged", 6), ("repaired", 1), ("scrapped", 2), ("sent_back", 2)):
        assert isinstance(clerk.vary(sku, reason, qty), Booked)
    assert statuses(clerk, sku) == {("dc", "sellable"): 5, ("dc", "damaged"): 1}
    clerk.vary(sku, "lost", 1, status="damaged")
    assert statuses(clerk, sku) == {("dc", "sellable"): 5}
    for reason, status in (("ghost", None), ("damaged", "damaged")):
        assert isinstance(clerk.vary(sku, reason, 1, status=status), NotBooked)


def test_reasons_are_data_and_keep_their_meaning(clerk: Clerk) -> None:
    db, sku = clerk.shop.hub.db, clerk.shop.item(dc=3)
    mould = ReasonCode("mould", "Mould", "sellable", "quarantine")
    put_reason(db, mould)
    clerk.vary(sku, "mould", 2)
    assert statuses(clerk, sku) == {("dc", "sellable"): 1, ("dc", "quarantine"): 2}
    put_reason(db, ReasonCode("mould", "Mould or damp", "sellable", "quarantine", retired=True))
    assert [one.label for one in list_reasons(db) if one.code == "mould"] == ["Mould or damp"]
    assert isinstance(clerk.vary(sku, "mould", 1), NotBooked)
    for wrong in (
        ReasonCode("mould", "Mould", "sellable", "scrap"),
        ReasonCode("No Good", "x", "sellable", "scrap"),
        ReasonCode("a", "x", "sellable", "sellable"),
        ReasonCode("a", "x", "adjustment", "scrap"),
        ReasonCode("a", "x", "moon", "scrap"),
    ):
        with pytest.raises(Invalid):
            put_reason(db, wrong)


def test_lost_or_defective_told_by_a_store_lowers_every_channel_and_found_raises_them(clerk: Clerk) -> None:
    shop, sku = clerk.shop, clerk.shop.item(store=10)
    assert (shop.atp("web", sku), shop.atp("retail", sku)) == (10, 10)
    for reason, left in (("lost", 9), ("defective", 8), ("found", 9)):
        clerk.vary(sku, reason, 1, location="store")
        assert (shop.atp("web", sku), shop.atp("retail", sku)) == (left, left)


def test_a_sale_at_the_till_lowers_the_web_and_a_web_sale_the_till(clerk: Clerk) -> None:
    shop, sku = clerk.shop, clerk.shop.item(store=10)
    clerk.ring_up([TillLine(3, sku)], channel="retail")
    assert (shop.atp("web", sku), shop.atp("retail", sku)) == (7, 7)
    shop.buy("web", {sku: 2})
    assert (shop.atp("web", sku), shop.atp("retail", sku)) == (5, 5)
    clerk.ring_up([TillLine(1, sku, returned=True), TillLine(1, sku, returned=True, status="damaged")])
    assert shop.atp("web", sku) == 6
    rows = shop.read(
        "SELECT e.loc, c.code, e.d_on_hand::int FROM entry e JOIN item i ON i.id = e.item "
        "JOIN channel c ON c.id = e.channel WHERE i.sku = %s AND e.kind = 13 ORDER BY e.loc",
        sku,
    )
    assert [(code, units) for _, code, units in rows] == [("retail", 3), ("retail", -3)]


def test_a_till_sells_what_was_promised_and_the_promise_is_owed(clerk: Clerk) -> None:
    shop, sku = clerk.shop, clerk.shop.item(store=2)
    order = shop.buy("web", {sku: 2})
    clerk.ring_up([TillLine(1, sku)])
    assert shop.owed(sku) == {order.ref: 1}


def test_the_evenings_file_tells_again_what_was_told_and_only_the_rest_is_booked(clerk: Clerk) -> None:
    shop, sku = clerk.shop, clerk.shop.item(store=10)
    ref = shop.new_ref()
    clerk.ring_up([TillLine(2, sku)], ref=ref)
    told = clerk.ring_up([TillLine(2, sku), TillLine(1, sku)], ref=ref)
    assert [line.replay for line in told] == [True, False]
    assert shop.shelf(sku) == {"store": (7, 0)}
    unknown = clerk.ring_up([TillLine(1, "ghost"), TillLine(1, sku)], channel="nowhere")
    assert [line.field for line in unknown] == ["sku", "channel"]


def test_a_tills_number_of_another_day_is_refused_and_it_says_why(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(store=10), clerk.shop.new_ref()
    for hours, replay in ((120, False), (100, True)):
        (told,) = clerk.ring_up([TillLine(2, sku)], ref=ref, sold_at=ago(hours=hours))
        assert told.replay == replay
    (refused,) = clerk.ring_up([TillLine(2, sku)], ref=ref, sold_at=ago(hours=24))
    assert (refused.type, refused.field) == ("idempotency-key-reused", "ref")
    assert "another day" in refused.detail


def test_a_sale_told_after_a_count_that_saw_it_changes_nothing_today(clerk: Clerk) -> None:
    shop, sku = clerk.shop, clerk.shop.item(store=10)
    shop.count(sku, "store", 7)
    clerk.ring_up([TillLine(3, sku)], sold_at=ago(hours=2))
    assert shop.shelf(sku) == {"store": (7, 0)}


def lots(clerk: Clerk, sku: str) -> dict[tuple[str, str, str], int]:
    return {(loc, lot, status): on_hand for (loc, lot, status, _), (on_hand, _) in clerk.shop.cells(sku).items()}


def with_lots(clerk: Clerk, **units: int) -> str:
    """An item with units of lots at the dc, the first of them expiring first."""
    sku = clerk.shop.item(lots=True)
    for days, (lot, qty) in enumerate(units.items(), 10):
        clerk.receive([ReceiptLine(qty, sku, lot=lot, expires_at=ahead(days=days))])
    return sku


def test_another_lot_comes_than_was_sent_and_nothing_stays_under_way(clerk: Clerk) -> None:
    sku = with_lots(clerk, A=6, B=6)
    ref = clerk.send({sku: 4})
    assert lots(clerk, sku)["store", "A", "in_transit"] == 4
    clerk.receive([ReceiptLine(4, sku, lot="B")], location="store", document=ref)
    assert lots(clerk, sku) == {("dc", "A", "sellable"): 2, ("dc", "B", "sellable"): 6, ("store", "B", "sellable"): 4}


def test_the_lot_that_comes_is_taken_first_of_what_is_under_way(clerk: Clerk) -> None:
    sku = with_lots(clerk, A=6, B=6)
    refs = [clerk.send({sku: qty}) for qty in (5, 3)]
    under_way = {lot: units for (_, lot, status), units in lots(clerk, sku).items() if status == "in_transit"}
    assert under_way == {"A": 6, "B": 2}
    clerk.receive([ReceiptLine(3, sku, lot="B")], location="store", document=refs[1])
    assert {key: units for key, units in lots(clerk, sku).items() if key[0] == "store"} == {
        ("store", "A", "in_transit"): 5,
        ("store", "B", "sellable"): 3,
    }


def test_a_lot_that_nobody_sent_comes_out_of_what_is_under_way(clerk: Clerk) -> None:
    sku = with_lots(clerk, A=6)
    ref = clerk.send({sku: 4})
    for lot, qty in (("NEW", 3), ("A", 1)):
        clerk.receive([ReceiptLine(qty, sku, lot=lot)], location="store", document=ref)
    assert lots(clerk, sku) == {
        ("dc", "A", "sellable"): 2,
        ("store", "NEW", "sellable"): 3,
        ("store", "A", "sellable"): 1,
    }
