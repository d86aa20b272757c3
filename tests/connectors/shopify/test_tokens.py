"""Whose token a call carries, and when another one is fetched."""

import pytest

from tests.connectors.counterparts.shopify import Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.answers import ChannelDown, Spot
from truestock.connectors.shopify.connector import ShopifyConnector


@pytest.fixture(autouse=True)
def dashboard_app(shop: Shop, hub: Hub) -> None:
    """The app was made in the Dev Dashboard."""
    shop.put("MUG", 3)
    hub.settings["client_id"] = "app-1"
    hub.secrets = {"client_secret": "shpss_test"}


async def reading_twice(connector: ShopifyConnector) -> None:
    assert (await connector.read_back(list(map(Spot, ["MUG"])))).by_sku == {"MUG": 3}
    assert (await connector.read_back(list(map(Spot, ["MUG"])))).by_sku == {"MUG": 3}


def test_a_token_is_fetched_once_and_used_while_it_is_good(world: ServedShop, hub: Hub) -> None:
    hub(reading_twice)
    assert world.grants == 1


def test_a_token_is_replaced_before_it_ends(world: ServedShop, hub: Hub) -> None:
    world.grant_s = 200
    hub(reading_twice)
    assert world.grants == 3


def test_a_token_that_the_shop_does_not_know_any_more_is_replaced(world: ServedShop, hub: Hub) -> None:
    async def steps(connector: ShopifyConnector) -> None:
        await reading_twice(connector)
        world.token = "revoked"
        with pytest.raises(ChannelDown, match="401"):
            await connector.read_back(list(map(Spot, ["MUG"])))
        await reading_twice(connector)

    hub(steps)
    assert world.grants == 2


def test_a_wrong_client_secret_says_what_to_check_and_is_not_repeated(hub: Hub) -> None:
    hub.secrets["client_secret"] = "shpss_wrong"
    with pytest.raises(ChannelDown, match="check the client ID and secret") as down:
        hub(reading_twice)
    assert "shpss" not in str(down.value)


def test_a_dropped_request_for_a_token_had_no_effect(world: ServedShop, hub: Hub) -> None:
    world.drop_before_effect = True
    with pytest.raises(ChannelDown, match="no token"):
        hub(reading_twice)


@pytest.mark.parametrize(("client_id", "lacking"), [("app-1", "client_secret"), ("", "access_token")])
def test_a_missing_secret_is_named(hub: Hub, client_id: str, lacking: str) -> None:
    hub.settings["client_id"], hub.secrets = client_id, {}
    with pytest.raises(ValueError, match=lacking):
        hub(reading_twice)
