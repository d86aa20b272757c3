"""Tokens of a seller's consent are fetched once, renewed in time and when they were called back, and never shown."""

import asyncio

import pytest

from tests.connectors.counterparts.square import CLIENT_ID, CLIENT_SECRET, REFRESH, WEST, Seller
from tests.connectors.counterparts.vendor import Said
from tests.connectors.square.conftest import Hub, line
from truestock.connectors.contract.answers import ChannelDown, Spot
from truestock.connectors.contract.veil import veiled
from truestock.connectors.vendors.square.connector import SquareConnector

TOKEN = "POST /oauth2/token"


@pytest.fixture
def consent(hub: Hub) -> Hub:
    """The seller has consented to the application."""
    hub.settings["client_id"] = CLIENT_ID
    hub.secrets = {"client_secret": CLIENT_SECRET, "refresh_token": REFRESH}
    return hub


def test_a_token_is_fetched_once_and_anew_when_it_is_called_back(seller: Seller, consent: Hub) -> None:
    seller.put("MUG", 3)

    async def steps(connector: SquareConnector) -> None:
        assert (await connector.read_back([Spot("MUG")])).numbers == {Spot("MUG"): 3}
        await connector.check()
        assert seller.calls.count(TOKEN) == 1
        assert veiled(f"it said {seller.token}") != f"it said {seller.token}"
        seller.token = "another"
        assert (await connector.push([line("MUG", 7)])).by_sku["MUG"].kind == "applied"
        assert seller.calls.count(TOKEN) == 2

    consent(steps)
    assert seller.shown("MUG") == 7


def test_a_token_is_renewed_before_it_ends(seller: Seller, consent: Hub) -> None:
    seller.tokens_last_s = 2.0

    async def steps(connector: SquareConnector) -> None:
        await connector.check()
        first = seller.token
        await asyncio.sleep(1.1)
        await connector.check()
        assert seller.token != first

    consent(steps)
    assert seller.calls.count("GET /v2/locations") == 2


def test_a_token_that_is_still_good_is_used_while_there_is_no_new_one(seller: Seller, consent: Hub) -> None:
    seller.tokens_last_s = 3.0

    async def steps(connector: SquareConnector) -> None:
        await connector.check()
        gone = Said(503, {"errors": []})
        seller.faults.of, seller.faults.said = TOKEN, gone
        await asyncio.sleep(1.6)
        await connector.check()
        asked = seller.calls.count(TOKEN)
        await connector.check()
        assert seller.calls.count(TOKEN) == asked
        await asyncio.sleep(1.5)
        seller.faults.said = gone
        with pytest.raises(ChannelDown, match="gave no token"):
            await connector.check()

    consent(steps)


@pytest.mark.parametrize(
    ("secret", "value", "words"),
    [
        (
            "refresh_token",
            "old",
            "BAD_REQUEST Refresh token is not valid.: check client_id, and let the seller consent",
        ),
        ("client_secret", "other", "UNAUTHORIZED who.: check client_id, client_secret and refresh_token"),
    ],
)
def test_without_a_token_it_is_told_what_to_do(consent: Hub, secret: str, value: str, words: str) -> None:
    consent.secrets[secret] = value
    with pytest.raises(ChannelDown, match=f"Square gave no token: .*{words}"):
        consent(lambda connector: connector.check())


@pytest.mark.parametrize("body", [b"[]x", b"{}", b'{"access_token": "t"}'])
def test_a_token_of_another_form_is_none(seller: Seller, consent: Hub, body: bytes) -> None:
    seller.faults.of, seller.faults.raw = TOKEN, body
    with pytest.raises(ChannelDown, match="cannot be read"):
        consent(lambda connector: connector.check())


def test_a_pause_that_square_asks_for_is_kept(seller: Seller, consent: Hub) -> None:
    seller.faults.of, seller.faults.said = TOKEN, Said(429, {"errors": []}, {"retry-after": "7"})
    with pytest.raises(ChannelDown) as down:
        consent(lambda connector: connector.check())
    assert down.value.throttle.retry_after_s == 7


def test_a_write_that_found_no_token_had_no_effect(seller: Seller, consent: Hub) -> None:
    seller.put("MUG", 3)
    seller.faults.of, seller.faults.drop_before_effect = TOKEN, True
    with pytest.raises(ChannelDown, match="gave no token"):
        consent(lambda connector: connector.push([line("MUG", 7)]))
    assert seller.shown("MUG", WEST) == 3


def test_a_missing_secret_is_named(hub: Hub) -> None:
    hub.secrets = {}
    with pytest.raises(ValueError, match="access_token is missing; or set client_id"):
        hub(lambda connector: connector.check())
    hub.settings["client_id"] = CLIENT_ID
    with pytest.raises(ValueError, match="client_secret is missing"):
        hub(lambda connector: connector.check())
