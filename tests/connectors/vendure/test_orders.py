"""Vendure's orders in the hub's words, page after page, and what is told of parcels and cancellations."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.vendure import orders, telling
from truestock.connectors.vendure.answers import Order, OrderPage, Result, Since, ToldOrder

T0 = datetime(2026, 11, 22, 8, tzinfo=UTC)


def at(seconds: float) -> str:
    return orders.stamp(T0 + timedelta(seconds=seconds))


def order(id_: str, placed: float = 0, changed: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "code": f"C{id_}",
        "state": "PaymentSettled",
        "currencyCode": "GBP",
        "createdAt": at(placed - 60),
        "updatedAt": at(changed),
        "orderPlacedAt": at(placed),
        "shipping": 499,
        "shippingWithTax": 599,
        "lines": [line("1", 3)],
        "fulfillments": [],
        **more,
    }


def line(id_: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "quantity": quantity,
        "unitPrice": 1050,
        "linePrice": 3150,
        "proratedLinePrice": 3000,
        "lineTax": 600,
        "updatedAt": at(0),
        "productVariant": {"sku": f"SKU-{id_}", "name": "Mug"},
        **more,
    }


def fulfillment(id_: str, units: int, state: str = "Shipped", **more: Any) -> dict[str, Any]:
    lines = [{"orderLineId": "1", "quantity": units}]
    return {"id": id_, "state": state, "method": "Van", "trackingCode": "T", "lines": lines, "updatedAt": at(9), **more}


def seen(**more: Any) -> Any:
    return orders.seen(msgspec.convert(order("5", **more), Order))


def page(found: list[dict[str, Any]]) -> OrderPage:
    return OrderPage([msgspec.Raw(msgspec.json.encode(each)) for each in found])


def test_amounts_are_of_units_and_lines_without_tax() -> None:
    found = seen()
    (sold,) = found.lines
    assert (sold.price, sold.discount, sold.tax) == (Decimal("10.50"), Decimal("1.50"), Decimal("6.00"))
    assert (found.shipping, found.shipping_tax) == (Decimal("4.99"), Decimal("1.00"))


@pytest.mark.parametrize(
    ("state", "quantity", "shipped", "expected"),
    [
        ("PaymentSettled", 3, [], ("open", 3, 0)),
        ("PartiallyShipped", 3, [fulfillment("1", 2)], ("open", 3, 0)),
        ("PartiallyShipped", 2, [fulfillment("1", 2)], ("closed", 2, 0)),
        ("PaymentSettled", 3, [fulfillment("1", 3, "Pending")], ("open", 3, 0)),
        ("Shipped", 3, [fulfillment("1", 3, "Cancelled"), fulfillment("2", 3)], ("closed", 3, 0)),
        ("Shipped", 1, [fulfillment("1", 3)], ("closed", 3, 2)),
        ("Cancelled", 0, [], ("cancelled", 0, 0)),
    ],
)
def test_what_has_left_and_come_back(
    state: str, quantity: int, shipped: list[dict[str, Any]], expected: tuple[str, int, int]
) -> None:
    found = seen(state=state, lines=[line("1", quantity)], fulfillments=shipped)
    assert (found.state, found.lines[0].qty, found.lines[0].returned) == expected


def test_an_order_has_changed_when_anything_of_it_has() -> None:
    assert seen(changed=1, fulfillments=[fulfillment("1", 1)]).changed_at == T0 + timedelta(seconds=9)
    assert seen(placed=5, changed=1).changed_at == T0 + timedelta(seconds=5)


def test_full_pages_read_on_and_the_last_goes_back_a_little() -> None:
    start = orders.cursor_of(orders.Cursor(T0, T0, orders.BEGINNING).written())
    full = [order(str(n), placed=n, changed=n) for n in range(orders.PAGE)]
    first = orders.page(Since(page(full), page([]), page([])), start)
    assert first.more
    reached = orders.cursor_of(first.cursor)
    assert reached == orders.Cursor(T0 + timedelta(seconds=orders.PAGE - 1), T0, orders.BEGINNING)
    last = orders.page(Since(page([order("x", placed=99)]), page([]), page([])), reached)
    assert not last.more
    assert orders.cursor_of(last.cursor).placed == T0 + timedelta(seconds=99) - orders.OVERLAP
    idle = orders.page(Since(page([]), page([]), page([])), reached)
    assert orders.cursor_of(idle.cursor) == reached


def test_orders_are_gone_through_again_from_the_start_once_all_were_seen() -> None:
    now = T0 + timedelta(days=40)
    start = orders.Cursor(now, now, orders.BEGINNING)
    assert orders.after(start, now)["swept"] == orders.stamp(now - orders.SWEPT - orders.GRAIN)
    full = [order(str(n), placed=20 * 86_400 + n) for n in range(orders.PAGE)]
    half = orders.page(Since(page([]), page([]), page(full)), start)
    assert (len(half.orders), half.more) == (orders.PAGE, False)
    reached = orders.cursor_of(half.cursor)
    assert reached.swept > T0 + timedelta(days=20)
    done = orders.page(Since(page([]), page([]), page(full[:3])), reached)
    assert orders.cursor_of(done.cursor).swept == orders.BEGINNING


def test_an_order_that_cannot_be_understood_holds_up_no_others() -> None:
    odd = order("9", lines=[{"id": "1"}])
    found = orders.page(Since(page([order("8"), odd]), page([order("8")]), page([])), orders.Cursor(T0, T0, T0))
    assert [each.id for each in found.orders] == ["8"]
    assert "quantity" in found.unread["9"]


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-22T08:00:00Z"])
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        orders.cursor_of(text)


def told(state: str = "PaymentSettled", reasons: tuple[str, ...] = (), **more: Any) -> ToldOrder:
    history = {"items": [{"data": {"reason": reason}} for reason in reasons]}
    mug = {"sku": "MUG", "name": "Mug"}
    lines = [{"id": "1", "quantity": 3, "productVariant": mug}, {"id": "2", "quantity": 0, "productVariant": mug}]
    return msgspec.convert({"id": "5", "state": state, "lines": lines, "history": history, **more}, ToldOrder)


def test_a_parcel_is_known_again_by_its_own_mark_alone() -> None:
    parcel = Parcel("p-1", {"1": 2}, carrier="Van", tracking="T")
    made = fulfillment("7", 2, method=telling.method_of(parcel))
    found = telling.told_before(told(fulfillments=[fulfillment("6", 2), made]), parcel)
    assert found is not None
    assert found.id == "7"
    cancelled = {**made, "state": "Cancelled"}
    assert telling.told_before(told(fulfillments=[cancelled]), parcel) is None
    assert telling.told_before(told(fulfillments=[made]), Parcel("-1", {"1": 2}, carrier="Van")) is None


def test_a_cancellation_is_known_again_by_its_key() -> None:
    cancelling = Cancelling("c-1", {"1": 2}, whole=False, reason="not found")
    given = telling.cancellation_of(told(), cancelling)
    assert given["lines"] == [{"orderLineId": "1", "quantity": 2}]
    assert not telling.cancelled_before(told(), cancelling)
    assert telling.cancelled_before(told(reasons=("by phone", str(given["reason"]))), cancelling)
    assert not telling.cancelled_before(told(reasons=("ref. c-11",)), cancelling)
    assert telling.cancelled_before(told(state="Cancelled"), cancelling)


def test_a_whole_order_is_cancelled_with_all_that_is_left_of_it() -> None:
    given = telling.cancellation_of(told(), Cancelling("c-1", {"1": 1}, whole=True))
    assert (given["lines"], given["cancelShipping"]) == ([{"orderLineId": "1", "quantity": 3}], True)


def test_units_that_are_given_back_are_counted_by_sku() -> None:
    assert telling.given_back(told(), Cancelling("c-1", {"1": 2, "2": 1, "9": 5}, whole=False)) == {"MUG": 3}
    assert telling.given_back(told(), Cancelling("c-1", {"1": 1}, whole=True)) == {"MUG": 3}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("", "applied"),
        ("INSUFFICIENT_STOCK_ON_HAND_ERROR", "later"),
        ("ITEMS_ALREADY_FULFILLED_ERROR", "rejected"),
        ("QUANTITY_TOO_GREAT_ERROR", "rejected"),
    ],
)
def test_what_a_mutation_says(code: str, kind: str) -> None:
    assert telling.outcome_of(Result("X", error_code=code, message="why")).kind == kind
