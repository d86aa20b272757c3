"""Bins follow what is booked: who gives, who gets, and what is written down where a bin did not have what was said."""

import pytest

from tests.factories import Shop, accept, ago
from truestock.catalog.locations import BinDraft, put_bins
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import reverse
from truestock.ledger.values import (
    Adjust,
    AnyBooking,
    Count,
    NotBooked,
    PutAway,
    Rebin,
    Receive,
    Sale,
    Scrap,
    TransferOut,
)
from truestock.orders.actions import Ship

BINS = {"B1": "bulk", "I1": "inspection", "P1": "pick", "P2": "pick", "S1": "staging"}


@pytest.fixture(autouse=True, scope="module")
def bins(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", code, zone) for code, zone in BINS.items()]))


def gaps(shop: Shop, sku: str) -> dict[str, int]:
    rows = shop.read(
        "SELECT b.code, g.qty::int FROM bin_gap g JOIN bin b ON b.id = g.bin JOIN item i ON i.id = g.item "
        "WHERE i.sku = %s",
        sku,
    )
    return dict(rows)


def laid(shop: Shop, **bins: int) -> str:
    """An item that lies in bins of the dc, and nowhere else."""
    sku = shop.item()
    for code, qty in bins.items():
        shop.book(Receive(sku=sku, location="dc", qty=qty, bin=code))
    return sku


def test_received_units_lie_in_staging_until_they_are_put_away(shop: Shop) -> None:
    sku = shop.item()
    shop.book(Receive(sku=sku, location="dc", qty=10, status="receiving", bin="S1"))
    assert shop.in_bins(sku) == {"S1": 10}
    shop.book(PutAway(sku=sku, location="dc", qty=4, bin="P1"))
    assert shop.in_bins(sku) == {"S1": 6, "P1": 4}
    shop.book(Rebin(sku=sku, location="dc", qty=3, from_bin="P1", to_bin="B1"))
    assert shop.in_bins(sku) == {"S1": 6, "P1": 1, "B1": 3}
    assert gaps(shop, sku) == {}


@pytest.mark.parametrize(
    ("booking", "left"),
    [
        (Sale(sku="?", location="dc", qty=5), {"P2": 1, "B1": 3}),
        (Adjust(sku="?", location="dc", qty=-8, reason="lost"), {"B1": 1}),
        (Scrap(sku="?", location="dc", qty=2, reason="expired"), {"P1": 1, "P2": 3, "B1": 3}),
        (TransferOut(sku="?", location="dc", qty=9, to="store"), {}),
        (Count(sku="?", location="dc", qty=4), {"P2": 1, "B1": 3}),
        (Sale(sku="?", location="dc", qty=12), {}),
    ],
)
def test_what_leaves_is_taken_from_the_pick_zone_first_then_by_code(
    shop: Shop, booking: AnyBooking, left: dict[str, int]
) -> None:
    sku = laid(shop, B1=3, P2=3, P1=3)
    fields = {name: getattr(booking, name) for name in booking.__struct_fields__}
    shop.book(type(booking)(**{**fields, "sku": sku}))
    assert shop.in_bins(sku) == left
    assert gaps(shop, sku) == {}


def test_a_shipment_takes_from_bins(shop: Shop) -> None:
    sku = laid(shop, P1=3, B1=3)
    order = shop.buy("web", {sku: 4})
    assert shop.in_bins(sku) == {"P1": 3, "B1": 3}, "a promise moves nothing"
    shop.do(Ship("web", order.ref))
    assert shop.in_bins(sku) == {"B1": 2}


def test_units_in_no_bin_leave_when_the_bins_are_empty_and_can_be_laid_into_one(shop: Shop) -> None:
    sku = shop.item(dc=5)
    shop.book(Rebin(sku=sku, location="dc", qty=2, to_bin="P1"))
    shop.book(Sale(sku=sku, location="dc", qty=4))
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({}, {})


def test_what_a_count_of_the_location_misses_lay_in_no_bin_first(shop: Shop) -> None:
    sku = laid(shop, P1=3)
    shop.book(Receive(sku=sku, location="dc", qty=4))
    shop.count(sku, "dc", 5)
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 3}, {})
    shop.count(sku, "dc", 2)
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 2}, {})


