"""A shop is told of parcels and cancellations, each once; what it cannot do is left to a person, with words."""

import pytest

from tests.connectors.counterparts.magento import Shop
from tests.connectors.counterparts.openapi import Json
from tests.connectors.counterparts.vendor import Said
from tests.connectors.magento.conftest import Hub
from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel

SHIP = "POST /rest/default/V1/order/{orderId}/ship"


def ids(order: Json) -> tuple[str, str]:
    return str(order["entity_id"]), str(order["items"][0]["item_id"])


def test_a_parcel_is_a_shipment_from_its_source(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10, "east")
    made = shop.order(("A", 3))
    order, line = ids(made)
    parcel = Parcel("P1", {line: 2}, None, "east", "DHL", "JD01")
    told = hub(lambda connector: connector.ship(order, parcel))
    (shipment,) = shop.shipments
    assert told == Outcome("applied", ticket=str(shipment["entity_id"]))
    assert (shop.quantity("A", "east"), shop.salable("A")) == (8, 7)
    (track,) = shipment["tracks"]
    assert (track["track_number"], track["title"], track["carrier_code"]) == ("JD01", "DHL", "dhl")
    (seen,) = hub(lambda connector: connector.orders([order])).orders
    assert seen.parcels[0].lines == {line: 2}


def test_a_parcel_that_was_told_is_not_told_again(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10)
    made = shop.order(("A", 3))
    order, line = ids(made)
    parcel = Parcel("P1", {line: 1})
    hub.settings["timeout_s"] = 1.0
    shop.faults.of, shop.faults.hang_after_effect = SHIP, True
    with pytest.raises(InDoubt):
        hub(lambda connector: connector.ship(order, parcel))
    again = hub(lambda connector: connector.ship(order, parcel))
    other = hub(lambda connector: connector.ship(order, Parcel("P2", {line: 1}, carrier="Our van", tracking="7")))
    assert (again.kind, other.kind, len(shop.shipments)) == ("applied", "applied", 2)
    assert shop.quantity("A") == 8
    assert shop.shipments[1]["tracks"][0]["carrier_code"] == "custom"


def test_a_parcel_of_what_is_not_open_any_more_is_told_to_people(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 3))
    order, line = ids(made)
    shop.refund(made, {int(line): 2})
    told = hub(lambda connector: connector.ship(order, Parcel("P1", {line: 2, "no line": 1})))
    assert told.kind == "rejected"
    assert f"1 of line {line}, 1 of line no line" in told.reason
    shop.cancel(made)
    told = hub(lambda connector: connector.ship(order, Parcel("P1", {line: 1})))
    assert "is canceled in Magento; get the parcel back" in told.reason
    assert shop.shipments == []


def test_an_order_on_hold_is_left_to_people(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 3), state="holded")
    order, line = ids(made)
    shipped = hub(lambda connector: connector.ship(order, Parcel("P1", {line: 1})))
    cancelled = hub(lambda connector: connector.cancel(order, Cancelling("c", {line: 3}, whole=True)))
    assert shipped == cancelled
    assert "unhold it there" in shipped.reason


def test_the_shops_own_words_of_a_refusal_are_shown(shop: Shop, hub: Hub) -> None:
    order, line = ids(shop.order(("A", 3)))
    shop.faults.of = SHIP
    words = {"message": "Shipment Document Validation Error(s):\n%1", "parameters": ["An order is not shippable."]}
    shop.faults.said = Said(400, words)
    told = hub(lambda connector: connector.ship(order, Parcel("P1", {line: 1})))
    assert told == Outcome("rejected", "Shipment Document Validation Error(s): An order is not shippable.")


def test_a_whole_order_is_cancelled_once(shop: Shop, hub: Hub) -> None:
    shop.put("A", 10)
    made = shop.order(("A", 3))
    order, line = ids(made)
    cancelling = Cancelling("c1", {line: 3}, whole=True)
    assert hub(lambda connector: connector.cancel(order, cancelling)).kind == "applied"
    assert (made["state"], shop.salable("A")) == ("canceled", 10)
    assert hub(lambda connector: connector.cancel(order, cancelling)).kind == "applied"
    assert shop.calls.count("POST /rest/default/V1/orders/{id}/cancel") == 1


def test_what_was_invoiced_or_is_a_part_is_left_to_a_credit_memo(shop: Shop, hub: Hub) -> None:
    made = shop.order(("A", 3))
    made["total_invoiced"] = 30.0
    order, line = ids(made)
    whole = hub(lambda connector: connector.cancel(order, Cancelling("c1", {line: 3}, whole=True)))
    part = hub(lambda connector: connector.cancel(order, Cancelling("c2", {line: 2}, whole=False)))
    assert (whole.kind, part.kind) == ("rejected", "rejected")
    assert "refund 3 x A" in whole.reason
    assert "refund 2 x A" in part.reason
    shop.refund(made, {int(line): 3})
    done = hub(lambda connector: connector.cancel(order, Cancelling("c1", {line: 3}, whole=True)))
    assert done.kind == "applied"


def test_an_order_that_the_shop_does_not_have_is_told(shop: Shop, hub: Hub) -> None:
    for number in ("77", "x"):
        told = hub(lambda connector: connector.ship(number, Parcel("P1", {"1": 1})))  # noqa: B023  used at once
        assert told == Outcome("rejected", f"the shop has no order {number}")
