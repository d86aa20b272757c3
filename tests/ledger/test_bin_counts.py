"""Counts of bins: their difference is booked and no other bin's, once, whatever is told later of before."""

import asyncio
from datetime import datetime

import pytest

from tests.factories import Shop, accept, ago
from truestock.catalog.locations import BinDraft, put_bins
from truestock.ledger.desk import Desk
from truestock.ledger.post import post
from truestock.ledger.reverse import reverse
from truestock.ledger.values import (
    Adjust,
    AnyBooking,
    BinCount,
    ChangeStatus,
    CountBins,
    NotBooked,
    Post,
    PutAway,
    Rebin,
    Receive,
    Sale,
    TransferOut,
)
from truestock.orders.actions import Ship

BINS = {"B1": "bulk", "I1": "inspection", "P1": "pick", "P2": "pick", "S1": "staging"}


@pytest.fixture(autouse=True, scope="module")
def bins(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", code, zone) for code, zone in BINS.items()]))


def gaps(shop: Shop, sku: str) -> int:
    rows = shop.read("SELECT count(*) FROM bin_gap g JOIN item i ON i.id = g.item WHERE i.sku = %s", sku)
    return int(rows[0][0])


def laid(shop: Shop, at: datetime | None = None, **bins: int) -> str:
    """An item that lies in bins of the dc, and nowhere else."""
    sku = shop.item()
    for code, qty in bins.items():
        shop.book(Receive(sku=sku, location="dc", qty=qty, bin=code, effective_at=at))
    return sku


def counted(shop: Shop, sku: str, at: datetime | None = None, **bins: int) -> int:
    """The units that a count of these bins made more, or fewer."""
    said = [BinCount(code, qty) for code, qty in bins.items()]
    (answer,) = shop.book(CountBins(sku=sku, location="dc", bins=said, effective_at=at, reason="counted"))
    return answer.qty


def test_a_difference_is_booked_and_what_lies_in_other_zones_stays(shop: Shop) -> None:
    sku = laid(shop, P1=5, B1=20)
    assert counted(shop, sku, P1=3) == -2
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (23, 0)}, {"P1": 3, "B1": 20})
    assert counted(shop, sku, B1=21) == 1
    assert (shop.shelf(sku), shop.in_bins(sku), gaps(shop, sku)) == ({"dc": (24, 0)}, {"P1": 3, "B1": 21}, 0)


def test_units_that_were_laid_from_one_counted_bin_into_another_are_no_difference(shop: Shop) -> None:
    sku = laid(shop, P1=5, P2=1)
    order = shop.buy("web", {sku: 6})
    assert counted(shop, sku, P1=2, P2=4) == 0
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (6, 6)}, {"P1": 2, "P2": 4})
    assert shop.owed(sku) == {}
    shop.do(Ship("web", order.ref))


def test_units_that_lay_in_no_bin_are_found_in_one_and_not_counted_twice(shop: Shop) -> None:
    sku = shop.item(dc=10)
    assert counted(shop, sku, P1=4) == 0
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (10, 0)}, {"P1": 4})
    assert counted(shop, sku, B1=8) == 2
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (12, 0)}, {"P1": 4, "B1": 8})


def test_two_zones_counted_in_one_transaction_lay_no_unit_twice(shop: Shop) -> None:
    sku = shop.item(dc=10)
    one = CountBins(sku=sku, location="dc", bins=[BinCount("P1", 8)])
    two = CountBins(sku=sku, location="dc", bins=[BinCount("B1", 8)])
    assert [answer.qty for answer in shop.book(one, two)] == [0, 6]
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (16, 0)}, {"P1": 8, "B1": 8})


def test_what_moved_after_the_count_still_counts(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5, B1=5)
    shop.book(
        Sale(sku=sku, location="dc", qty=4, effective_at=ago(hours=1)),
        Rebin(sku=sku, location="dc", qty=3, from_bin="B1", to_bin="P1", effective_at=ago(minutes=30)),
    )
    assert counted(shop, sku, ago(hours=2), P1=4) == -1
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (5, 0)}, {"P1": 3, "B1": 2})