def test_a_bin_that_had_fewer_than_was_said_is_a_gap_and_the_fact_stands(shop: Shop) -> None:
    sku = laid(shop, P1=2, P2=5)
    shop.book(Rebin(sku=sku, location="dc", qty=3, from_bin="P1", to_bin="B1"))
    assert shop.in_bins(sku) == {"P2": 4, "B1": 3}, "the third one can only have lain in another bin"
    assert gaps(shop, sku) == {"P1": 1, "P2": 1}


def test_more_cannot_be_laid_into_bins_than_lies_there(shop: Shop) -> None:
    sku = laid(shop, P1=2)
    shop.book(Rebin(sku=sku, location="dc", qty=5, to_bin="P2"))
    assert shop.in_bins(sku) == {"P2": 2}
    assert gaps(shop, sku) == {"P1": 2, "P2": 3}


def test_a_late_fact_that_a_count_had_seen_leaves_the_bins_alone(shop: Shop) -> None:
    sku = laid(shop, P1=5)
    shop.count(sku, "dc", 5)
    shop.book(Sale(sku=sku, location="dc", qty=2, effective_at=ago(hours=1)))
    shop.book(Receive(sku=sku, location="dc", qty=2, bin="P2", effective_at=ago(hours=1)))
    assert shop.in_bins(sku) == {"P1": 5}


def test_several_movements_of_one_transaction_follow_each_other(shop: Shop) -> None:
    sku = shop.item()
    shop.book(
        Receive(sku=sku, location="dc", qty=6, status="receiving", bin="S1"),
        PutAway(sku=sku, location="dc", qty=6, bin="P1"),
        Sale(sku=sku, location="dc", qty=2),
    )
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 4}, {})


def test_lots_keep_to_their_bins(shop: Shop) -> None:
    sku = shop.item(lots=True)
    shop.book(Receive(sku=sku, location="dc", qty=3, lot="A", bin="P1", expires_at=ago(days=-30)))
    shop.book(Receive(sku=sku, location="dc", qty=3, lot="B", bin="P2", expires_at=ago(days=-60)))
    shop.book(Sale(sku=sku, location="dc", qty=2, lot="B"))
    assert shop.in_bins(sku) == {"P1": 3, "P2": 1}
    shop.book(Sale(sku=sku, location="dc", qty=4))
    assert shop.in_bins(sku) == {}


def test_a_bin_of_another_location_is_refused(shop: Shop) -> None:
    sku = shop.item(store=3)
    for booking in (
        Receive(sku=sku, location="store", qty=1, bin="P1"),
        PutAway(sku=sku, location="store", qty=1, bin="P1"),
        Rebin(sku=sku, location="store", qty=1, from_bin="ghost", to_bin="P1"),
    ):
        (answer,) = shop.try_book(booking)
        assert isinstance(answer, NotBooked)
        assert answer.type == "not-found"
    assert shop.shelf(sku) == {"store": (3, 0)}


def test_a_reversed_receipt_leaves_its_bin(shop: Shop) -> None:
    sku = laid(shop, P1=2)
    (done,) = shop.book(Receive(sku=sku, location="dc", qty=3, bin="P1"))
    with shop.hub.db.connect() as conn:
        reverse(Desk(conn, shop.hub.rules), done.movement, "test", "wrong", preview=False)
    assert shop.in_bins(sku) == {"P1": 2}


def test_units_that_were_laid_elsewhere_before_a_count_lie_there(shop: Shop) -> None:
    """A count says how many there are, and nothing of where they lie."""
    sku = laid(shop, P1=5)
    shop.count(sku, "dc", 5)
    shop.book(Rebin(sku=sku, location="dc", qty=2, from_bin="P1", to_bin="B1", effective_at=ago(hours=1)))
    assert shop.in_bins(sku) == {"P1": 3, "B1": 2}


def test_units_of_lots_are_laid_elsewhere_by_their_lot(shop: Shop) -> None:
    sku = shop.item(lots=True)
    shop.book(Receive(sku=sku, location="dc", qty=5, bin="P1", lot="A"))
    (refused,) = shop.try_book(Rebin(sku=sku, location="dc", qty=2, from_bin="P1", to_bin="B1"))
    assert isinstance(refused, NotBooked)
    assert refused.field == "lot"
    shop.book(Rebin(sku=sku, location="dc", qty=2, from_bin="P1", to_bin="B1", lot="A"))
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 3, "B1": 2}, {})
