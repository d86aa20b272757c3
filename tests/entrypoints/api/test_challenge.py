"""A channel that asks whose an address is, and signs its messages with keys that it publishes: eBay."""

import hashlib
from collections.abc import Iterator

import httpx2
import pytest
from pydantic import SecretStr

from tests.connectors.counterparts.ebay import CLIENT_ID, HOST, VERIFICATION, Account
from tests.connectors.counterparts.openapi import Contract
from tests.connectors.counterparts.vendor import Redirected, Said, served
from tests.connectors.ebay.conftest import SECRETS, ebay_contract
from tests.entrypoints.api.conftest import Live, Serve, problem
from tests.entrypoints.shops import SEALED_WITH
from truestock.bootstrap import open_hub
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.config import Settings
from truestock.connections.connecting import connect
from truestock.connections.reached import pause

__all__ = ["ebay_contract"]
HOOK = "/v1/hooks/web"
PUBLIC_URL = "https://hub.example"


@pytest.fixture
def account(ebay_contract: Contract) -> Iterator[Account]:
    ebay_contract.violations.clear()
    with served(Account(ebay_contract)) as running:
        yield running
    assert ebay_contract.violations == []


@pytest.fixture
def hooked(database_url: str, serve: Serve, account: Account) -> Live:
    """A hub with eBay as the channel web, which is paused: it hears, and nobody is called but for keys."""
    with open_hub(Settings(database_url=SecretStr(database_url), secret_key=SecretStr(SEALED_WITH))) as hub:
        put_channels(hub.db, [ChannelDraft("web")])
        connect(hub.db, hub.seal(), "web", "ebay", {"client_id": CLIENT_ID}, SECRETS)
        pause(hub.db, "web", paused=True)
    live = serve(public_url=PUBLIC_URL)
    port = int(account.url.rsplit(":", 1)[1])
    live.hub.door._client = httpx2.AsyncClient(transport=Redirected(port, HOST))
    return live


def test_a_challenge_is_answered_for_the_address_that_the_channel_knows(hooked: Live) -> None:
    answer = hooked.http.get(HOOK, params={"challenge_code": "a8628072"})
    digest = hashlib.sha256(f"a8628072{VERIFICATION}{PUBLIC_URL}{HOOK}".encode()).hexdigest()
    assert (answer.status_code, answer.json()) == (200, {"challengeResponse": digest})
    assert answer.headers["content-type"] == "application/json"


def test_what_is_no_challenge_is_not_answered(hooked: Live) -> None:
    problem(hooked.http.get(HOOK), 401, "unauthorized")
    problem(hooked.http.get("/v1/hooks/retail", params={"challenge_code": "a"}), 404, "not-found")
    problem(hooked.http.get("/v1/hooks/nobody", params={"challenge_code": "a"}), 404, "not-found")


def test_a_message_is_verified_by_a_key_that_is_fetched(hooked: Live, account: Account) -> None:
    for _ in range(3):
        headers, body = account.message("01-1")
        answer = hooked.http.post(HOOK, content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"reading": True})
    headers, body = account.message("", "MARKETPLACE_ACCOUNT_DELETION")
    assert hooked.http.post(HOOK, content=body, headers=headers).json() == {"reading": False}
    assert account.keys_asked == 1
    problem(hooked.http.post(HOOK, content=body + b" ", headers=headers), 401, "unauthorized")
    problem(hooked.http.post(HOOK, content=body), 401, "unauthorized")


def test_a_message_comes_again_while_keys_cannot_be_had(hooked: Live, account: Account) -> None:
    account.faults.of, account.faults.said = "public_key", Said(500)
    headers, body = account.message("01-1")
    problem(hooked.http.post(HOOK, content=body, headers=headers), 401, "unauthorized")
    assert hooked.http.post(HOOK, content=body, headers=headers).json() == {"reading": True}
