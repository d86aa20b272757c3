"""When the shop or the way to it fails: without effect, or in doubt, and never guessed."""

import asyncio

import httpx2
import msgspec
import pytest

from tests.connectors.counterparts.shopify import DOMAIN, LOCATION, Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Pushed, Spot
from truestock.connectors.shopify import build
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.settings import ShopifySettings

MUG = Line("MUG", 5, 1, "MUG:1", 3)


async def warmed(connector: ShopifyConnector) -> None:
    """The item is known, so that the next call is the write."""
    await connector.read_back(list(map(Spot, ["MUG"])))


@pytest.fixture(autouse=True)
def mug(shop: Shop) -> None:
    shop.put("MUG", 3)


def test_a_dropped_connection_leaves_a_write_in_doubt_and_the_same_write_settles_it(
    world: ServedShop, shop: Shop, hub: Hub
) -> None:
    async def steps(connector: ShopifyConnector) -> Pushed:
        await warmed(connector)
        world.drop_before_effect = True
        with pytest.raises(InDoubt):
            await connector.push([MUG])
        assert (await connector.read_back(list(map(Spot, ["MUG"])))).by_sku == {"MUG": 3}
        return await connector.push([MUG])

    assert hub(steps).by_sku["MUG"].kind == "applied"
    assert shop.available("MUG") == 5


def test_an_answer_that_never_comes_leaves_a_write_in_doubt_and_its_retry_changes_nothing(
    world: ServedShop, shop: Shop, hub: Hub
) -> None:
    hub.settings["timeout_s"] = 1.0

    async def steps(connector: ShopifyConnector) -> Pushed:
        await warmed(connector)
        world.hang_after_effect = True
        with pytest.raises(InDoubt, match="did not answer"):
            await connector.push([MUG])
        shop.order("MUG", 1)
        return await connector.push([MUG])

    assert hub(steps).by_sku["MUG"].kind == "applied"
    assert shop.available("MUG") == 4
    assert len(shop.writes) == 1


def test_a_lookup_that_is_dropped_had_no_effect(world: ServedShop, shop: Shop, hub: Hub) -> None:
    world.drop_before_effect = True
    with pytest.raises(ChannelDown):
        hub(lambda connector: connector.push([MUG]))
    assert shop.writes == []


def test_a_throttled_write_says_when_to_come_back(world: ServedShop, shop: Shop, hub: Hub) -> None:
    async def steps(connector: ShopifyConnector) -> None:
        await warmed(connector)
        shop.left, shop.per_s = 3, 4
        await connector.push([MUG])

    with pytest.raises(ChannelDown, match="Throttled") as down:
        hub(steps)
    throttle = down.value.throttle
    assert (throttle.burst, throttle.per_s) == (2000, 4)
    assert throttle.retry_after_s == pytest.approx(2.5, abs=0.3)
    assert shop.writes == []


def test_throttled_between_two_halves_of_a_push_keeps_what_is_known(shop: Shop, hub: Hub) -> None:
    shop.put("JAR", 1)

    async def steps(connector: ShopifyConnector) -> Pushed:
        await connector.read_back(list(map(Spot, ["MUG", "JAR"])))
        shop.order("MUG", 1)
        shop.left, shop.per_s = 20, 0.001
        return await connector.push([MUG, Line("JAR", 2, 1, "JAR:1", 1)])

    answer = hub(steps)
    assert {sku: outcome.kind for sku, outcome in answer.by_sku.items()} == {"MUG": "stale", "JAR": "later"}
    assert answer.throttle.retry_after_s > 0
    assert shop.available("JAR") == 1


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "token"), (402, "frozen"), (403, "scopes"), (404, "API version"), (423, "locked"), (301, "301")],
)
def test_a_shop_that_refuses_as_a_whole_is_down(world: ServedShop, hub: Hub, status: int, says: str) -> None:
    async def steps(connector: ShopifyConnector) -> None:
        await warmed(connector)
        world.status = status
        await connector.push([MUG])

    with pytest.raises(ChannelDown, match=says):
        hub(steps)


@pytest.mark.parametrize(
    ("status", "header", "wait"), [(429, "4.0", 4.0), (429, None, 2.0), (503, "7", 7.0), (503, "Tue, 1 Dec", 2.0)]
)
def test_a_shop_that_is_too_busy_says_for_how_long(
    world: ServedShop, hub: Hub, status: int, header: str | None, wait: float
) -> None:
    world.status, world.retry_after = status, header
    with pytest.raises(ChannelDown) as down:
        hub(lambda connector: connector.push([MUG]))
    assert down.value.throttle.retry_after_s == wait


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_error_leaves_a_write_in_doubt_but_not_a_question(world: ServedShop, hub: Hub, status: int) -> None:
    async def writing(connector: ShopifyConnector) -> None:
        await warmed(connector)
        world.status = status
        await connector.push([MUG])

    async def reading(connector: ShopifyConnector) -> None:
        world.status = status
        await connector.read_back(list(map(Spot, ["MUG"])))

    with pytest.raises(InDoubt, match=str(status)):
        hub(writing)
    with pytest.raises(ChannelDown, match=str(status)):
        hub(reading)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"data": {}}',
        b'{"data": {"inventorySetQuantities": null}}',
        b'{"data": null}',
        b'{"data": {"inventorySetQuantities": {"userErrors": [{"message": 3}]}}}',
        b'{"errors": [{"message": "Internal error.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}',
        b'{"errors": [{"message": "?"}, {"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}',
    ],
)
def test_an_answer_that_cannot_be_understood_leaves_a_write_in_doubt(world: ServedShop, hub: Hub, body: bytes) -> None:
    async def steps(connector: ShopifyConnector) -> None:
        await warmed(connector)
        world.body = body
        await connector.push([MUG])

    with pytest.raises(InDoubt):
        hub(steps)


def test_a_shop_that_is_not_there_is_down() -> None:
    async def steps() -> None:
        async with httpx2.AsyncClient(transport=Unreachable()) as client:
            settings = msgspec.convert({"shop": DOMAIN, "location": LOCATION}, ShopifySettings)
            await build(client, settings, {"access_token": "shpat_x"}).push([MUG])

    with pytest.raises(ChannelDown, match="not reached"):
        asyncio.run(steps())


class Unreachable(httpx2.AsyncBaseTransport):
    """No way to anywhere."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Fail as a closed port does."""
        raise httpx2.ConnectError("refused", request=request)


def test_a_missing_scope_is_named_when_it_is_first_needed(shop: Shop, hub: Hub) -> None:
    shop.scopes = {"read_inventory"}
    with pytest.raises(ChannelDown, match="Give the app this access: `write_inventory`"):
        hub(lambda connector: connector.push([MUG]))


def test_a_wrong_token_is_not_repeated_in_the_error(hub: Hub) -> None:
    hub.secrets["access_token"] = "shpat_other\n"
    with pytest.raises(ChannelDown, match="access token is not valid") as down:
        hub(lambda connector: connector.push([MUG]))
    assert "shpat" not in str(down.value)
