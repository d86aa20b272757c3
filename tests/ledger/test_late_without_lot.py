"""What is told late of an item with lots, and names none, is held against what counts of bins have seen of any lot."""

from datetime import datetime

import pytest

from tests.factories import Shop, accept, ago
from truestock.catalog.locations import BinDraft, put_bins
from truestock.ledger.values import BinCount, CountBins, Receive, Sale

BINS = {"B1": "bulk", "P1": "pick"}


@pytest.fixture(autouse=True, scope="module")
def bins(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", code, zone) for code, zone in BINS.items()]))


def laid(shop: Shop, **lots: int) -> str:
    """Lots that lie in P1 since three hours; the first leaves first."""
    sku = shop.item(lots=True)
    for n, (lot, qty) in enumerate(lots.items()):
        expires = ago(days=-30 * (n + 1))
        shop.book(
            Receive(sku=sku, location="dc", qty=qty, lot=lot, bin="P1", effective_at=ago(hours=3), expires_at=expires)
        )
    return sku


def count(shop: Shop, sku: str, lot: str, qty: int, code: str = "P1") -> int:
    """The units that a count of a bin an hour ago made more, or fewer."""
    said = CountBins(sku=sku, location="dc", lot=lot, bins=[BinCount(code, qty)], effective_at=ago(hours=1))
    return shop.book(said)[0].qty


def sell(shop: Shop, sku: str, qty: int, at: datetime) -> None:
    shop.book(Sale(sku=sku, location="dc", qty=qty, effective_at=at))


def lots(shop: Shop, sku: str) -> dict[str, int]:
    return {lot: units for (_, lot, _, _), (units, _) in shop.cells(sku).items() if units}


def test_a_sale_that_the_count_had_missed_changes_nothing(shop: Shop) -> None:
    sku = laid(shop, A=5)
    assert count(shop, sku, "A", 2) == -3
    sell(shop, sku, 3, ago(hours=2))
    assert (lots(shop, sku), shop.in_bins(sku)) == ({"A": 2}, {"P1": 2})


def test_it_left_the_lots_that_leave_first_and_of_others_it_counts(shop: Shop) -> None:
    sku = laid(shop, A=5, B=5)
    assert count(shop, sku, "A", 0) == -5
    sell(shop, sku, 7, ago(hours=2))
    assert (lots(shop, sku), shop.in_bins(sku)) == ({"B": 3}, {"P1": 3})


def test_what_was_told_once_is_not_taken_for_seen_again(shop: Shop) -> None:
    sku = laid(shop, A=5, B=5)
    assert count(shop, sku, "A", 2) == -3
    for qty in (3, 2, 1):
        sell(shop, sku, qty, ago(hours=2))
    assert lots(shop, sku) == {"A": 2, "B": 4}


def test_what_is_counted_of_a_lot_that_leaves_later_says_nothing_of_the_first(shop: Shop) -> None:
    sku = laid(shop, A=5, B=5)
    assert count(shop, sku, "B", 4) == -1
    sell(shop, sku, 2, ago(hours=2))
    assert lots(shop, sku) == {"A": 3, "B": 4}


@pytest.mark.parametrize("code", ["P1", None])
def test_a_receipt_is_what_a_count_found_of_any_lot(shop: Shop, code: str | None) -> None:
    sku = laid(shop, A=2)
    assert count(shop, sku, "A", 5) == 3
    shop.book(Receive(sku=sku, location="dc", qty=4, bin=code, effective_at=ago(hours=2)))
    assert lots(shop, sku) == {"A": 5, "": 1}


def test_a_receipt_into_another_bin_was_not_found(shop: Shop) -> None:
    sku = laid(shop, A=2)
    assert count(shop, sku, "A", 5) == 3
    shop.book(Receive(sku=sku, location="dc", qty=4, bin="B1", effective_at=ago(hours=2)))
    assert (lots(shop, sku), shop.in_bins(sku)) == ({"A": 5, "": 4}, {"P1": 5, "B1": 4})


def test_what_left_since_is_promised_no_more(shop: Shop) -> None:
    """Units of the lot that gave are promised by now: others give in their place."""
    sku = laid(shop, A=5, B=5)
    assert count(shop, sku, "A", 4) == -1
    order = shop.buy("web", {sku: 9})
    sell(shop, sku, 8, ago(hours=2))
    assert sum(lots(shop, sku).values()) == 6
    assert shop.owed(sku) == {order.ref: 3}