def test_each_bin_is_counted_as_of_its_own_moment(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5, P2=5)
    shop.book(Rebin(sku=sku, location="dc", qty=2, from_bin="P1", to_bin="P2", effective_at=ago(hours=1)))
    said = [BinCount("P1", 5, ago(hours=2)), BinCount("P2", 7, ago(minutes=30))]
    (answer,) = shop.book(CountBins(sku=sku, location="dc", bins=said, effective_at=ago(minutes=30)))
    assert (answer.qty, shop.in_bins(sku)) == (0, {"P1": 3, "P2": 7})


def test_an_older_count_of_a_bin_has_no_effect(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5, P2=5)
    assert counted(shop, sku, ago(hours=1), P1=4) == -1
    assert counted(shop, sku, ago(hours=2), P1=9, P2=4) == -1
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (8, 0)}, {"P1": 4, "P2": 4})


def test_a_sale_that_the_count_had_missed_changes_nothing_when_it_is_told(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5, B1=5)
    assert counted(shop, sku, ago(hours=1), P1=2) == -3
    shop.book(Sale(sku=sku, location="dc", qty=3, effective_at=ago(hours=2)))
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (7, 0)}, {"P1": 2, "B1": 5})
    # What is told next can only have left the bins that gave more then.
    shop.book(Sale(sku=sku, location="dc", qty=4, effective_at=ago(minutes=110)))
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (5, 0)}, {"P1": 2, "B1": 3})
    assert gaps(shop, sku) == 0


def test_a_parcel_told_late_is_held_against_the_bins_counted_since(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5, B1=5)
    order = shop.buy("web", {sku: 3})
    assert counted(shop, sku, ago(hours=1), P1=2) == -3
    shop.do(Ship("web", order.ref, shipped_at=ago(hours=2)))
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (7, 0)}, {"P1": 2, "B1": 5})


def test_a_transfer_told_late_arrives_whole(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5)
    counted(shop, sku, ago(hours=1), P1=2)
    shop.book(TransferOut(sku=sku, location="dc", to="store", qty=3, effective_at=ago(hours=2)))
    assert {key[0]: units[0] for key, units in shop.cells(sku).items() if units[0]} == {"dc": 2, "store": 3}


@pytest.mark.parametrize(("bin_", "more"), [(None, 0), ("P1", 0), ("B1", 4)])
def test_a_receipt_that_the_count_had_found_changes_nothing_when_it_is_told(
    shop: Shop, bin_: str | None, more: int
) -> None:
    sku = laid(shop, ago(hours=3), P1=5)
    assert counted(shop, sku, ago(hours=1), P1=9) == 4
    shop.book(Receive(sku=sku, location="dc", qty=4, bin=bin_, effective_at=ago(hours=2)))
    assert shop.shelf(sku) == {"dc": (9 + more, 0)}
    assert shop.in_bins(sku) == {"P1": 9, **({"B1": more} if more else {})}
    shop.book(Receive(sku=sku, location="dc", qty=1, effective_at=ago(hours=2)))
    assert shop.shelf(sku) == {"dc": (10 + more - (more > 0), 0)}, "what was found is told once"


def test_a_put_away_that_the_count_had_seen_is_laid_once(shop: Shop) -> None:
    sku = shop.item()
    shop.book(Receive(sku=sku, location="dc", qty=6, status="receiving", bin="S1", effective_at=ago(hours=3)))
    counted(shop, sku, ago(hours=1), S1=2)
    assert counted(shop, sku, ago(hours=1), P1=4) == 4
    shop.book(PutAway(sku=sku, location="dc", qty=4, bin="P1", effective_at=ago(hours=2)))
    assert shop.in_bins(sku) == {"S1": 2, "P1": 4}


