"""What is reversed, told again, or sent twice leaves documents and what waits as they should be."""

from datetime import datetime

import pytest

from tests.factories import ago, ahead
from tests.feeds.receiving.clerk import Clerk
from truestock.core.problems import Conflict, Invalid
from truestock.feeds.receiving.transfer import Send, send
from truestock.feeds.receiving.values import Decided, ReceiptLine, TillLine, Transfer, TransferLine
from truestock.ledger.documents import Document, DocumentLine, move_document, put_document
from truestock.ledger.expected import Expect, cancel_expected, expect
from truestock.ledger.values import Adjust, Booked, ChangeStatus, NotBooked, Return, StatusName, TransferOut


def test_an_approval_that_is_reversed_waits_again_and_what_came_has_come(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection", over_percent=0)
    ref = clerk.order({sku: 10})
    clerk.line(sku, 12, document=ref)
    (approved,) = clerk.decided(sku, "approved", 2).movements
    clerk.undo(approved)
    (line,) = clerk.document(ref).lines
    assert (line.received, line.state) == (12, "closed")
    assert isinstance(clerk.put_away(sku, 2), NotBooked), "nobody has approved them"
    assert clerk.decided(sku, "approved").qty == 2


def test_a_rejection_that_is_reversed_waits_again(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="approval")
    clerk.line(sku, 5)
    (rejected,) = clerk.decided(sku, "rejected", 3, goes_to="scrap", reason="crushed").movements
    clerk.undo(rejected)
    assert isinstance(clerk.put_away(sku, 1), NotBooked), "nobody has approved them"
    assert clerk.decided(sku, "approved").qty == 5


def test_units_of_a_lot_that_waits_for_approval_are_not_put_away_for_another_lot(clerk: Clerk) -> None:
    sku = clerk.shop.item(lots=True)
    clerk.rule(location="dc", item=sku, lands="receiving", over_percent=0)
    ref = clerk.order({sku: 5})
    clerk.receive([ReceiptLine(5, sku, lot="B", expires_at=ahead(days=90))], document=ref)
    clerk.receive([ReceiptLine(5, sku, lot="A", expires_at=ahead(days=9))], document=ref)
    refused = clerk.put_away(sku, 5)
    assert isinstance(refused, NotBooked)
    assert refused.field == "lot"
    assert isinstance(clerk.put_away(sku, 5, lot="A"), NotBooked)
    assert isinstance(clerk.put_away(sku, 5, lot="B"), Decided)


def test_a_line_that_a_document_names_again_is_open_again(clerk: Clerk) -> None:
    db, rules = clerk.shop.hub.db, clerk.shop.hub.rules
    sku, other = clerk.shop.item(), clerk.shop.item()
    ref, due = clerk.shop.new_ref(), ahead(days=5)
    both = Document(ref, [DocumentLine(sku, 10), DocumentLine(other, 1)], "", "dc", due)
    one = Document(ref, [DocumentLine(other, 1)], "", "dc", due)
    put_document(db, rules, both, "buyer")
    clerk.line(sku, 4, document=ref)
    for told, state in ((one, "closed"), (one, "closed"), (both, "open"), (both, "open")):
        found = {line.sku: line for line in put_document(db, rules, told, "buyer").lines}
        assert (found[sku].state, found[sku].received) == (state, 4)


def test_a_line_that_was_closed_by_hand_stays_closed_when_it_is_told_again(clerk: Clerk) -> None:
    db, rules = clerk.shop.hub.db, clerk.shop.hub.rules
    sku, due = clerk.shop.item(), ahead(days=5)
    told = Document(clerk.shop.new_ref(), [DocumentLine(sku, 10)], "", "dc", due)
    put_document(db, rules, told, "buyer")
    clerk.receive({sku: 4}, document=told.ref, complete=True)
    assert put_document(db, rules, told, "buyer").state == "closed"


def test_a_transfer_of_which_nothing_was_sent_takes_no_number(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(dc=5), clerk.shop.new_ref()
    wrong = Transfer(ref, "dc", "moon", ahead(days=1), [TransferLine(sku, 1)])
    ((told,),) = clerk.shop.run(send, [Send(wrong, "clerk")])
    assert isinstance(told, NotBooked)
    assert told.field == "to_location"
    document = Document(ref, [DocumentLine(sku, 10)], "", "dc", ahead(days=1))
    assert put_document(clerk.shop.hub.db, clerk.shop.hub.rules, document, "buyer").kind == "purchase"


def test_a_transfer_that_is_reversed_is_expected_no_more(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=5)
    ref = clerk.send({sku: 3})
    ((movement,),) = clerk.shop.read(
        "SELECT max(e.id) FROM expected e JOIN item i ON i.id = e.item WHERE i.sku = %s", sku
    )
    clerk.undo(movement)
    assert clerk.document(ref).state == "cancelled"


def test_of_a_transfer_that_is_reversed_nothing_comes_though_what_came_is_taken_back_too(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=10)
    ref = clerk.send({sku: 8})
    came = clerk.line(sku, 3, location="store", document=ref).landed[0].movement
    ((sent,),) = clerk.shop.read("SELECT min(id) FROM movement WHERE ref = %s", ref)
    clerk.undo(sent)
    clerk.undo(came)
    (line,) = clerk.document(ref).lines
    assert (line.received, line.state, line.reason) == (0, "closed", "it was reversed")


def test_a_receipt_that_was_taken_back_does_not_come_back_behind_its_document(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="approval")
    ref = clerk.order({sku: 5})
    came = clerk.line(sku, 5, document=ref).landed[0].movement
    clerk.undo(came)
    ((back,),) = clerk.shop.read("SELECT id FROM movement WHERE reverses = %s", came)
    with pytest.raises(Invalid, match="told anew"):
        clerk.undo(back)
    assert clerk.shop.cells(sku) == {}
    assert clerk.line(sku, 5, document=ref).landed[0].outcome == "expected"


def test_a_complete_receipt_that_is_sent_twice_closes_once(clerk: Clerk) -> None:
    db, rules = clerk.shop.hub.db, clerk.shop.hub.rules
    sku = clerk.shop.item()
    ref, number = clerk.order({sku: 10}), clerk.shop.new_ref()
    clerk.receive({sku: 4}, document=ref, ref=number, complete=True)
    put_document(db, rules, Document(ref, [DocumentLine(sku, 12)], "", "dc", ahead(days=1)), "buyer")
    assert clerk.document(ref).state == "open"
    clerk.receive({sku: 4}, document=ref, ref=number, complete=True)
    assert clerk.document(ref).state == "open"


def test_what_is_expected_of_a_transfer_is_not_cancelled(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=5)
    ref = clerk.send({sku: 3})
    with pytest.raises(Conflict):
        cancel_expected(clerk.shop.hub.db, clerk.shop.hub.rules, sku, ref)
    assert clerk.document(ref).state == "open"


def test_a_document_without_lines_is_refused_where_there_is_none(clerk: Clerk) -> None:
    document = Document(clerk.shop.new_ref(), [], "", "dc", ahead(days=1))
    with pytest.raises(Invalid, match="line"):
        put_document(clerk.shop.hub.db, clerk.shop.hub.rules, document, "buyer")


def test_what_is_new_under_a_number_that_was_told_is_refused_by_that_number(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(dc=9), clerk.shop.new_ref()
    due = ahead(days=1)
    told = [
        clerk.shop.run(send, [Send(Transfer(ref, "dc", "store", due, [TransferLine(sku, qty)]), "")])[0][0]
        for qty in (2, 3)
    ]
    rung = [clerk.ring_up([TillLine(qty, sku)], ref=ref)[0] for qty in (1, 2)]
    for first, second in (told, rung):
        assert isinstance(first, Booked)
        assert isinstance(second, NotBooked)
        assert second.field == "ref"


def test_the_lines_of_a_document_are_shown_in_the_same_order_each_time(clerk: Clerk) -> None:
    skus = [clerk.shop.item() for _ in range(9)]
    assert [line.sku for line in clerk.document(clerk.order(dict.fromkeys(skus, 1))).lines] == skus


def test_a_number_that_a_transfer_booked_by_hand_has_is_no_purchase_orders(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(dc=5), clerk.shop.new_ref()
    clerk.shop.book(TransferOut(sku=sku, location="dc", qty=2, to="store", due_at=ahead(days=1), ref=ref))
    with pytest.raises(Conflict):
        put_document(
            clerk.shop.hub.db, clerk.shop.hub.rules, Document(ref, [DocumentLine(sku, 1)], "", "dc", ago()), "buyer"
        )
    assert clerk.document(ref).kind == "transfer"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_is_none_in_every_zone_is_refused(clerk: Clerk, text: str) -> None:
    """The database would keep it, and no reader could read it again."""
    sku, end = clerk.shop.item(dc=5, lots=True), datetime.fromisoformat(text)
    hub, ref = clerk.shop.hub, clerk.order({sku: 1})
    with pytest.raises(Invalid, match="too far away"):
        clerk.order({sku: 1}, due_at=end)
    with pytest.raises(Invalid, match="too far away"):
        move_document(hub.db, ref, end)
    with pytest.raises(Invalid, match="too far away"):
        expect(hub.db, hub.rules, [Expect(sku, "dc", 1, end, "D")])
    ((sent,),) = clerk.shop.run(send, [Send(Transfer("t" + ref, "dc", "store", end, [TransferLine(sku, 1)]), "")])
    (came,) = clerk.receive({sku: 1}, received_at=end).lines
    (kept,) = clerk.receive([ReceiptLine(1, sku, lot="A", expires_at=end)]).lines
    problems = [sent, came.problem, kept.problem, clerk.vary(sku, "lost", happened_at=end)]
    assert [problem.field for problem in problems] == ["due_at", "received_at", "expires_at", "happened_at"]
    assert clerk.document(ref).state == "open"


def test_a_loss_that_was_taken_back_is_not_lost_again_behind_its_document(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=9)
    ref = clerk.send({sku: 5})
    clerk.lose(ref, sku, qty=2)
    ((lost,),) = clerk.shop.read(
        "SELECT m.id FROM movement m JOIN item i ON i.id = ANY (m.items) WHERE i.sku = %s AND m.kind = 4", sku
    )
    clerk.undo(lost)
    ((back,),) = clerk.shop.read("SELECT id FROM movement WHERE reverses = %s", lost)
    with pytest.raises(Invalid, match="told anew"):
        clerk.undo(back)
    (line,) = clerk.document(ref).lines
    assert (line.qty, line.lost, line.state) == (5, 0, "open")
    assert clerk.shop.cells(sku)["store", "", "in_transit", ""] == (5, 0)
    assert clerk.lose(ref, sku).units == {sku: 5}
    assert clerk.document(ref).state == "closed"


def test_a_find_with_a_transfer_that_was_taken_back_does_not_come_back_behind_its_receipt(clerk: Clerk) -> None:
    sku = clerk.shop.item(dc=9)
    came = clerk.line(sku, 6, location="store", document=clerk.send({sku: 5})).landed
    clerk.undo(came[1].movement)
    ((back,),) = clerk.shop.read("SELECT id FROM movement WHERE reverses = %s", came[1].movement)
    with pytest.raises(Invalid, match="told anew"):
        clerk.undo(back)


def test_a_plain_find_that_was_taken_back_may_come_back(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    found = clerk.vary(sku, "found", 3)
    clerk.undo(found.movement)
    ((back,),) = clerk.shop.read("SELECT id FROM movement WHERE reverses = %s", found.movement)
    clerk.undo(back)
    assert clerk.shop.cells(sku) == {("dc", "", "sellable", ""): (3, 0)}


def decided(clerk: Clerk, lands: str, way: str, sku: str) -> int:
    """Two of five units that wait are decided on; the movement that says so."""
    if way == "put away":
        return int(clerk.put_away(sku, 2).movements[0])
    if way == "moved":
        booking = ChangeStatus(sku=sku, location="dc", qty=2, from_status=STATUS[lands], to_status="quarantine")
        return clerk.shop.book(booking)[0].movement
    good, bad = ("approved", "rejected") if lands == "approval" else ("passed", "failed")
    if way == "good":
        return clerk.decided(sku, good, 2).movements[0]
    return clerk.decided(sku, bad, 2, goes_to=way, reason="broken").movements[0]


STATUS: dict[str, StatusName] = {"approval": "receiving", "inspection": "inspection", "receiving": "receiving"}
WAYS = [
    *((lands, way) for lands in ("approval", "inspection") for way in ("good", "damaged", "supplier", "moved")),
    ("receiving", "put away"),
    ("receiving", "moved"),
]


@pytest.mark.parametrize(("lands", "way"), WAYS)
def test_a_receipt_of_which_a_part_was_decided_on_is_taken_back_after_the_decision(
    clerk: Clerk, lands: str, way: str
) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands=lands)
    ref = clerk.order({sku: 5})
    came = clerk.line(sku, 5, document=ref).landed[0].movement
    clerk.line(sku, 4)
    decision = decided(clerk, lands, way, sku)
    before = clerk.shop.cells(sku)
    with pytest.raises(Conflict, match=f"2 .* by movement {decision}; reverse that first"):
        clerk.undo(came)
    assert clerk.shop.cells(sku) == before
    assert clerk.document(ref).state == "closed"
    clerk.undo(decision)
    clerk.undo(came)
    assert clerk.shop.cells(sku) == {("dc", "", STATUS[lands], ""): (4, 0)}
    assert [line.received for line in clerk.document(ref).lines] == [0]


def test_units_that_a_reversal_had_wait_again_are_not_moved_on_behind_their_inspection(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection")
    clerk.line(sku, 5)
    moved = decided(clerk, "inspection", "moved", sku)
    clerk.undo(moved)
    ((back,),) = clerk.shop.read("SELECT id FROM movement WHERE reverses = %s", moved)
    (first,) = clerk.decided(sku, "passed", 3).movements
    (passed,) = clerk.decided(sku, "passed", 1).movements
    with pytest.raises(Conflict, match=f"3 passed by movement {first}, 1 passed by movement {passed}"):
        clerk.undo(back)
    clerk.undo(passed)
    clerk.undo(back)
    assert clerk.shop.cells(sku) == {("dc", "", "quarantine", ""): (2, 0), ("dc", "", "sellable", ""): (3, 0)}


def test_a_receipt_whose_approved_units_were_put_away_is_taken_back_after_that(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="receiving", unexpected="approval")
    came = clerk.line(sku, 5).landed[0].movement
    clerk.decided(sku, "approved", 3)
    (shelved,) = clerk.put_away(sku, 2).movements
    with pytest.raises(Conflict, match=f"2 were put away by movement {shelved}"):
        clerk.undo(came)
    clerk.undo(shelved)
    clerk.undo(came)
    assert clerk.shop.cells(sku) == {}


def test_a_receipt_of_which_some_were_lost_or_counted_away_can_be_taken_back(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    clerk.rule(location="dc", item=sku, lands="inspection")
    came = clerk.line(sku, 5).landed[0].movement
    clerk.shop.book(Adjust(sku=sku, location="dc", qty=-1, status="inspection", reason="lost"))
    clerk.undo(came)
    assert clerk.shop.cells(sku) == {("dc", "", "inspection", ""): (-1, 0)}


def test_a_return_that_was_inspected_is_taken_back_after_its_inspection(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    (back,) = clerk.shop.book(Return(sku=sku, location="dc", qty=2, status="inspection"))
    (passed,) = clerk.decided(sku, "passed", 1).movements
    with pytest.raises(Conflict, match=f"1 passed by movement {passed}"):
        clerk.undo(back.movement)
