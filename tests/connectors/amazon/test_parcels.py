"""Parcels out and cancellations: told once in effect, and said to whom it can be done where we cannot."""

from datetime import timedelta

import pytest

from tests.connectors.amazon.conftest import Hub
from tests.connectors.amazon.orders import NOW, item, number, order, package
from tests.connectors.counterparts.amazon import Account
from tests.connectors.counterparts.amazon_contract import Json
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.amazon.mapping.parcels import REFERENCE_MAX, reference
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel

ID = number(1)
PARCEL = Parcel("P-1", {"11": 2}, NOW - timedelta(hours=1), carrier="ups", tracking="1Z999")


@pytest.fixture(autouse=True)
def sold(account: Account) -> Json:
    """An order of three mugs and a jar."""
    account.orders[ID] = order(ID, [item("11", "MUG", 3), item("12", "JAR", 1)], minutes=9)
    return account.orders[ID]


def shipped(hub: Hub, parcel: Parcel = PARCEL) -> Outcome:
    return hub(lambda connector: connector.ship(ID, parcel))


def test_a_parcel_is_told_and_comes_back_with_the_order(account: Account, hub: Hub) -> None:
    async def steps(connector: Merchant) -> None:
        assert await connector.ship(ID, PARCEL) == Outcome("applied")
        (told,) = (await connector.orders([ID])).orders
        assert told.parcels == [
            Parcel(reference("P-1"), {"11": 2}, NOW - timedelta(hours=1), carrier="UPS", tracking="1Z999")
        ]
        assert [line.qty for line in told.lines] == [3, 1]

    hub(steps)