def test_an_older_figure_of_the_location_does_not_find_again_what_a_bin_missed(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=10)
    counted(shop, sku, ago(hours=1), P1=8)
    shop.count(sku, "dc", 8, ago(hours=2))
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (8, 0)}, {"P1": 8})


def test_a_newer_figure_of_the_location_stands_above_a_count_of_a_bin(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=10, B1=5)
    shop.count(sku, "dc", 14, ago(hours=1))
    assert counted(shop, sku, ago(hours=2), P1=9) == 0
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (14, 0)}, {"P1": 9, "B1": 5})


def test_a_figure_of_the_location_in_the_midst_of_a_walk_has_seen_the_bins_counted_before_it(shop: Shop) -> None:
    sku = laid(shop, ago(hours=5), P1=5, P2=5)
    shop.count(sku, "dc", 7, ago(hours=2))
    said = [BinCount("P1", 2, ago(hours=3)), BinCount("P2", 6, ago(hours=1))]
    (answer,) = shop.book(CountBins(sku=sku, location="dc", bins=said, effective_at=ago(hours=1)))
    assert (answer.qty, shop.shelf(sku)) == (1, {"dc": (8, 0)})


def test_units_missing_are_taken_from_the_status_that_lies_in_the_zone(shop: Shop) -> None:
    sku = laid(shop, P1=5)
    shop.book(
        Receive(sku=sku, location="dc", qty=4, status="receiving", bin="S1"),
        ChangeStatus(sku=sku, location="dc", qty=4, from_status="sellable", to_status="damaged"),
    )
    assert counted(shop, sku, S1=3) == -1
    assert counted(shop, sku, P1=3) == -2
    cells = {status: units for (_, _, status, _), (units, _) in shop.cells(sku).items() if units}
    assert cells == {"receiving": 3, "damaged": 3}
    assert counted(shop, sku, S1=5) == 2
    assert shop.cells(sku)["dc", "", "receiving", ""] == (5, 0)


def test_what_a_count_misses_displaces_promises_like_any_fact(shop: Shop) -> None:
    sku = laid(shop, P1=3, B1=1)
    order = shop.buy("web", {sku: 4})
    counted(shop, sku, P1=1)
    assert (shop.shelf(sku), shop.owed(sku)) == ({"dc": (2, 2)}, {order.ref: 2})


@pytest.mark.parametrize(
    ("bins", "field"),
    [
        ([BinCount("P1", 1), BinCount("P1", 1)], "bins[1].bin"),
        ([BinCount("P1", 1), BinCount("B1", 1)], "bins[1].bin"),
        ([BinCount("P1", 1, datetime.fromisoformat("2999-01-01T00:00Z"))], "bins[0].counted_at"),
        (
            [BinCount("P2", 1), BinCount("P1", 1, datetime.fromisoformat("0001-01-01T00:00+14:00"))],
            "bins[1].counted_at",
        ),
        ([BinCount("none", 1)], "bins[0].bin"),
    ],
)
def test_a_count_that_cannot_be_meant_is_refused(shop: Shop, bins: list[BinCount], field: str) -> None:
    sku = laid(shop, P1=3)
    (answer,) = shop.try_book(
        CountBins(sku=sku, location="dc", bins=bins), Adjust(sku=sku, location="dc", qty=0, reason="x")
    )[:1]
    assert isinstance(answer, NotBooked)
    assert answer.field == field


def test_lots_are_counted_by_themselves(shop: Shop) -> None:
    sku = shop.item(lots=True)
    for lot in "AB":
        shop.book(Receive(sku=sku, location="dc", qty=3, lot=lot, bin="P1", effective_at=ago(hours=3)))
    shop.book(CountBins(sku=sku, location="dc", lot="A", bins=[BinCount("P1", 1)], effective_at=ago(hours=1)))
    shop.book(Sale(sku=sku, location="dc", lot="A", qty=2, effective_at=ago(hours=2)))
    shop.book(Sale(sku=sku, location="dc", lot="B", qty=1, effective_at=ago(hours=2)))
    assert {lot: units for (_, lot, _, _), (units, _) in shop.cells(sku).items()} == {"A": 1, "B": 2}


