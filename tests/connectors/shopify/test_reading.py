"""What a shop shows, whether a channel would work, and what may be set."""

from pathlib import Path

import msgspec
import pytest

from tests.connectors.counterparts.shopify import DOMAIN, LOCATION, Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.shopify.conftest import Hub
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
from truestock.connectors.shopify import KIND
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.settings import ShopifySettings

ABILITIES = (
    *(Checked, PushesStock, ReadsBack, ReadsOrders),
    *(Subscribes, TakesNotices, TellsCancellations, TellsParcels),
)
PAGE = Path(__file__).parents[3] / "docs/connectors/shopify.md"


def test_what_is_available_is_read_back_and_what_the_shop_does_not_have_is_left_out(shop: Shop, hub: Hub) -> None:
    shop.put("MUG", 7)
    shop.put("OWED", -2)
    shop.put("UNSTOCKED", None)
    skus = ["MUG", "OWED", "UNSTOCKED", "NOWHERE"]
    assert hub(lambda connector: connector.read_back(list(map(Spot, skus)))).by_sku == {"MUG": 7, "OWED": -2}


def test_many_skus_are_read_in_few_calls(world: ServedShop, hub: Hub) -> None:
    skus = [f"S{number:03}" for number in range(500)]
    for number, sku in enumerate(skus):
        world.shop.put(sku, number)
    assert hub(lambda connector: connector.read_back(list(map(Spot, skus)))).by_sku == {
        sku: number for number, sku in enumerate(skus)
    }
    assert world.calls == 12


def test_skus_that_changed_places_are_read_from_where_they_are_now(shop: Shop, hub: Hub) -> None:
    mug, jar = shop.put("MUG", 1), shop.put("JAR", 2)

    async def steps(connector: ShopifyConnector) -> None:
        assert (await connector.read_back(list(map(Spot, ["MUG", "JAR"])))).by_sku == {"MUG": 1, "JAR": 2}
        shop.items[mug]["sku"], shop.items[jar]["sku"] = "JAR", "MUG"
        assert (await connector.read_back(list(map(Spot, ["MUG", "JAR"])))).by_sku == {"MUG": 2, "JAR": 1}
        del shop.items[jar]
        assert (await connector.read_back(list(map(Spot, ["MUG", "JAR"])))).by_sku == {"JAR": 1}

    hub(steps)


def test_a_check_names_the_shop_the_location_and_the_scopes(hub: Hub) -> None:
    told = hub(lambda connector: connector.check())
    scopes = "read_customers, write_inventory, write_merchant_managed_fulfillment_orders, write_orders"
    assert told == f"Corner Shop, location Main; scopes: {scopes}"
    del hub.secrets["client_secret"]
    assert "without the client secret" in hub(lambda connector: connector.check())


def test_a_check_says_which_scope_is_missing(shop: Shop, hub: Hub) -> None:
    shop.scopes = {"read_inventory", "write_orders", "write_customers"}
    lacking = "lacks the scopes write_inventory, write_merchant_managed_fulfillment_orders; it has read_inventory"
    with pytest.raises(ChannelDown, match=lacking):
        hub(lambda connector: connector.check())


def test_a_check_lists_the_locations_when_the_one_is_not_there(hub: Hub) -> None:
    hub.settings["location"] = "999"
    with pytest.raises(ChannelDown, match=r"no location .*/999; it has Main \(.*/77\), Cellar"):
        hub(lambda connector: connector.check())


def test_a_check_says_that_the_location_is_closed(shop: Shop, hub: Hub) -> None:
    shop.locations[LOCATION] = ("Main", False)
    with pytest.raises(ChannelDown, match="Main is not active"):
        hub(lambda connector: connector.check())


def test_the_connector_has_the_abilities_and_the_traits_of_a_shop(hub: Hub) -> None:
    hub.settings["restore_per_s"] = 1000

    async def steps(connector: ShopifyConnector) -> None:
        for ability in ABILITIES:
            assert isinstance(connector, ability)
        traits = connector.traits
        assert (traits.decrements, traits.compare, traits.wire, traits.applied) == (
            "at_once",
            "value",
            "absolute",
            "at_once",
        )
        assert (traits.batch_max, traits.budget.per_s, traits.budget.burst) == (250, 1000, 20_000)
        assert traits.orders
        assert (traits.orders.per_s, traits.orders.a_call, traits.poll_every_s) == (500, 150, 60)
        assert traits.by_place

    hub(steps)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shop": "shop.example.com"},
        {"shop": "evil.com/x.myshopify.com"},
        {"location": "gid://shopify/Product/1"},
        {"api_version": "2026-01"},
        {"api_version": "latest"},
        {"restore_per_s": 0},
        {"unpaid": "maybe"},
        {"refund_cancelled": "yes"},
        {"poll_every_s": 1},
        {"token": "x"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"shop": DOMAIN, "location": LOCATION} | wrong, ShopifySettings)


def test_a_location_may_be_given_as_its_number() -> None:
    assert msgspec.convert({"shop": DOMAIN, "location": "77"}, ShopifySettings).location_id == LOCATION


def test_every_setting_and_secret_is_described_and_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    settings = msgspec.json.schema(ShopifySettings)["$defs"]["ShopifySettings"]["properties"]
    assert all(field["description"] for field in settings.values())
    assert [name for name in (*settings, *KIND.secrets) if f"| `{name}` |" not in page] == []


def test_the_kind_is_registered() -> None:
    assert kind_of("shopify") is KIND
