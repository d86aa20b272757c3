"""Medusa's items and orders in the hub's words, page after page, and what is told of parcels and cancellations."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.medusa import orders, stock, telling
from truestock.connectors.medusa.answers import Batched, Change, InventoryItem, LocationLevel, Order
from truestock.connectors.medusa.stock import Place, Write
from truestock.connectors.medusa.transport import Refused
from truestock.connectors.reserving.levels import Level

T0 = datetime(2026, 11, 22, 8, tzinfo=UTC)
NAMES = {"sloc_1": "Main", "sloc_2": "Shop"}


def at(seconds: float) -> str:
    return orders.stamp(T0 + timedelta(seconds=seconds))


def item(sku: str, *levels: LocationLevel) -> InventoryItem:
    return InventoryItem(f"iitem_{sku}", sku, list(levels))


def level(location: str, stocked: str, reserved: str, of: str = "") -> LocationLevel:
    return LocationLevel(location, Decimal(stocked), Decimal(reserved), of)


def sold(quantity: int, **detail: int) -> dict[str, Any]:
    return {
        "id": "ordli_1",
        "title": "Mug",
        "variant_sku": "MUG",
        "unit_price": 11,
        "original_subtotal": 10 * quantity,
        "discount_subtotal": 1.5,
        "tax_total": 2,
        "detail": {"quantity": quantity, **detail},
    }


def order(number: int = 1, changed: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": f"order_{number}",
        "display_id": number,
        "status": "pending",
        "currency_code": "eur",
        "created_at": at(0),
        "updated_at": at(changed),
        "items": [sold(3)],
        **more,
    }


def raw(found: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(found))


def seen(**more: Any) -> Any:
    return orders.seen(msgspec.json.decode(raw(order(**more)), type=Order))


def fulfillment(units: int, **more: Any) -> dict[str, Any]:
    parts = [{"line_item_id": "ordli_1", "quantity": units}]
    return {"id": "ful_1", "location_id": "sloc_1", "shipped_at": at(5), "items": parts, **more}


def test_a_spot_means_an_item_at_its_place_in_whole_units() -> None:
    items = [item("MUG", level("sloc_1", "9.5", "1.5"))]
    spots = [Spot("MUG"), Spot("MUG", "sloc_2")]
    assert stock.placed(spots, items, NAMES, "sloc_1") == {
        spots[0]: Place("iitem_MUG", "sloc_1", Level(9, 2)),
        spots[1]: Place("iitem_MUG", "sloc_2", None),
    }


@pytest.mark.parametrize(
    ("spot", "location", "says"),
    [
        (Spot("CUP"), "sloc_1", "keeps no stock of the SKU CUP"),
        (Spot("MUG"), "", "not said at which stock location; the shop has Main (sloc_1), Shop (sloc_2)"),
        (Spot("MUG", "sloc_3"), "sloc_1", "no stock location sloc_3"),
    ],
)
def test_what_cannot_be_set_says_what_to_do(spot: Spot, location: str, says: str) -> None:
    found = stock.placed([spot], [item("MUG")], NAMES, location)[spot]
    assert isinstance(found, Outcome)
    assert found.kind == "rejected"
    assert says in found.reason


def test_what_was_never_stocked_is_made_and_the_rest_changed() -> None:
    writes = [
        Write(Line("MUG", 5, 1, "k"), Place("iitem_MUG", "sloc_1", Level(9, 2))),
        Write(Line("CUP", 6, 1, "k"), Place("iitem_CUP", "sloc_1", None)),
    ]
    body = stock.body(writes)
    assert body == {
        "update": [{"inventory_item_id": "iitem_MUG", "location_id": "sloc_1", "stocked_quantity": 7}],
        "create": [{"inventory_item_id": "iitem_CUP", "location_id": "sloc_1", "stocked_quantity": 6}],
    }
    answer = Batched([], [level("sloc_1", "7", "2", "iitem_MUG")])
    told = stock.outcomes(answer, writes)
    assert told[Spot("MUG")] == Outcome("applied")
    assert told[Spot("CUP")].kind == "later"


def test_amounts_are_of_units_and_lines_without_tax() -> None:
    (line,) = seen().lines
    assert (line.price, line.discount, line.tax) == (Decimal(10), Decimal("1.5"), Decimal(2))


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        ("pending", {}, ("open", 3, 0)),
        ("pending", {"shipped_quantity": 2}, ("open", 3, 0)),
        ("pending", {"shipped_quantity": 3}, ("closed", 3, 0)),
        ("pending", {"shipped_quantity": 3, "return_received_quantity": 1}, ("closed", 3, 1)),
        ("completed", {}, ("closed", 3, 0)),
        ("canceled", {}, ("cancelled", 0, 0)),
    ],
)
def test_what_has_left_and_come_back(status: str, detail: dict[str, int], expected: tuple[str, int, int]) -> None:
    found = seen(status=status, items=[sold(3, **detail)])
    assert (found.state, found.lines[0].qty, found.lines[0].returned) == expected


def test_a_parcel_is_what_has_left_and_a_kit_counts_once() -> None:
    parts = [{"line_item_id": "ordli_1", "quantity": units} for units in (2, 2)]
    shipped = fulfillment(
        2, items=parts, labels=[{"tracking_number": ""}, {"tracking_number": "T", "tracking_url": "u"}]
    )
    found = seen(fulfillments=[shipped, fulfillment(1, shipped_at=None), fulfillment(1, canceled_at=at(6))])
    (parcel,) = found.parcels
    assert (parcel.lines, parcel.place, parcel.tracking, parcel.tracking_url) == ({"ordli_1": 2}, "sloc_1", "T", "u")


def test_full_pages_read_on_and_the_last_goes_back_a_little() -> None:
    start = orders.stamp(T0)
    full = orders.page([raw(order(n, changed=n)) for n in range(orders.PAGE)], start)
    assert (full.more, full.cursor) == (True, at(orders.PAGE - 1))
    last = orders.page([raw(order(1, changed=99))], full.cursor)
    assert (last.more, last.cursor) == (False, at(99 - 10))
    assert orders.page([], full.cursor).cursor == full.cursor
    stuck = orders.page([raw(order(n, changed=0)) for n in range(orders.PAGE)], start)
    assert stuck.cursor > start


def test_an_order_that_cannot_be_understood_holds_up_no_others() -> None:
    found = orders.page([raw(order(1)), raw({**order(2), "items": None})], orders.stamp(T0))
    assert [each.id for each in found.orders] == ["order_1"]
    assert "items" in found.unread["order_2"]


def test_a_sales_channel_has_its_own_orders() -> None:
    assert ("sales_channel_id[]", "sc_1") in orders.since(orders.stamp(T0), "sc_1")
    assert all(name != "sales_channel_id[]" for name, _ in orders.still_open("", ""))
    with pytest.raises(ValueError, match="isoformat"):
        orders.since("yesterday", "")


def test_a_parcel_leaves_from_its_place_or_else_from_the_location() -> None:
    parcel = Parcel("p-1", {"ordli_1": 2}, place="sloc_2", tracking="T")
    assert telling.fulfillment_of(parcel, "sloc_1")["location_id"] == "sloc_2"
    assert "location_id" not in telling.fulfillment_of(Parcel("p-2", {"ordli_1": 2}), "")
    assert telling.shipment_of(Parcel("p-2", {"ordli_1": 2}))["labels"] == []


def test_a_parcel_is_known_again_by_its_own_mark() -> None:
    parcel = Parcel("p-1", {"ordli_1": 2})
    made = {**fulfillment(2), "metadata": telling.fulfillment_of(parcel, "")["metadata"]}

    def known(*found: dict[str, Any]) -> bool:
        order_now = msgspec.json.decode(raw(order(fulfillments=list(found))), type=Order)
        return telling.told_before(order_now, parcel) is not None

    assert known(fulfillment(2), made)
    assert not known(fulfillment(2), {**made, "canceled_at": at(1)})


def test_a_cancellation_is_known_again_by_its_note() -> None:
    cancelling = Cancelling("c-1", {"ordli_1": 1}, whole=False)
    changes = [
        Change("1", "confirmed", "ref. c-11"),
        Change("2", "declined", telling.note_of(cancelling)),
        Change("3", "confirmed", telling.note_of(cancelling)),
    ]
    assert telling.edit_of(changes, cancelling) is changes[2]
    assert telling.edit_of(changes[:2], cancelling) is None


def test_what_is_left_of_a_line_is_never_below_zero() -> None:
    found = msgspec.json.decode(raw(order()), type=Order)
    assert telling.quantities(found, Cancelling("c", {"ordli_1": 2}, whole=False)) == {"ordli_1": 1}
    assert telling.quantities(found, Cancelling("c", {"ordli_1": 5}, whole=False)) == {"ordli_1": 0}
    assert telling.quantities(found, Cancelling("c", {"other": 1}, whole=False)) == {}


@pytest.mark.parametrize(
    ("status", "says", "kind"),
    [
        (400, "Order (x) already has an existing active order change", "later"),
        (409, "Unable to acquire lock", "later"),
        (400, "Not enough stock available for item x at location y", "later"),
        (400, "Quantity to fulfill exceeds the reserved quantity", "rejected"),
    ],
)
def test_what_a_refusal_means(status: int, says: str, kind: str) -> None:
    assert telling.outcome_of(Refused(status, says)) == Outcome("later" if kind == "later" else "rejected", says)


def test_units_that_are_given_back_are_counted_by_sku() -> None:
    found = msgspec.json.decode(raw(order(items=[sold(3, fulfilled_quantity=1)])), type=Order)
    assert telling.given_back(found, Cancelling("c", {"ordli_1": 1, "other": 5}, whole=False)) == {"MUG": 1}
    assert telling.given_back(found, Cancelling("c", {}, whole=True)) == {"MUG": 2}


def test_an_item_stands_at_all_locations_where_it_is_stocked() -> None:
    items = [item("MUG", level("sloc_2", "4", "1"))]
    assert stock.everywhere(["MUG", "CUP"], items, NAMES, "") == {
        Spot("MUG", "sloc_2"): Place("iitem_MUG", "sloc_2", Level(4, 1))
    }
    assert stock.everywhere(["MUG"], items, NAMES, "sloc_1") == {}
