"""Square is told of parcels, in part and whole, and of cancellations, each once."""

import pytest

from tests.connectors.counterparts.openapi import Json
from tests.connectors.counterparts.square import Seller
from tests.connectors.square.conftest import Hub
from tests.connectors.square.test_orders import read, shipment
from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel

UPDATE = "PUT /v2/orders/{order_id}"


@pytest.fixture
def order(seller: Seller) -> Json:
    """Three units that are to be sent."""
    seller.put("A", 10)
    return seller.order([seller.line("A", 3)], "OPEN", fulfillments=[shipment()])


def uid_of(order: Json) -> str:
    return str(order["line_items"][0]["uid"])


def test_a_parcel_with_all_of_it_completes_the_fulfillment(seller: Seller, hub: Hub, order: Json) -> None:
    parcel = Parcel("P1", {uid_of(order): 3}, carrier="DHL", tracking="JD1", tracking_url="https://dhl.example/JD1")
    assert hub(lambda connector: connector.ship(order["id"], parcel)) == Outcome("applied", ticket="P1")
    (one,) = order["fulfillments"]
    assert (one["state"], one["shipment_details"]["tracking_number"]) == ("COMPLETED", "JD1")
    assert one["shipment_details"]["recipient"]["display_name"] == "Ada Byron"
    seen = read(hub, order)
    assert (seen.state, [dict(parcel.lines) for parcel in seen.parcels]) == ("closed", [{uid_of(order): 3}])


def test_parcels_in_part_are_kept_until_the_last_completes_it(seller: Seller, hub: Hub, order: Json) -> None:
    line = uid_of(order)
    hub(lambda connector: connector.ship(order["id"], Parcel("P1", {line: 1})))
    assert order["fulfillments"][0]["state"] == "PROPOSED"
    seen = read(hub, order)
    assert (seen.state, seen.lines[0].qty, [parcel.lines for parcel in seen.parcels]) == ("open", 3, [{line: 1}])
    hub(lambda connector: connector.ship(order["id"], Parcel("P2", {line: 2})))
    assert order["fulfillments"][0]["state"] == "COMPLETED"
    assert [parcel.lines for parcel in read(hub, order).parcels] == [{line: 1}, {line: 2}]


def test_a_parcel_that_was_told_is_not_told_again(seller: Seller, hub: Hub, order: Json) -> None:
    hub.settings["timeout_s"] = 1.0
    parcel = Parcel("P1", {uid_of(order): 1})
    seller.faults.of, seller.faults.hang_after_effect = UPDATE, True
    with pytest.raises(InDoubt):
        hub(lambda connector: connector.ship(order["id"], parcel))
    assert hub(lambda connector: connector.ship(order["id"], parcel)).kind == "applied"
    assert seller.calls.count(UPDATE) == 1


def test_a_change_that_somebody_else_made_meanwhile_passes(seller: Seller, hub: Hub, order: Json) -> None:
    seller.on_update.append(lambda: seller.touch(order))
    told = hub(lambda connector: connector.ship(order["id"], Parcel("P1", {uid_of(order): 3})))
    assert told.kind == "later"
    assert "CONFLICT" in told.reason


def test_what_is_not_open_any_more_is_told_to_people(seller: Seller, hub: Hub, order: Json) -> None:
    line = uid_of(order)
    told = hub(lambda connector: connector.ship(order["id"], Parcel("P1", {line: 4})))
    assert f"1 of line {line}" in told.reason
    order["state"] = "CANCELED"
    told = hub(lambda connector: connector.ship(order["id"], Parcel("P1", {line: 3})))
    assert "get the parcel back" in told.reason
    told = hub(lambda connector: connector.ship("O99", Parcel("P1", {line: 3})))
    assert told == Outcome("rejected", "Square has no order O99")


def test_more_parcels_than_square_keeps_are_left_to_people(seller: Seller, hub: Hub) -> None:
    seller.put("A", 30)
    order = seller.order([seller.line("A", 30)], "OPEN", fulfillments=[shipment()])
    told = [
        hub(lambda connector: connector.ship(order["id"], Parcel(f"P{number}", {uid_of(order): 1}))).kind  # noqa: B023
        for number in range(11)
    ]
    assert told == ["applied"] * 10 + ["rejected"]


def test_a_whole_order_is_called_off_once(seller: Seller, hub: Hub, order: Json) -> None:
    cancelling = Cancelling("c1", {uid_of(order): 3}, whole=True)
    assert hub(lambda connector: connector.cancel(order["id"], cancelling)).kind == "applied"
    assert order["fulfillments"][0]["state"] == "CANCELED"
    assert hub(lambda connector: connector.cancel(order["id"], cancelling)).kind == "applied"
    assert seller.calls.count(UPDATE) == 1
    assert read(hub, order).state == "cancelled"


def test_a_part_of_an_order_is_left_to_a_refund(seller: Seller, hub: Hub, order: Json) -> None:
    told = hub(lambda connector: connector.cancel(order["id"], Cancelling("c1", {uid_of(order): 2}, whole=False)))
    assert told.kind == "rejected"
    assert "refund 2 x Mug there" in told.reason
