"""When Vendure or the way to it fails: without effect, or in doubt; a parcel that was begun is ended."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import httpx2
import pytest

from tests.connectors.counterparts.doorkeeper import DROPPED, Doorkeeper, Said, at_the_door
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.vendure import build
from truestock.connectors.vendure.connector import VendureConnector
from truestock.connectors.vendure.settings import VendureSettings

T = TypeVar("T")
PARCEL = Parcel("p-1", {"1": 2}, carrier="Van", tracking="T")


@pytest.fixture
def door() -> Iterator[Doorkeeper]:
    with at_the_door(Doorkeeper()) as doorkeeper:
        yield doorkeeper


def data(**found: Any) -> Said:
    return Said(200, json.dumps({"data": found}).encode())


def errors(*codes: str, status: int = 200) -> Said:
    found = [{"message": f"no {code}", "extensions": {"code": code}} for code in codes]
    return Said(status, json.dumps({"errors": found, "data": None}).encode())


def levels(on_hand: int, allocated: int = 0) -> Said:
    level = {"stockLocationId": "1", "stockOnHand": on_hand, "stockAllocated": allocated}
    return data(
        productVariants={"items": [{"id": "7", "sku": "MUG", "stockLevels": [level]}], "totalItems": 1},
        stockLocations={"items": [{"id": "1", "name": "Main"}]},
        globalSettings={"trackInventory": True, "outOfStockThreshold": 0},
    )


def call(door: Doorkeeper, ask: Callable[[VendureConnector], Coroutine[Any, Any, T]], **settings: Any) -> T:
    async def called() -> T:
        async with httpx2.AsyncClient(trust_env=False) as client:
            given = VendureSettings(**{"url": door.url, "location": "1", **settings})
            return await ask(build(client, given, {"api_key": "key"}))

    return asyncio.run(called())


def push(door: Doorkeeper, **settings: Any) -> Outcome:
    pushed = call(door, lambda connector: connector.push([Line("MUG", 5, 1, "k")]), **settings)
    (outcome,) = pushed.outcomes.values()
    return outcome


def test_a_call_carries_the_key_and_the_channel(door: Doorkeeper) -> None:
    door.says = [levels(5)]
    assert push(door, channel_token="b2b") == Outcome("applied")
    (seen,) = door.calls
    assert (seen.headers["vendure-api-key"], seen.headers["vendure-token"]) == ("key", "b2b")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (errors("FORBIDDEN"), "no FORBIDDEN. To do: check the API key"),
        (errors("USER_INPUT_ERROR"), "no USER_INPUT_ERROR"),
        (errors("GRAPHQL_VALIDATION_FAILED", status=400), "is it Vendure 3.6 or later"),
        (Said(404, b"<html>"), "ends in /admin-api"),
        (Said(429, headers={"retry-after": "3"}), "429"),
    ],
)
def test_a_write_that_was_refused_had_no_effect(door: Doorkeeper, answer: Said, says: str) -> None:
    door.says = [levels(9), answer]
    with pytest.raises(ChannelDown, match=says):
        push(door)


@pytest.mark.parametrize(
    "answer",
    [
        DROPPED,
        Said(500),
        Said(200, b"<html>"),
        Said(200, b'{"data": {"updateProductVariants": 5}}'),
        errors("INTERNAL_SERVER_ERROR"),
        errors("USER_INPUT_ERROR", "INTERNAL_SERVER_ERROR"),
        errors(),
    ],
)
def test_a_write_of_which_nobody_knows_leaves_all_in_doubt(door: Doorkeeper, answer: Said) -> None:
    door.says = [levels(9), answer]
    with pytest.raises(InDoubt):
        push(door)


def test_a_read_that_fails_had_no_effect_whatever_it_was(door: Doorkeeper) -> None:
    for answer in (DROPPED, Said(500), errors("INTERNAL_SERVER_ERROR")):
        door.says = [answer]
        with pytest.raises(ChannelDown):
            push(door)


def test_far_too_many_doubles_are_told(door: Doorkeeper) -> None:
    said = json.loads(levels(9).body)
    said["data"]["productVariants"]["totalItems"] = 99
    door.says = [Said(200, json.dumps(said).encode())]
    with pytest.raises(ChannelDown, match="are there that many doubles"):
        push(door)


def told(*fulfillments: dict[str, Any]) -> Said:
    lines = [{"id": "1", "quantity": 3, "productVariant": {"sku": "MUG", "name": "Mug"}}]
    order = {"id": "5", "state": "PaymentSettled", "lines": lines, "history": {"items": []}}
    return data(order={**order, "fulfillments": list(fulfillments)})


def packed(state: str) -> dict[str, Any]:
    lines = [{"orderLineId": "1", "quantity": 2}]
    return {"id": "8", "state": state, "method": "Van, ref. p-1", "trackingCode": "T", "lines": lines}


def test_a_parcel_that_was_packed_and_not_shipped_is_ended(door: Doorkeeper) -> None:
    moved = {"__typename": "Fulfillment", "id": "8", "state": "Shipped"}
    door.says = [told(packed("Pending")), data(transitionFulfillmentToState=moved)]
    assert call(door, lambda connector: connector.ship("5", PARCEL)) == Outcome("applied")
    assert len(door.calls) == 2


def test_a_parcel_that_cannot_be_marked_as_shipped_yet_comes_again(door: Doorkeeper) -> None:
    made = {"__typename": "Fulfillment", "id": "8", "state": "Pending"}
    door.says = [told(), data(addFulfillmentToOrder=made), Said(429)]
    outcome = call(door, lambda connector: connector.ship("5", PARCEL))
    assert outcome.kind == "later"
    assert "not yet marked as shipped" in outcome.reason


def test_a_refused_parcel_says_why(door: Doorkeeper) -> None:
    no = {"__typename": "CreateFulfillmentError", "errorCode": "CREATE_FULFILLMENT_ERROR", "message": "An error"}
    door.says = [told(), data(addFulfillmentToOrder={**no, "fulfillmentHandlerError": "no label"})]
    assert call(door, lambda connector: connector.ship("5", PARCEL)) == Outcome("rejected", "An error: no label")


def test_a_parcel_that_was_told_is_not_told_again(door: Doorkeeper) -> None:
    for state in ("Shipped", "Delivered"):
        door.says = [told(packed(state))]
        assert call(door, lambda connector: connector.ship("5", PARCEL)) == Outcome("applied")
    assert len(door.calls) == 2


CANCELLED = {"__typename": "Order", "id": "5", "state": "Cancelled"}
WHOLE = Cancelling("c-1", {"1": 3}, whole=True)


def test_units_that_the_hub_calls_off_are_not_shown_before_the_hub_says_so(door: Doorkeeper) -> None:
    door.says = [told(), levels(28, 5), data(cancelOrder=CANCELLED), levels(28, 2), data(updateProductVariants=[])]
    assert call(door, lambda connector: connector.cancel("5", WHOLE)) == Outcome("applied")
    (written,) = json.loads(door.calls[-1].body)["variables"]["input"]
    assert written == {"id": "7", "stockLevels": [{"stockLocationId": "1", "stockOnHand": 25}]}


def test_a_cancellation_stands_although_the_number_could_not_be_looked_at(door: Doorkeeper) -> None:
    door.says = [told(), levels(28, 5), data(cancelOrder=CANCELLED), Said(500)]
    assert call(door, lambda connector: connector.cancel("5", WHOLE)) == Outcome("applied")


def test_a_refused_cancellation_leaves_the_number_alone(door: Doorkeeper) -> None:
    no = {"__typename": "QuantityTooGreatError", "errorCode": "QUANTITY_TOO_GREAT_ERROR", "message": "too many"}
    door.says = [told(), levels(28, 5), data(cancelOrder=no)]
    assert call(door, lambda connector: connector.cancel("5", WHOLE)) == Outcome("rejected", "too many")
