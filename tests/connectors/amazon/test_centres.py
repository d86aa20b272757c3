"""Stock in Amazon's centres: read whole, in figures that say what may be sold, and never pushed."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.connectors.amazon.conftest import Hub
from tests.connectors.counterparts.amazon import Account
from tests.connectors.counterparts.amazon_contract import Json
from truestock.connectors.amazon.connector import Centres
from truestock.connectors.contract.abilities import PushesStock, TellsParcels
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.stock_read import Kept, ReadsStock


def summary(sku: str, fulfillable: int, **more: object) -> Json:
    details: Json = {"fulfillableQuantity": fulfillable, **more}
    return {
        "sellerSku": sku,
        "inventoryDetails": details,
        "lastUpdatedTime": "2026-11-01T10:00:00Z",
        "totalQuantity": 0,
    }


MUG = summary(
    "MUG",
    10,
    inboundWorkingQuantity=100,
    inboundShippedQuantity=20,
    inboundReceivingQuantity=5,
    reservedQuantity={
        "totalReservedQuantity": 9,
        "pendingCustomerOrderQuantity": 4,
        "pendingTransshipmentQuantity": 3,
        "fcProcessingQuantity": 2,
    },
    researchingQuantity={"totalResearchingQuantity": 1},
    unfulfillableQuantity={"totalUnfulfillableQuantity": 6, "defectiveQuantity": 6},
)
AT = datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_every_unit_is_in_one_figure(account: Account, hub: Hub) -> None:
    account.stock = [MUG]
    before = datetime.now(UTC)
    told = hub.centres(lambda connector: connector.stock())
    (kept,) = told.kept
    assert kept == Kept("MUG", available=10, reserved=4, held=6, unsellable=6, inbound=25, changed_at=AT)
    assert kept.on_hand == 26
    assert before <= told.as_of <= datetime.now(UTC)


def test_all_pages_are_read(account: Account, hub: Hub) -> None:
    account.stock = [summary(f"S{number}", number) for number in range(5)]
    told = hub.centres(lambda connector: connector.stock())
    assert {kept.sku: kept.available for kept in told.kept} == {f"S{number}": number for number in range(5)}
    assert account.calls.count("getInventorySummaries") == 3


def test_a_reading_that_breaks_off_is_none(account: Account, hub: Hub) -> None:
    account.stock = [summary(f"S{number}", number) for number in range(5)]
    account.faults.of, account.faults.spare, account.faults.status = "getInventorySummaries", 2, 500
    with pytest.raises(ChannelDown, match="500"):
        hub.centres(lambda connector: connector.stock())


def test_figures_that_cannot_be_understood_are_not_guessed(account: Account, hub: Hub) -> None:
    odd = [summary("LESS", -1), {"sellerSku": "NONE"}, summary("MUG", 3)]
    body = {"payload": {"inventorySummaries": odd}}
    account.faults.of, account.faults.body = "getInventorySummaries", msgspec.json.encode(body)
    told = hub.centres(lambda connector: connector.stock())
    assert [kept.sku for kept in told.kept] == ["MUG"]
    assert set(told.unread) == {"LESS", "NONE"}


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"payload": {"inventorySummaries": [3]}}'])
def test_a_page_that_cannot_be_read_is_down(account: Account, hub: Hub, body: bytes) -> None:
    account.faults.of, account.faults.body = "getInventorySummaries", body
    with pytest.raises(ChannelDown, match="stock cannot be read"):
        hub.centres(lambda connector: connector.stock())


def test_amazons_centres_are_a_place_that_is_only_read(hub: Hub) -> None:
    async def steps(connector: Centres) -> None:
        assert isinstance(connector, ReadsStock)
        assert not isinstance(connector, PushesStock)
        assert not isinstance(connector, TellsParcels)
        assert connector.place == "AFN"

    hub.centres(steps)