def test_what_is_found_in_a_bin_of_a_location_below_zero_is_there(shop: Shop) -> None:
    sku = laid(shop, P1=2)
    shop.book(Sale(sku=sku, location="dc", qty=5))
    assert counted(shop, sku, P1=3) == 6
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (3, 0)}, {"P1": 3})


def reversed_count(shop: Shop, sku: str, **bins: int) -> None:
    """A count of these bins an hour ago, which is reversed."""
    said = [BinCount(code, qty) for code, qty in bins.items()]
    (done,) = shop.book(CountBins(sku=sku, location="dc", bins=said, effective_at=ago(hours=1)))
    with shop.hub.db.connect() as conn:
        reverse(Desk(conn, shop.hub.rules), done.movement, "test", "a mistake", preview=True)
        reverse(Desk(conn, shop.hub.rules), done.movement, "test", "a mistake", preview=False)


@pytest.mark.parametrize("bins", [{"P1": 3}, {"P1": 9}, {"P1": 2, "P2": 4}, {"P1": 6, "P2": 1}, {"B1": 18}])
def test_a_reversed_count_leaves_bins_as_they_were(shop: Shop, bins: dict[str, int]) -> None:
    sku = laid(shop, ago(hours=3), P1=5, P2=1, B1=20)
    shop.book(Receive(sku=sku, location="dc", qty=2, effective_at=ago(hours=3)))
    reversed_count(shop, sku, **bins)
    assert (shop.shelf(sku), shop.in_bins(sku), gaps(shop, sku)) == ({"dc": (28, 0)}, {"P1": 5, "P2": 1, "B1": 20}, 0)


def test_what_is_told_late_is_not_held_against_a_count_that_was_reversed(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5, B1=5)
    reversed_count(shop, sku, P1=2)
    shop.book(Sale(sku=sku, location="dc", qty=3, effective_at=ago(hours=2)))
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (7, 0)}, {"P1": 2, "B1": 5})


def test_a_bin_that_was_counted_again_stays_as_it_was_counted_where_the_first_count_is_reversed(shop: Shop) -> None:
    sku = laid(shop, ago(hours=3), P1=5, P2=5)
    (first,) = shop.book(
        CountBins(sku=sku, location="dc", bins=[BinCount("P1", 3), BinCount("P2", 4)], effective_at=ago(hours=1))
    )
    assert counted(shop, sku, P1=3) == 0
    with shop.hub.db.connect() as conn:
        reverse(Desk(conn, shop.hub.rules), first.movement, "test", "a mistake", preview=False)
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (8, 0)}, {"P1": 3, "P2": 5})


@pytest.mark.parametrize(
    ("what", "qty", "there", "bins"),
    [("sale", 2, 7, {"P1": 2, "B1": 5}), ("receipt", 8, 13, {"P1": 8, "B1": 5}), ("move", 2, 10, {"P1": 2, "B1": 8})],
)
def test_what_is_told_late_together_with_a_count_is_not_missed_twice(
    shop: Shop, what: str, qty: int, there: int, bins: dict[str, int]
) -> None:
    sku, at = laid(shop, ago(hours=3), P1=5, B1=5), ago(hours=2)
    told: dict[str, AnyBooking] = {
        "sale": Sale(sku=sku, location="dc", qty=3, effective_at=at),
        "receipt": Receive(sku=sku, location="dc", qty=3, bin="P1", effective_at=at),
        "move": Rebin(sku=sku, location="dc", qty=3, from_bin="P1", to_bin="B1", effective_at=at),
    }
    said = CountBins(sku=sku, location="dc", bins=[BinCount("P1", qty)], effective_at=ago(hours=1))
    answers = asyncio.run(shop.hub.call(post, [Post(told[what], "test"), Post(said, "test")]))
    assert answers[1].qty == 0
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (there, 0)}, bins)
