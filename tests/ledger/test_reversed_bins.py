"""A reversal takes units out of the bins where the movement laid them, and lays them back where it took them."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import Shop, accept
from truestock.catalog.locations import BinDraft, put_bins
from truestock.ledger.desk import Desk
from truestock.ledger.reverse import DecidedSince, reverse
from truestock.ledger.values import (
    Adjust,
    AnyBooking,
    BinCount,
    ChangeStatus,
    Count,
    CountBins,
    PutAway,
    Receive,
    Sale,
    Scrap,
    TransferOut,
)

BINS = {"P1": "pick", "P2": "pick", "B1": "bulk", "S1": "staging"}


@pytest.fixture(autouse=True, scope="module")
def bins(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", code, zone) for code, zone in BINS.items()]))


def gaps(shop: Shop, sku: str) -> dict[str, int]:
    rows = shop.read(
        """SELECT b.code, sum(g.qty)::bigint FROM bin_gap g JOIN item i ON i.id = g.item JOIN bin b ON b.id = g.bin
           WHERE i.sku = %s GROUP BY b.code""",
        sku,
    )
    return dict(rows)


def laid(shop: Shop, loose: int = 0, **bins: int) -> str:
    """An item in bins of the dc, with `loose` units in none."""
    sku = shop.item()
    for code, qty in bins.items():
        shop.book(Receive(sku=sku, location="dc", qty=qty, bin=code))
    if loose:
        shop.book(Receive(sku=sku, location="dc", qty=loose))
    return sku


def undo(shop: Shop, movement: int) -> None:
    with shop.hub.db.connect() as conn:
        reverse(Desk(conn, shop.hub.rules), movement, "test", "a mistake", preview=False)


def test_a_receipt_leaves_the_bin_that_it_was_laid_into(shop: Shop) -> None:
    sku = laid(shop, P1=5)
    (done,) = shop.book(Receive(sku=sku, location="dc", qty=3, bin="B1"))
    undo(shop, done.movement)
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 5}, {})


def test_a_receipt_that_lay_in_no_bin_leaves_none(shop: Shop) -> None:
    sku = laid(shop, P1=5)
    (done,) = shop.book(Receive(sku=sku, location="dc", qty=3))
    undo(shop, done.movement)
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 5}, {})


def test_units_sold_from_a_bin_are_laid_back_into_it(shop: Shop) -> None:
    sku = laid(shop, P1=2, B1=5)
    (done,) = shop.book(Sale(sku=sku, location="dc", qty=3))
    assert shop.in_bins(sku) == {"B1": 4}
    undo(shop, done.movement)
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 2, "B1": 5}, {})


@pytest.mark.parametrize(
    ("loose", "left", "missing"),
    [(5, {"P2": 4}, {"P1": 2}), (1, {"P2": 3}, {"P1": 2, "P2": 1}), (0, {"P2": 2}, {"P1": 2, "P2": 2})],
)
def test_what_a_bin_has_no_more_comes_from_none_and_then_from_others_and_is_said(
    shop: Shop, loose: int, left: dict[str, int], missing: dict[str, int]
) -> None:
    sku = laid(shop, loose, P2=4)
    (done,) = shop.book(Receive(sku=sku, location="dc", qty=3, bin="P1"))
    shop.book(Sale(sku=sku, location="dc", qty=2))
    assert shop.in_bins(sku) == {"P1": 1, "P2": 4}
    undo(shop, done.movement)
    assert (shop.in_bins(sku), gaps(shop, sku)) == (left, missing)


def test_units_put_away_lie_again_where_they_lay(shop: Shop) -> None:
    sku = laid(shop, P1=1)
    shop.book(Receive(sku=sku, location="dc", qty=6, status="receiving", bin="S1"))
    (done,) = shop.book(PutAway(sku=sku, location="dc", qty=4, bin="P1"))
    assert shop.in_bins(sku) == {"P1": 5, "S1": 2}
    undo(shop, done.movement)
    assert (shop.in_bins(sku), gaps(shop, sku)) == ({"P1": 1, "S1": 6}, {})


QTY = st.integers(1, 6)
BIN = st.sampled_from(["P1", "P2", "B1", "S1"])


@st.composite
def bookings(draw: st.DrawFn) -> AnyBooking:
    """Anything that may happen to an item at the dc, and be reversed."""
    sku, dc, qty, code = "", "dc", draw(QTY), draw(st.none() | BIN)
    kinds: list[AnyBooking] = [
        Receive(sku=sku, location=dc, qty=qty, bin=code),
        Receive(sku=sku, location=dc, qty=qty, status="receiving", bin="S1"),
        PutAway(sku=sku, location=dc, qty=qty, bin=code),
        Sale(sku=sku, location=dc, qty=qty),
        Adjust(sku=sku, location=dc, qty=-qty, reason="lost"),
        Scrap(sku=sku, location=dc, qty=qty, reason="broken"),
        TransferOut(sku=sku, location=dc, qty=qty, to="store"),
        ChangeStatus(sku=sku, location=dc, qty=qty, from_status="sellable", to_status="damaged"),
        Count(sku=sku, location=dc, qty=qty),
        CountBins(sku=sku, location=dc, bins=[BinCount(code or "P1", qty)]),
    ]
    return draw(st.sampled_from(kinds))


@settings(max_examples=30, deadline=None)
@given(before=st.lists(bookings(), max_size=4), booking=bookings())
def test_what_is_reversed_at_once_leaves_bins_as_they_were(
    shop: Shop, before: list[AnyBooking], booking: AnyBooking
) -> None:
    sku = laid(shop, 2, P1=9, P2=3, B1=12, S1=2)
    for one in before:
        shop.book(_of(one, sku))
    there, held = shop.shelf(sku)["dc"], shop.in_bins(sku)
    (done,) = shop.book(_of(booking, sku))
    undo(shop, done.movement)
    assert (shop.shelf(sku)["dc"], shop.in_bins(sku)) == (there, held)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.tuples(bookings(), st.booleans()), min_size=2, max_size=5))
def test_bins_never_hold_more_than_there_is_whatever_is_reversed_later(
    shop: Shop, steps: list[tuple[AnyBooking, bool]]
) -> None:
    sku = laid(shop, 1, P1=6, B1=6)
    done = [(shop.book(_of(one, sku))[0].movement, back) for one, back in steps]
    for movement, back in done:
        if back:
            with suppress(DecidedSince):
                undo(shop, movement)
    rows = shop.read(
        """SELECT coalesce(sum(s.on_hand), 0)::bigint FROM stock s JOIN item i ON i.id = s.item
           JOIN location l ON l.id = s.loc WHERE i.sku = %s AND l.code = 'dc' AND s.status <> 6""",
        sku,
    )
    assert sum(shop.in_bins(sku).values()) <= max(0, rows[0][0])


def _of(booking: AnyBooking, sku: str) -> AnyBooking:
    return msgspec.structs.replace(booking, sku=sku)
