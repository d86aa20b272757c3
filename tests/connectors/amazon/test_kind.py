"""What may be set, what a channel can do, and whether it would work."""

from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from tests.connectors.amazon.conftest import Hub, settings
from tests.connectors.amazon.test_centres import summary
from tests.connectors.counterparts.amazon import MARKETPLACE, SELLER, Account
from tests.connectors.counterparts.amazon_http import SECRETS
from truestock.connectors.amazon import KIND
from truestock.connectors.amazon.connector import Centres, Merchant
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.contract import abilities
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listening import ListensFor
from truestock.connectors.contract.stock_read import ReadsStock
from truestock.connectors.registry import kind_of

PAGE = Path(__file__).parents[3] / "docs/connectors/amazon.md"
BOTH = (abilities.Checked, abilities.ReadsOrders, abilities.ReadsFees, ListensFor)
OF_MERCHANT = (
    abilities.PushesStock,
    abilities.ReadsBack,
    abilities.Settles,
    abilities.TellsParcels,
    abilities.TellsCancellations,
)


def made(**more: Any) -> Merchant | Centres:
    connector = KIND.build(httpx2.AsyncClient(), msgspec.convert(settings(**more), AmazonSettings), SECRETS)
    assert isinstance(connector, Merchant | Centres)
    return connector


def test_each_kind_of_fulfilment_has_its_abilities() -> None:
    merchant, centres = made(), made(fulfilled_by="amazon")
    assert all(isinstance(merchant, ability) for ability in (*BOTH, *OF_MERCHANT))
    assert all(isinstance(centres, ability) for ability in (*BOTH, ReadsStock))
    assert not any(isinstance(centres, ability) for ability in OF_MERCHANT)
    assert not isinstance(merchant, ReadsStock)


def test_the_traits_are_those_of_amazon() -> None:
    traits = made(batch_max=50).traits
    assert (traits.decrements, traits.compare, traits.wire, traits.applied) == ("at_once", "no", "absolute", "later")
    assert (traits.batch_max, traits.pending_s, traits.by_place) == (50, 65, False)
    # A poll, and now and then a second page, is what searchOrders gains in that time.
    assert traits.poll_every_s * 0.0056 > 1.3


def test_a_check_says_who_sells_where(account: Account, hub: Hub) -> None:
    account.put("MUG", 1)
    account.put("JAR", 1)
    told = hub(lambda connector: connector.check())
    assert told == f"seller {SELLER} in marketplace {MARKETPLACE}: 2 listings; orders may be read"


def test_a_check_of_amazons_centres_reads_their_stock(account: Account, hub: Hub) -> None:
    account.stock = [summary("MUG", 1)]
    assert "1 SKUs or more in Amazon's centres" in hub.centres(lambda connector: connector.check())


def test_a_check_finds_a_role_that_is_missing(account: Account, hub: Hub) -> None:
    account.roles.discard("orders")
    with pytest.raises(ChannelDown, match=r"searchOrders answered 403 .* has the role"):
        hub(lambda connector: connector.check())


def test_a_check_finds_a_seller_who_is_another(hub: Hub) -> None:
    hub.settings["seller_id"] = "AOTHERSELLER1"
    with pytest.raises(ChannelDown, match="searchListingsItems answered 403"):
        hub(lambda connector: connector.check())


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "us"},
        {"marketplace": "amazon.com"},
        {"seller_id": ""},
        {"client_id": "a b"},
        {"fulfilled_by": "both"},
        {"batch_max": 25_001},
        {"feed_from": 0},
        {"applied_s": -1},
        {"timeout_s": 0},
        {"queue_url": "http://sqs.us-east-1.amazonaws.com/123456789012/orders"},
        {"queue_url": "https://sqs.us-east-1.amazonaws.com.evil.example/123456789012/orders"},
        {"queue_url": "arn:aws:sqs:us-east-1:123456789012:orders"},
        {"queue_wait_s": 21},
        {"carriers": "dhl"},
        {"carriers": "dhl=DHL; =UPS"},
        {"carriers": "dhl="},
        {"refresh_token": "x"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(msgspec.ValidationError, match=name):
        msgspec.convert(settings() | wrong, AmazonSettings)


def test_carriers_are_read_as_they_are_typed() -> None:
    told = msgspec.convert(settings(carriers=" DHL Paket =DHL;gls = GLS ; "), AmazonSettings)
    assert told.carrier_codes == {"dhl paket": "DHL", "gls": "GLS"}


def test_every_setting_and_secret_is_described_and_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = msgspec.json.schema(AmazonSettings)["$defs"]["AmazonSettings"]["properties"]
    assert all(field["description"] for field in named.values())
    assert [name for name in (*named, *KIND.secrets) if f"| `{name}` |" not in page] == []


def test_the_kind_is_registered() -> None:
    assert kind_of("amazon") is KIND