def test_several_parcels_complete_an_order(sold: Json, hub: Hub) -> None:
    assert shipped(hub).kind == shipped(hub, Parcel("P-2", {"11": 1, "12": 1})).kind == "applied"
    assert sold["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_the_same_parcel_told_again_changes_nothing(sold: Json, hub: Hub) -> None:
    assert [shipped(hub).kind for _ in range(3)] == ["applied"] * 3
    assert len(sold["packages"]) == 1


def test_a_parcel_that_amazon_refuses_because_it_has_it_is_applied(account: Account, hub: Hub) -> None:
    refused = b'{"errors": [{"code": "InvalidInput", "message": "Unable to find package to update."}]}'
    for there, kind in ((False, "rejected"), (True, "applied")):
        if there:
            shipped(hub)
        account.faults.of, account.faults.status, account.faults.body = "confirmShipment", 400, refused
        outcome = shipped(hub)
        assert outcome.kind == kind
        assert there or outcome.reason.endswith("InvalidInput: Unable to find package to update.")


def test_a_parcel_told_with_other_units_is_not_the_same(account: Account, hub: Hub) -> None:
    shipped(hub)
    account.faults.of, account.faults.status, account.faults.body = "confirmShipment", 400, b"{}"
    assert shipped(hub, Parcel("P-1", {"11": 1})).kind == "rejected"


def test_more_than_was_ordered_is_rejected_in_amazons_words(hub: Hub) -> None:
    outcome = shipped(hub, Parcel("P-1", {"11": 4}))
    assert outcome == Outcome(
        "rejected",
        "confirmShipment answered 400 InvalidInput: Failed to create package: the order is already fulfilled.",
    )


def test_an_answer_that_never_comes_is_in_doubt_and_the_next_try_is_the_same(
    account: Account, sold: Json, hub: Hub
) -> None:
    hub.settings["timeout_s"] = 1.0
    account.faults.of, account.faults.hang_after_effect = "confirmShipment", True
    with pytest.raises(InDoubt):
        shipped(hub)
    assert shipped(hub).kind == "applied"
    assert len(sold["packages"]) == 1


def test_a_call_that_is_not_let_in_is_down(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.status = "confirmShipment", 403
    with pytest.raises(ChannelDown, match="role"):
        shipped(hub)


@pytest.mark.parametrize(
    ("carrier", "code", "name"),
    [
        ("UPS", "UPS", "UPS"),
        ("royal mail", "Royal Mail", "Royal Mail"),
        ("our-dhl", "DHL eCommerce", "DHL eCommerce"),
        ("Cycle Joe", "Other", "Cycle Joe"),
        ("", "Other", "Other"),
    ],
)
def test_a_carrier_is_told_by_amazons_code_or_by_its_name(
    account: Account, hub: Hub, sold: Json, carrier: str, code: str, name: str
) -> None:
    hub.settings |= {"carriers": "our-dhl = DHL eCommerce; x=Y", "shipping_method": "Ground"}
    assert shipped(hub, Parcel("7", {"11": 1}, carrier=carrier, tracking="")).kind == "applied"
    (told,) = sold["packages"]
    assert (told["carrier"], told["packageReferenceId"], told["trackingNumber"]) == (name, "7", "")


def test_a_time_of_leaving_is_never_told_as_one_to_come(sold: Json, hub: Hub) -> None:
    shipped(hub, Parcel("P-1", {"11": 1}, NOW + timedelta(days=2)))
    assert sold["packages"][0]["shipTime"][:10] <= (NOW + timedelta(minutes=5)).isoformat()[:10]


@pytest.mark.parametrize("id_", ["P-1", "0", "007", "-4", "9999999999", "", "\uff11\uff12", "a" * 500])
def test_a_reference_is_a_positive_number_and_stays(id_: str) -> None:
    assert 1 <= int(reference(id_)) <= REFERENCE_MAX
    assert reference(id_) == reference(id_)
    assert reference(id_).isascii()


def test_references_of_different_parcels_differ() -> None:
    assert len({reference(f"P-{n}") for n in range(2000)}) == 2000
    assert reference("42") == "42"


ALL_OF_IT = Cancelling("c-1", {"11": 3, "12": 1}, whole=True)
A_MUG = Cancelling("c-1", {"11": 1}, whole=False)


@pytest.mark.parametrize("asked", [ALL_OF_IT, A_MUG])
def test_a_seller_cancels_in_seller_central_and_is_told_where(hub: Hub, asked: Cancelling) -> None:
    outcome = hub(lambda connector: connector.cancel(ID, asked))
    assert outcome.kind == "rejected"
    assert "Manage Orders" in outcome.reason


@pytest.mark.parametrize(
    ("items", "status", "asked", "kind"),
    [
        ([item("11", "MUG", 3, 0, 0)], "CANCELLED", ALL_OF_IT, "applied"),
        ([item("11", "MUG", 3, 0, 2)], "UNSHIPPED", A_MUG, "applied"),
        ([item("11", "MUG", 3, 0, 2)], "UNSHIPPED", Cancelling("c", {"11": 2}, whole=False), "rejected"),
        ([item("11", "MUG", 3, 0, 0)], "UNSHIPPED", ALL_OF_IT, "rejected"),
        ([item("11", "MUG", 3, 0, 2)], "UNSHIPPED", Cancelling("c", {"12": 1}, whole=False), "rejected"),
    ],
)
def test_what_stands_as_cancelled_already_is_applied(
    account: Account, hub: Hub, items: list[Json], status: str, asked: Cancelling, kind: str
) -> None:
    account.orders[ID] = order(ID, items, status)
    assert hub(lambda connector: connector.cancel(ID, asked)).kind == kind


def test_an_order_that_amazon_does_not_have_is_not_cancelled(hub: Hub) -> None:
    outcome = hub(lambda connector: connector.cancel(number(404), ALL_OF_IT))
    assert outcome == Outcome("rejected", "Amazon does not have this order")


def test_a_cancelled_package_is_no_parcel(account: Account, hub: Hub) -> None:
    account.orders[ID]["packages"] = [package(reference("P-1"), {"11": 2}, "CANCELLED")]
    account.faults.of, account.faults.status, account.faults.body = "confirmShipment", 400, b"{}"
    assert shipped(hub).kind == "rejected"
