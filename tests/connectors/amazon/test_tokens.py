"""Whose token a call carries, and when another one is fetched."""

import asyncio

import pytest

from tests.connectors.amazon.conftest import Hub
from tests.connectors.counterparts.amazon import Account
from tests.connectors.counterparts.amazon_http import ServedAccount
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.contract.answers import ChannelDown, Spot


@pytest.fixture(autouse=True)
def listed(account: Account) -> None:
    account.put("MUG", 3)


async def reading_twice(connector: Merchant) -> None:
    for _ in range(2):
        assert (await connector.read_back([Spot("MUG")])).by_sku == {"MUG": 3}


def test_a_token_is_fetched_once_and_used_while_it_is_good(world: ServedAccount, hub: Hub) -> None:
    hub(reading_twice)
    assert world.grants == 1


def test_calls_that_begin_together_fetch_one_token(world: ServedAccount, hub: Hub) -> None:
    async def steps(connector: Merchant) -> None:
        await asyncio.gather(*(connector.read_back([Spot("MUG")]) for _ in range(4)))

    hub(steps)
    assert world.grants == 1


def test_a_token_is_replaced_before_it_ends(world: ServedAccount, hub: Hub) -> None:
    world.grant_s = 299
    hub(reading_twice)
    assert world.grants == 2


def test_a_token_that_amazon_does_not_take_any_more_is_replaced(world: ServedAccount, hub: Hub) -> None:
    async def steps(connector: Merchant) -> None:
        await reading_twice(connector)
        world.good.clear()
        with pytest.raises(ChannelDown, match=r"403 Unauthorized: .* has expired"):
            await connector.read_back([Spot("MUG")])
        await reading_twice(connector)

    hub(steps)
    assert world.grants == 2


@pytest.mark.parametrize(
    ("secret", "says"), [("client_secret", "check client_id and client_secret"), ("refresh_token", "authorise")]
)
def test_a_wrong_secret_says_what_to_do_and_is_not_repeated(hub: Hub, secret: str, says: str) -> None:
    hub.secrets[secret] = "hush"
    with pytest.raises(ChannelDown, match=says) as down:
        hub(reading_twice)
    assert "hush" not in str(down.value)
    assert "hush" not in repr(down.value.__cause__)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"access_token": 1, "expires_in": 3600}'])
def test_an_answer_that_is_no_token_says_so(account: Account, hub: Hub, body: bytes) -> None:
    account.faults.of, account.faults.body = "token", body
    with pytest.raises(ChannelDown, match="Login with Amazon answered 200, not as agreed"):
        hub(reading_twice)


def test_a_dropped_request_for_a_token_had_no_effect(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.drop_before_effect = "token", True
    with pytest.raises(ChannelDown, match="gave no token"):
        hub(reading_twice)


@pytest.mark.parametrize("secret", ["", " ", "Atzr|ü", "a\nb"])
@pytest.mark.parametrize("name", ["client_secret", "refresh_token"])
def test_a_secret_that_cannot_be_meant_is_refused_by_name(hub: Hub, name: str, secret: str) -> None:
    hub.secrets[name] = secret
    with pytest.raises(ValueError, match=name):
        hub(reading_twice)
