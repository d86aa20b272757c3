"""eBay is told of each package once; what it cannot be told is left to a person, with words."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.connectors.counterparts.ebay import Account, written
from tests.connectors.counterparts.vendor import Said
from tests.connectors.ebay.conftest import Hub
from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel

SHIP = "POST /sell/fulfillment/v1/order/{orderId}/shipping_fulfillment"
LEFT_AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_parcel_is_a_package(account: Account, hub: Hub) -> None:
    hub.settings["carriers"] = "our-post=RoyalMail; van=Other"
    made = account.order(("A", 3), ("B", 1))
    first, second = (item["lineItemId"] for item in made["lineItems"])
    parcel = Parcel("P1", {first: 2, second: 1}, LEFT_AT, "", "our-post", "AB 123-GB")
    told = hub(lambda connector: connector.ship(made["orderId"], parcel))
    assert told == Outcome("applied", ticket="AB123GB")
    (package,) = account.packages[made["orderId"]]
    assert (package["shippingCarrierCode"], package["shippedDate"]) == ("RoyalMail", written(LEFT_AT))
    assert package["lineItems"] == [{"lineItemId": first, "quantity": 2}, {"lineItemId": second, "quantity": 1}]


@pytest.mark.parametrize("tracking", ["JD1", ""])
def test_a_parcel_that_was_told_is_not_told_again(account: Account, hub: Hub, tracking: str) -> None:
    hub.settings["timeout_s"] = 1.0
    made = account.order(("A", 3))
    number = made["lineItems"][0]["lineItemId"]
    parcel = Parcel("P1", {number: 1}, LEFT_AT, carrier="DHL", tracking=tracking)
    account.faults.of, account.faults.hang_after_effect = SHIP, True
    with pytest.raises(InDoubt):
        hub(lambda connector: connector.ship(made["orderId"], parcel))
    assert hub(lambda connector: connector.ship(made["orderId"], parcel)).kind == "applied"
    other = Parcel("P2", {number: 1}, LEFT_AT + timedelta(hours=1), carrier="", tracking=f"{tracking}2")
    assert hub(lambda connector: connector.ship(made["orderId"], other)).kind == "applied"
    assert len(account.packages[made["orderId"]]) == 2


def test_what_is_not_open_any_more_is_told_to_people(account: Account, hub: Hub) -> None:
    made = account.order(("A", 1))
    number = made["lineItems"][0]["lineItemId"]
    told = hub(lambda connector: connector.ship(made["orderId"], Parcel("P1", {number: 2, "7": 1})))
    assert f"1 of line {number}, 1 of line 7" in told.reason
    account.cancel(made)
    told = hub(lambda connector: connector.ship(made["orderId"], Parcel("P1", {number: 1})))
    assert "is cancelled in eBay; get the parcel back" in told.reason
    assert hub(lambda connector: connector.ship("9", Parcel("P1", {number: 1}))).reason == "eBay has no order 9"
    assert hub(lambda connector: connector.cancel("9", Cancelling("c", {}, whole=True))).reason == "eBay has no order 9"


def test_ebays_own_words_of_a_refusal_are_shown(account: Account, hub: Hub) -> None:
    made = account.order(("A", 1))
    account.faults.of = SHIP
    account.faults.said = Said(400, {"errors": [{"errorId": 32200, "longMessage": "Invalid line item id"}]})
    parcel = Parcel("P1", {made["lineItems"][0]["lineItemId"]: 1})
    told = hub(lambda connector: connector.ship(made["orderId"], parcel))
    assert told == Outcome("rejected", "32200 Invalid line item id")


def test_a_cancellation_is_left_to_a_person_until_it_is_done(account: Account, hub: Hub) -> None:
    made = account.order(("A", 1))
    cancelling = Cancelling("c1", {made["lineItems"][0]["lineItemId"]: 1}, whole=True)
    told = hub(lambda connector: connector.cancel(made["orderId"], cancelling))
    assert told.kind == "rejected"
    assert "Cancel order" in told.reason
    account.cancel(made)
    assert hub(lambda connector: connector.cancel(made["orderId"], cancelling)).kind == "applied"
