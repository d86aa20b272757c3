"""Two times: counts, late facts and marks. History changes; what a newer statement said of today does not."""

import pytest

from tests.factories import Shop, ago
from truestock.ledger.values import Adjust, AnyBooking, ChangeStatus, Count, Receive, Return, TransferOut


@pytest.mark.parametrize(
    ("booking", "on_hand", "promised", "available", "owed"),
    [
        # With 10 on hand and 5 promised, a file says 4; what that does hangs on what the file means.
        (Count(sku="?", location="dc", qty=4), 4, 4, 0, 1),
        (Count(sku="?", location="dc", qty=9), 9, 5, 4, 0),
        (Adjust(sku="?", location="dc", qty=4, reason="delta"), 14, 5, 9, 0),
    ],
)
def test_a_number_does_what_its_declared_meaning_says(
    shop: Shop, booking: Count | Adjust, on_hand: int, promised: int, available: int, owed: int
) -> None:
    sku = shop.item(dc=10)
    shop.buy("web", {sku: 5})
    changes = {"qty": booking.qty, "reason": booking.reason}
    shop.book(type(booking)(sku=sku, location="dc", **changes))  # type: ignore[arg-type]
    assert shop.shelf(sku) == {"dc": (on_hand, promised)}
    assert on_hand - promised == available
    assert sum(shop.owed(sku).values()) == owed


def test_a_displaced_promise_is_short_only_if_no_other_row_can_take_it(shop: Shop) -> None:
    sku = shop.item(dc=10, store=1)
    order = shop.buy("web", {sku: 5})
    shop.count(sku, "dc", 4)
    assert shop.owed(sku) == {}
    assert shop.promised(order.id) == {("dc", "", ""): 4, ("store", "", ""): 1}


def test_a_count_as_of_then_is_the_count_and_everything_effective_after_it(shop: Shop) -> None:
    sku = shop.item(dc=10)
    order = shop.buy("web", {sku: 5})
    shop.book(Receive(sku=sku, location="dc", qty=3, effective_at=ago(minutes=10)))
    shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="broken", effective_at=ago(minutes=40)))
    shop.count(sku, "dc", 4, at=ago(minutes=30))
    assert shop.shelf(sku) == {"dc": (7, 5)}
    assert shop.promised(order.id) == {("dc", "", ""): 5}, "still owed from it"


def test_a_sale_told_after_a_count_that_saw_it_leaves_today_alone(shop: Shop) -> None:
    sku = shop.item(dc=10)
    shop.count(sku, "dc", 7, at=ago(hours=1))
    shop.book(Adjust(sku=sku, location="dc", qty=-3, reason="sold at 8:00", effective_at=ago(hours=2)))
    assert shop.shelf(sku) == {"dc": (7, 0)}
    kinds = "SELECT d_on_hand::int FROM entry e JOIN item i ON i.id = e.item WHERE sku = %s AND loc > 0 ORDER BY 1"
    assert shop.read(kinds, sku) == [(-3,), (-3,), (3,), (10,)], "history has it, and its opposite at the count"


@pytest.mark.parametrize(
    "late",
    [
        Receive(sku="?", location="dc", qty=3),
        Return(sku="?", location="dc", qty=3),
        Adjust(sku="?", location="dc", qty=-30, reason="?"),
        ChangeStatus(sku="?", location="dc", qty=3, from_status="sellable", to_status="damaged"),
        TransferOut(sku="?", location="dc", qty=3, to="store"),
    ],
)
def test_no_late_fact_changes_what_was_counted_since(shop: Shop, late: AnyBooking) -> None:
    sku = shop.item(dc=10)
    order = shop.buy("web", {sku: 6})
    shop.count(sku, "dc", 7, at=ago(hours=1))
    fields = {name: getattr(late, name) for name in late.__struct_fields__}
    shop.book(type(late)(**{**fields, "sku": sku, "effective_at": ago(hours=2)}))
    assert shop.shelf(sku)["dc"] == (7, 6)
    assert shop.promised(order.id) == {("dc", "", ""): 6}
    assert shop.read("SELECT sum(d_on_hand)::int FROM entry e JOIN item i ON i.id = e.item WHERE sku = %s", sku) == [
        (0,)
    ]


def test_an_older_count_than_the_one_that_stands_has_no_effect(shop: Shop) -> None:
    sku = shop.item(dc=10)
    shop.count(sku, "dc", 7, at=ago(hours=1))
    older, newer = Count(sku=sku, location="dc", qty=3, effective_at=ago(hours=2)), Count(sku=sku, location="dc", qty=6)
    assert [answer.qty for answer in shop.book(older, newer)] == [0, -1]
    assert shop.shelf(sku) == {"dc": (6, 0)}


@pytest.mark.parametrize("at_once", [True, False])
def test_what_comes_after_a_count_counts(shop: Shop, at_once: bool) -> None:
    sku = shop.item(dc=10)
    bookings: list[AnyBooking] = [
        Receive(sku=sku, location="dc", qty=1),
        Count(sku=sku, location="dc", qty=7),
        Receive(sku=sku, location="dc", qty=5),
        Adjust(sku=sku, location="dc", qty=-2, reason="broken"),
    ]
    if at_once:
        shop.book(*bookings)
    else:
        for booking in bookings:
            shop.book(booking)
    assert shop.shelf(sku) == {"dc": (10, 0)}


def test_a_count_is_of_its_own_cell(shop: Shop) -> None:
    sku = shop.item(dc=10, store=10)
    shop.count(sku, "dc", 7, at=ago(hours=1))
    early = ago(hours=2)
    shop.book(
        Adjust(sku=sku, location="store", qty=-3, reason="sold", effective_at=early),
        Receive(sku=sku, location="dc", qty=4, status="inspection", effective_at=early),
    )
    assert shop.shelf(sku) == {"dc": (7, 0), "store": (7, 0)}
    assert shop.cells(sku)["dc", "", "inspection", ""] == (4, 0)


def test_a_count_is_taken_though_stock_is_reserved(shop: Shop) -> None:
    sku = shop.item(dc=10)
    low, high = shop.buy("web", {sku: 4}), shop.buy("market", {sku: 6}, priority=5)
    shop.count(sku, "dc", 0)
    assert shop.shelf(sku) == {}
    assert shop.owed(sku) == {low.ref: 4, high.ref: 6}
    assert sorted(kind for kind, _ in shop.mishaps(sku)) == ["short", "short"]


def test_negative_truth_is_shown_and_filled_by_the_next_units(shop: Shop) -> None:
    sku = shop.item(dc=3, store=5)
    shop.book(Adjust(sku=sku, location="dc", qty=-7, reason="sold twice"))
    assert shop.shelf(sku) == {"dc": (-4, 0), "store": (5, 0)}
    assert shop.mishaps(sku) == [("negative", 4)]
    assert shop.atp("web", sku) == 5, "a negative place does not hide good stock elsewhere"
    shop.stock(sku, dc=6)
    assert shop.shelf(sku) == {"dc": (2, 0), "store": (5, 0)}


def test_a_refused_booking_beside_units_that_came_free_serves_who_is_owed(shop: Shop) -> None:
    sku = shop.item(lots=True)
    shop.book(Receive(sku=sku, location="dc", qty=3, lot="a"))
    shop.hold_lot(sku, "a")
    order = shop.buy("web", {sku: 2}, mode="sold")
    shop.free_lot(sku, "a")
    shop.try_book(Adjust(sku=sku, location="dc", qty=-1, reason="x", lot="no such lot"))
    assert shop.owed(sku) == {}
    assert shop.promised(order.id) == {("dc", "a", ""): 2}
