"""What came of an expectation, or is lost of it, is known by movement, and taken back with it however it was told."""

from typing import Any

import msgspec
import pytest

from tests.factories import ahead
from tests.feeds.receiving.clerk import Clerk
from truestock.feeds.receiving.transfer import Send, send
from truestock.feeds.receiving.values import Lost, LostUnits, Transfer, TransferLine
from truestock.ledger.expected import Expect, expect
from truestock.ledger.values import Adjust, NotBooked, Receive, TransferIn, TransferOut


def lines(clerk: Clerk, ref: str) -> list[tuple[int, int, int, str]]:
    return [(line.qty, line.received, line.lost, line.state) for line in clerk.document(ref).lines]


def expected(clerk: Clerk, sku: str) -> str:
    """A purchase of ten and one of five under one reference, a day later."""
    ref = clerk.shop.new_ref()
    told = [Expect(sku, "dc", qty, ahead(days=n), ref) for n, qty in enumerate((10, 5), 1)]
    expect(clerk.shop.hub.db, clerk.shop.hub.rules, told)
    return ref


def test_a_receipt_booked_by_hand_that_is_reversed_is_to_come_again(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    ref = expected(clerk, sku)
    first, second = clerk.shop.book(*(Receive(sku=sku, location="dc", expected=ref, qty=qty) for qty in (12, 4)))
    assert lines(clerk, ref) == [(10, 10, 0, "closed"), (5, 6, 0, "closed")]
    clerk.undo(first.movement)
    assert lines(clerk, ref) == [(10, 0, 0, "open"), (5, 4, 0, "open")]
    clerk.undo(second.movement)
    assert lines(clerk, ref) == [(10, 0, 0, "open"), (5, 0, 0, "open")]


def test_a_transfer_that_is_booked_as_sent_and_arrived_at_once_is_not_expected_any_more(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(dc=10), clerk.shop.new_ref()
    clerk.shop.book(
        TransferOut(sku=sku, location="dc", qty=6, to="store", due_at=ahead(days=1), ref=ref),
        TransferIn(sku=sku, location="store", qty=4, expected=ref),
    )
    assert lines(clerk, ref) == [(6, 4, 0, "open")]


def test_what_is_reversed_is_taken_off_the_line_that_it_had_come_for(clerk: Clerk) -> None:
    sku = clerk.shop.item()
    ref = expected(clerk, sku)
    first = clerk.line(sku, 10, document=ref).landed[0].movement
    clerk.line(sku, 3, document=ref)
    clerk.undo(first)
    assert lines(clerk, ref) == [(10, 0, 0, "open"), (5, 3, 0, "open")]


def test_an_arrival_booked_by_hand_that_is_reversed_is_under_way_again(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(dc=9), clerk.shop.new_ref()
    clerk.shop.book(TransferOut(sku=sku, location="dc", qty=6, to="store", due_at=ahead(days=1), ref=ref))
    (came,) = clerk.shop.book(TransferIn(sku=sku, location="store", qty=6, expected=ref))
    assert lines(clerk, ref) == [(6, 6, 0, "closed")]
    clerk.undo(came.movement)
    assert lines(clerk, ref) == [(6, 0, 0, "open")]
    assert ("store", "", "in_transit", "") in clerk.shop.cells(sku)


def sent(clerk: Clerk, *units: int) -> tuple[str, str]:
    """A transfer of one item in several lines; its SKU and its number."""
    sku, ref = clerk.shop.item(dc=50), clerk.shop.new_ref()
    said = Transfer(ref, "dc", "store", ahead(days=1), [TransferLine(sku, qty) for qty in units])
    clerk.shop.run(send, [Send(said, "clerk")])
    return sku, ref


def under_way(clerk: Clerk, sku: str) -> int:
    return sum(on_hand for cell, (on_hand, _) in clerk.shop.cells(sku).items() if cell[2] == "in_transit")


def test_so_many_units_of_a_transfer_are_lost_and_the_rest_is_still_to_come(clerk: Clerk) -> None:
    sku, ref = sent(clerk, 10)
    assert clerk.lose(ref, qty=2) == LostUnits({sku: 2})
    assert (lines(clerk, ref), under_way(clerk, sku)) == ([(10, 0, 2, "open")], 8)
    assert clerk.line(sku, 5, location="store", document=ref).short == 3
    assert clerk.lose(ref, sku, qty=1) == LostUnits({sku: 1})
    assert lines(clerk, ref) == [(10, 5, 3, "open")]
    assert clerk.line(sku, 2, location="store", document=ref).landed[0].outcome == "expected"
    assert (lines(clerk, ref), under_way(clerk, sku)) == ([(10, 7, 3, "closed")], 0)


def test_a_loss_takes_the_lines_in_their_order_or_the_one_that_is_named(clerk: Clerk) -> None:
    sku, ref = sent(clerk, 4, 6, 5)
    clerk.lose(ref, sku, qty=6)
    assert lines(clerk, ref) == [(4, 0, 4, "closed"), (6, 0, 2, "open"), (5, 0, 0, "open")]
    last = clerk.document(ref).lines[2]
    clerk.lose(ref, line=last.id)
    assert lines(clerk, ref) == [(4, 0, 4, "closed"), (6, 0, 2, "open"), (5, 0, 5, "closed")]
    assert clerk.document(ref).lines[2].reason == "lost_in_transit: the lorry burnt"
    assert under_way(clerk, sku) == 4


@pytest.mark.parametrize("said", [{}, {"qty": 3}, {"qty": 10}])
def test_a_loss_that_is_reversed_is_under_way_again(clerk: Clerk, said: Any) -> None:
    sku, ref = sent(clerk, 10)
    clerk.lose(ref, **said)
    ((movement,),) = clerk.shop.read(
        "SELECT m.id FROM movement m JOIN item i ON i.id = ANY (m.items) WHERE i.sku = %s ORDER BY m.id DESC LIMIT 1",
        sku,
    )
    clerk.undo(movement)
    assert (lines(clerk, ref), under_way(clerk, sku)) == ([(10, 0, 0, "open")], 10)
    assert clerk.document(ref).lines[0].reason == ""


def test_what_came_beside_a_loss_is_under_way_again_when_it_is_reversed(clerk: Clerk) -> None:
    sku, ref = sent(clerk, 10)
    came = clerk.line(sku, 8, location="store", document=ref).landed[0].movement
    clerk.lose(ref)
    assert lines(clerk, ref) == [(10, 8, 2, "closed")]
    clerk.undo(came)
    assert (lines(clerk, ref), under_way(clerk, sku)) == ([(10, 0, 2, "open")], 8)


def test_a_loss_that_is_sent_twice_under_its_key_is_one(clerk: Clerk) -> None:
    sku, ref = sent(clerk, 10)
    for replay in (False, True):
        assert clerk.lose(ref, sku, qty=10, key=ref) == LostUnits({sku: 10}, replay)
    other = clerk.lose(ref, sku, qty=3, key=ref)
    assert isinstance(other, NotBooked)
    assert other.field == "key"


def test_a_loss_that_cannot_be_is_refused_by_its_field(clerk: Clerk) -> None:
    sku, ref = sent(clerk, 4)
    both = clerk.send({sku: 2, clerk.shop.item(dc=5): 2})
    for answer, field in ((clerk.lose(ref, qty=5), "qty"), (clerk.lose(both, qty=1), "sku")):
        assert isinstance(answer, NotBooked)
        assert answer.field == field
    assert lines(clerk, ref) == [(4, 0, 0, "open")]


def test_a_line_that_no_number_is_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.line"):
        msgspec.json.decode(b'{"ref": "T", "reason": "burnt", "line": 9223372036854775808}', type=Lost)


def test_a_loss_may_concern_several_destinations_and_never_takes_more_than_is_under_way_to_each(clerk: Clerk) -> None:
    sku, ref = clerk.shop.item(dc=50), clerk.shop.new_ref()
    for to, qty in (("store", 5), ("far", 3)):
        clerk.shop.book(TransferOut(sku=sku, location="dc", qty=qty, to=to, due_at=ahead(days=1), ref=ref))
    clerk.shop.book(Adjust(sku=sku, location="store", qty=-2, status="in_transit", reason="found to be missing"))
    refused = clerk.lose(ref, qty=7)
    assert isinstance(refused, NotBooked)
    assert refused.detail.startswith("6 units")
    assert clerk.lose(ref, qty=6) == LostUnits({sku: 6})
    assert lines(clerk, ref) == [(5, 0, 3, "open"), (3, 0, 3, "closed")]
    assert under_way(clerk, sku) == 0
