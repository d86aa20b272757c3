"""Every kind of booking: what it does to stock rows, and that every unit comes from somewhere."""

import pytest

from tests.factories import Shop, ago, ahead
from truestock.ledger.values import (
    Adjust,
    AnyBooking,
    ChangeStatus,
    NotBooked,
    Opening,
    PutAway,
    Receive,
    Return,
    Ringfence,
    TransferIn,
    TransferOut,
)

Cells = dict[tuple[str, str, str, str], tuple[int, int]]


def at(loc: str, status: str = "sellable", owner: str = "", lot: str = "") -> tuple[str, str, str, str]:
    return (loc, lot, status, owner)


@pytest.mark.parametrize(
    ("bookings", "cells"),
    [
        ([Receive(sku="?", location="store", qty=4)], {at("dc"): 10, at("store"): 4}),
        ([Receive(sku="?", location="dc", qty=4, status="receiving")], {at("dc"): 10, at("dc", "receiving"): 4}),
        (
            [Receive(sku="?", location="dc", qty=4, status="receiving"), PutAway(sku="?", location="dc", qty=3)],
            {at("dc"): 13, at("dc", "receiving"): 1},
        ),
        ([Return(sku="?", location="dc", qty=2)], {at("dc"): 12}),
        ([Return(sku="?", location="dc", qty=2, status="inspection")], {at("dc"): 10, at("dc", "inspection"): 2}),
        ([Adjust(sku="?", location="dc", qty=4, reason="found")], {at("dc"): 14}),
        ([Adjust(sku="?", location="dc", qty=-4, reason="lost")], {at("dc"): 6}),
        ([Adjust(sku="?", location="dc", qty=-14, reason="lost")], {at("dc"): -4}),
        ([TransferOut(sku="?", location="dc", qty=3, to="store")], {at("dc"): 7, at("store", "in_transit"): 3}),
        (
            [
                TransferOut(sku="?", location="dc", qty=3, to="store"),
                TransferIn(sku="?", location="store", qty=2),
                TransferIn(sku="?", location="store", qty=1, status="damaged"),
            ],
            {at("dc"): 7, at("store"): 2, at("store", "damaged"): 1},
        ),
        (
            [ChangeStatus(sku="?", location="dc", qty=2, from_status="sellable", to_status="damaged")],
            {at("dc"): 8, at("dc", "damaged"): 2},
        ),
        ([Ringfence(sku="?", location="dc", qty=4, to_channel="web")], {at("dc"): 6, at("dc", owner="web"): 4}),
        (
            [
                Ringfence(sku="?", location="dc", qty=4, to_channel="web"),
                Ringfence(sku="?", location="dc", qty=3, from_channel="web", to_channel="retail"),
                Ringfence(sku="?", location="dc", qty=1, from_channel="retail"),
            ],
            {at("dc"): 7, at("dc", owner="web"): 1, at("dc", owner="retail"): 2},
        ),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_what_each_booking_does(
    shop: Shop, bookings: list[AnyBooking], cells: dict[object, int], at_once: bool
) -> None:
    sku = shop.item(dc=10)
    named = [_of(sku, booking) for booking in bookings]
    answers = shop.book(*named) if at_once else [shop.book(one)[0] for one in named]
    assert shop.cells(sku) == {cell: (units, 0) for cell, units in cells.items()}
    assert len({answer.movement for answer in answers}) == len(bookings), "each has a movement of its own"
    assert shop.read("SELECT sum(d_on_hand)::int FROM entry e JOIN item i ON i.id = e.item WHERE sku = %s", sku) == [
        (0,)
    ]


def _of(sku: str, booking: AnyBooking) -> AnyBooking:
    fields = {name: getattr(booking, name) for name in booking.__struct_fields__}
    return type(booking)(**{**fields, "sku": sku})


def test_a_movement_says_who_and_why(shop: Shop) -> None:
    sku = shop.item(dc=1)
    when = ago(hours=2)
    (done,) = shop.book(
        Adjust(sku=sku, location="dc", qty=2, reason="found", source="wms", ref="R1", effective_at=when)
    )
    rows = shop.read("SELECT actor, source, ref, reason, effective_at FROM movement WHERE id = %s", done.movement)
    assert rows == [("test", "wms", "R1", "found", when)]
    assert shop.read("SELECT DISTINCT effective_at FROM entry WHERE movement = %s", done.movement) == [(when,)]


def test_opening_stock_is_refused_where_a_cell_has_entries(shop: Shop) -> None:
    sku = shop.item(dc=5)
    shop.book(Receive(sku=sku, location="store", qty=1), Adjust(sku=sku, location="store", qty=-1, reason="x"))
    again, touched, fresh, twice = shop.try_book(
        Opening(sku=sku, location="dc", qty=1),
        Opening(sku=sku, location="store", qty=1),
        Opening(sku=sku, location="far", qty=1),
        Opening(sku=sku, location="far", qty=1),
    )
    assert [getattr(a, "type", "booked") for a in (again, touched, fresh, twice)] == [
        "conflict", "conflict", "booked", "conflict"
    ]  # fmt: skip
    assert shop.shelf(sku) == {"dc": (5, 0), "far": (1, 0)}


@pytest.mark.parametrize(
    ("booking", "field"),
    [
        (Receive(sku="ghost", location="dc", qty=1), "sku"),
        (Receive(sku="?", location="moon", qty=1), "location"),
        (Receive(sku="?", location="dc", qty=1, lot="x"), "lot"),
        (Receive(sku="?", location="dc", qty=1, effective_at=ahead(hours=1)), "effective_at"),
        (TransferOut(sku="?", location="dc", qty=1, to="dc"), "to"),
        (TransferOut(sku="?", location="dc", qty=1, to="moon"), "to"),
        (Ringfence(sku="?", location="dc", qty=6, to_channel="web"), "qty"),
        (Ringfence(sku="?", location="dc", qty=1), "to_channel"),
        (Ringfence(sku="?", location="dc", qty=1, to_channel="ghost"), "to_channel"),
        (Ringfence(sku="?", location="store", qty=1, to_channel="market"), "to_channel"),
        (Ringfence(sku="?", location="dc", qty=1, from_channel="web"), "qty"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field_and_changes_nothing(
    shop: Shop, booking: AnyBooking, field: str
) -> None:
    sku = shop.item(dc=5)
    named = booking if booking.sku == "ghost" else _of(sku, booking)
    (answer,) = shop.try_book(named)
    assert isinstance(answer, NotBooked), answer
    assert answer.field == field
    assert shop.cells(sku) == {at("dc"): (5, 0)}


def test_a_ring_takes_only_free_units(shop: Shop) -> None:
    sku = shop.item(dc=5)
    shop.buy("web", {sku: 3})
    (answer,) = shop.try_book(Ringfence(sku=sku, location="dc", qty=3, to_channel="retail"))
    assert isinstance(answer, NotBooked)
    shop.ring(sku, "dc", 2, to="retail")
    assert shop.atp("web", sku) == 0


def test_facts_take_the_pool_then_the_lowest_ranked_ring_then_displace(shop: Shop) -> None:
    sku = shop.item(dc=9)
    shop.ring(sku, "dc", 2, to="retail")
    shop.ring(sku, "dc", 2, to="market")
    order = shop.buy("web", {sku: 3})
    steps = []
    for _ in range(4):
        shop.book(Adjust(sku=sku, location="dc", qty=-2, reason="lost"))
        steps.append({owner: units for (_, _, _, owner), (units, _) in shop.cells(sku).items()})
    assert steps == [{"": 3, "retail": 2, "market": 2}, {"": 3, "retail": 2}, {"": 3}, {"": 1}]
    assert shop.owed(sku) == {order.ref: 2}


@pytest.mark.parametrize("again", ["in the same batch", "in the next"])
def test_a_key_books_once_and_answers_the_same(shop: Shop, again: str) -> None:
    sku = shop.item(dc=5)
    receive = Receive(sku=sku, location="dc", qty=3)
    if again == "in the same batch":
        first, replay = shop.book(receive, receive, key="k" + sku)
    else:
        (first,), (replay,) = shop.book(receive, key="k" + sku), shop.book(receive, key="k" + sku)
    assert (first.replay, replay.replay, replay.movement, replay.qty) == (False, True, first.movement, 3)
    (other,) = shop.try_book(Receive(sku=sku, location="dc", qty=4), key="k" + sku)
    assert getattr(other, "type", "") == "idempotency-key-reused"
    assert shop.shelf(sku) == {"dc": (8, 0)}


def test_a_refusal_does_not_use_up_its_key(shop: Shop) -> None:
    sku = shop.item(dc=1)
    ring = Ringfence(sku=sku, location="dc", qty=2, to_channel="web")
    assert isinstance(shop.try_book(ring, key="r" + sku)[0], NotBooked)
    shop.stock(sku, dc=1)
    shop.book(ring, key="r" + sku)


def test_a_receipt_closes_the_expectation_it_names_in_the_same_transaction(shop: Shop) -> None:
    sku = shop.item(dc=5)
    shop.book(TransferOut(sku=sku, location="dc", qty=3, to="store", ref="T" + sku, due_at=ahead(days=1)))
    found = "SELECT qty::int, received::int, state FROM expected e JOIN item i ON i.id = e.item WHERE sku = %s"
    assert shop.read(found, sku) == [(3, 0, "open")]
    shop.book(TransferIn(sku=sku, location="store", qty=2, expected="T" + sku))
    assert shop.read(found, sku) == [(3, 2, "open")]
    shop.book(TransferIn(sku=sku, location="store", qty=1, expected="T" + sku))
    assert shop.read(found, sku) == [(3, 3, "closed")]


def test_one_lot_has_one_expiry(shop: Shop) -> None:
    sku, expiry = shop.item(lots=True), ahead(days=30)
    shop.book(Receive(sku=sku, location="dc", qty=2, lot="A", expires_at=expiry))
    shop.book(Receive(sku=sku, location="dc", qty=1, lot="A"))
    shop.book(Receive(sku=sku, location="dc", qty=1, lot="A", expires_at=expiry))
    (other,) = shop.try_book(Receive(sku=sku, location="dc", qty=9, lot="A", expires_at=ahead(days=60)))
    assert isinstance(other, NotBooked)
    assert (other.type, other.field) == ("conflict", "expires_at")
    assert shop.shelf(sku) == {"dc": (4, 0)}


def test_movement_ids_rise_and_keep_their_digits_in_every_json_reader(shop: Shop) -> None:
    sku = shop.item()
    ids = [done.movement for done in shop.book(*(Receive(sku=sku, location="dc", qty=1) for _ in range(400)))]
    assert ids == sorted(set(ids))
    assert ids[-1] < 2**53
