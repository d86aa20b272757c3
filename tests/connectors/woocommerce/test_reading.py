"""What a store shows, whether a channel would work, and what may be set."""

from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.woocommerce.conftest import SECRETS, Hub
from truestock.connectors.contract.abilities import (
    Checked,
    PushesStock,
    ReadsBack,
    ReadsOrders,
    Subscribes,
    TakesNotices,
    TellsCancellations,
    TellsParcels,
)
from truestock.connectors.contract.answers import ChannelDown, Spot
from truestock.connectors.registry import kind_of
from truestock.connectors.woocommerce import KIND
from truestock.connectors.woocommerce.connector import WooCommerceConnector
from truestock.connectors.woocommerce.settings import WooCommerceSettings

ABILITIES = (
    *(Checked, PushesStock, ReadsBack, ReadsOrders),
    *(Subscribes, TakesNotices, TellsCancellations, TellsParcels),
)
PAGE = Path(__file__).parents[3] / "docs/connectors/woocommerce.md"


def test_numbers_are_read_back_and_what_keeps_none_of_its_own_is_left_out(store: Store, hub: Hub) -> None:
    store.put("MUG", 7)
    store.put("OWED", -2)
    store.put("UNTRACKED", None)
    shirt = store.put("SHIRT", 9, type="variable")
    store.put("SHIRT-S", 4, parent=shirt)
    store.products[store.put("SHIRT-M", 9, parent=shirt)]["manage_stock"] = "parent"
    store.put("TWIN", 1)
    store.put("TWIN", 1)
    skus = ["MUG", "OWED", "UNTRACKED", "SHIRT", "SHIRT-S", "SHIRT-M", "TWIN", "NOWHERE"]
    shown = hub(lambda connector: connector.read_back(list(map(Spot, skus)))).by_sku
    assert shown == {"MUG": 7, "OWED": -2, "SHIRT": 9, "SHIRT-S": 4}


def test_a_sku_that_moved_is_read_from_where_it_is_now(store: Store, hub: Hub) -> None:
    mug, jar = store.put("MUG", 1), store.put("JAR", 2)

    async def steps(connector: WooCommerceConnector) -> None:
        assert (await connector.read_back(list(map(Spot, ["MUG"])))).by_sku == {"MUG": 1}
        store.products[mug]["sku"], store.products[jar]["sku"] = "JAR", "MUG"
        assert (await connector.read_back(list(map(Spot, ["MUG"])))).by_sku == {"MUG": 2}

    hub(steps)


def test_many_are_read_in_few_calls(store: Store, hub: Hub) -> None:
    skus = [f"S{number:03}" for number in range(100)]
    for number, sku in enumerate(skus):
        store.put(sku, number)
    assert hub(lambda connector: connector.read_back(list(map(Spot, skus)))).by_sku == {
        sku: number for number, sku in enumerate(skus)
    }
    assert len(store.calls) == 2


def test_long_skus_are_asked_for_in_addresses_that_a_server_takes(store: Store, hub: Hub) -> None:
    skus = [f"{number:03}" + "ß" * 97 for number in range(20)]
    for sku in skus:
        store.put(sku, 1)
    assert len(hub(lambda connector: connector.read_back(list(map(Spot, skus)))).by_sku) == 20
    assert len(store.calls) == 4


def test_a_check_names_the_store_and_its_version_and_that_nothing_is_encrypted(store: Store, hub: Hub) -> None:
    told = hub(lambda connector: connector.check())
    assert told.startswith("WooCommerce 8.4.0 at https://shop.example; the key may write; not encrypted")


@pytest.mark.parametrize(
    ("secrets", "may_write"), [({"consumer_key": "ck_other", "consumer_secret": "cs_test"}, True), (SECRETS, False)]
)
def test_a_check_finds_a_key_that_is_wrong_or_may_not_write(
    store: Store, hub: Hub, secrets: dict[str, str], may_write: bool
) -> None:
    hub.secrets, store.may_write = secrets, may_write
    with pytest.raises(ChannelDown, match=r"401 .* check the consumer key and secret, that the key has Read/Write"):
        hub(lambda connector: connector.check())


def test_a_check_finds_a_site_url_that_leads_nowhere(store: Store, hub: Hub) -> None:
    hub.settings["site_url"] += "/blog"
    with pytest.raises(ChannelDown, match="no WooCommerce REST API v3 at this site URL"):
        hub(lambda connector: connector.check())


@pytest.mark.parametrize(
    ("spare", "status", "body"), [(0, 500, None), (1, 500, None), (2, 500, None), (2, 200, b'{"environment": 1}')]
)
def test_a_check_that_is_not_answered_says_so(
    store: Store, hub: Hub, spare: int, status: int, body: bytes | None
) -> None:
    store.faults.spare, store.faults.status, store.faults.body = spare, status, body
    with pytest.raises(ChannelDown, match=r"500|cannot be read"):
        hub(lambda connector: connector.check())


def test_the_connector_has_the_abilities_and_the_traits_of_a_store(hub: Hub) -> None:
    hub.settings["batch_max"] = 40

    async def steps(connector: WooCommerceConnector) -> None:
        for ability in ABILITIES:
            assert isinstance(connector, ability)
        traits = connector.traits
        assert (traits.decrements, traits.compare, traits.wire, traits.applied) == (
            "at_once",
            "no",
            "absolute",
            "at_once",
        )
        assert (traits.batch_max, traits.pending_s) == (40, 65)
        assert (traits.by_place, traits.orders, traits.poll_every_s) == (False, None, 60)

    hub(steps)


@pytest.mark.parametrize(
    "url", ["https://shop.example", "http://localhost:8080/store/", "http://[::1]", "http://127.1.2.3"]
)
def test_a_site_on_this_machine_may_be_plain(url: str) -> None:
    assert msgspec.convert({"site_url": url}, WooCommerceSettings).plain == url.startswith("http:")


@pytest.mark.parametrize(
    "wrong",
    [
        {"site_url": "http://shop.example"},
        {"site_url": "http://10.0.0.1"},
        {"site_url": "http://localhost.example"},
        {"site_url": "ftp://shop.example"},
        {"site_url": "https://"},
        {"site_url": "https://shop.example:x"},
        {"site_url": "https://ck:cs@shop.example"},
        {"site_url": "https://shop.example/?rest_route=/"},
        {"batch_max": 101},
        {"timeout_s": 0},
        {"sold_statuses": ""},
        {"sold_statuses": "processing, completed"},
        {"poll_every_s": 1},
        {"token": "x"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"site_url": "https://shop.example"} | wrong, WooCommerceSettings)


@pytest.mark.parametrize("secret", ["", " ", "cs:1", "cs_ü"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_cannot_be_meant_is_refused(name: str, secret: str) -> None:
    settings: Any = WooCommerceSettings(site_url="https://shop.example")
    with pytest.raises(ValueError, match=name):
        KIND.build(httpx2.AsyncClient(), settings, SECRETS | {name: secret})


def test_every_setting_and_secret_is_described_and_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    settings = msgspec.json.schema(WooCommerceSettings)["$defs"]["WooCommerceSettings"]["properties"]
    assert all(field["description"] for field in settings.values())
    assert [name for name in (*settings, *KIND.secrets) if f"| `{name}` |" not in page] == []


def test_the_kind_is_registered() -> None:
    assert kind_of("woocommerce") is KIND
