"""eBay's messages are verified by the keys that it publishes, which are fetched once, and never at anybody's whim."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.connectors.counterparts.ebay import KID, VERIFICATION, Account
from tests.connectors.counterparts.vendor import Said
from tests.connectors.ebay.conftest import Hub
from truestock.connectors.contract.challenge import AnswersChallenge, FetchesKeys
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.vendors.ebay.calls.keys import PublishedKey, key_of
from truestock.connectors.vendors.ebay.connector import EbayConnector

URL = "https://hub.example/v1/hooks/ebay"


def hears(headers: dict[str, str], body: bytes) -> Callable[[EbayConnector], Awaitable[Notice | None]]:
    """As the hub does with a message."""

    async def heard(connector: EbayConnector) -> Notice | None:
        assert isinstance(connector, FetchesKeys)
        await connector.fetch_key(headers)
        return connector.notice(URL, headers, body)

    return heard


def test_a_genuine_message_names_the_order_to_read(account: Account, hub: Hub) -> None:
    assert hub(hears(*account.message("01-1"))) == Notice("ORDER_CONFIRMATION", "01-1", changed_at="N1")
    assert hub(hears(*account.message("", "MARKETPLACE_ACCOUNT_DELETION"))) is None


def test_a_key_is_fetched_once(account: Account, hub: Hub) -> None:
    async def often(connector: EbayConnector) -> None:
        for _ in range(20):
            await hears(*account.message("01-1"))(connector)

    hub(often)
    assert account.keys_asked == 1


@pytest.mark.parametrize("wrong", ["body", "signature", "missing", "form", "kid", "not base64", "no token"])
def test_a_message_that_is_not_genuine_is_refused(account: Account, hub: Hub, wrong: str) -> None:
    headers, body = account.message("01-1", kid="other" if wrong == "kid" else KID)
    signed: dict[str, Any] = json.loads(base64.b64decode(headers["x-ebay-signature"]))
    if wrong == "body":
        body = body.replace(b"01-1", b"01-2")
    if wrong == "signature":
        signed["signature"] = base64.b64encode(b"nonsense").decode()
    if wrong == "not base64":
        signed["signature"] = "*"
    if wrong == "form":
        signed.pop("kid")
    headers["x-ebay-signature"] = base64.b64encode(json.dumps(signed).encode()).decode()
    if wrong == "missing":
        headers = {}
    if wrong == "no token":
        hub.secrets.pop("verification_token")
    with pytest.raises(NotGenuine):
        hub(hears(headers, body))


def test_invented_keys_do_not_make_us_call_all_day(account: Account, hub: Hub) -> None:
    async def flood(connector: EbayConnector) -> list[str]:
        ends = []
        for number in range(30):
            try:
                await hears(*account.message("01-1", kid=f"made-up-{number}"))(connector)
            except NotGenuine as end:
                ends.append("too many" if "too many" in str(end) else "unknown")
        return ends

    assert hub(flood) == ["unknown"] * 10 + ["too many"] * 20
    assert account.keys_asked == 10


def test_while_keys_cannot_be_had_messages_come_again(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.said = "public_key", Said(500)
    with pytest.raises(NotGenuine, match="cannot be had for now"):
        hub(hears(*account.message("01-1")))


@pytest.mark.parametrize(
    "published",
    [
        PublishedKey("no key"),
        PublishedKey("-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----"),
        PublishedKey("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="),  # of another kind
    ],
)
def test_a_key_that_is_not_understood_is_told(published: PublishedKey) -> None:
    with pytest.raises(NotGenuine):
        key_of(published)


def test_the_challenge_is_answered_over_code_token_and_address(account: Account, hub: Hub) -> None:
    async def answer(connector: EbayConnector) -> Any:
        assert isinstance(connector, AnswersChallenge)
        return connector.challenged(URL, {"challenge_code": "a8628072"})

    expected = hashlib.sha256(f"a8628072{VERIFICATION}{URL}".encode()).hexdigest()
    assert hub(answer) == {"challengeResponse": expected}


@pytest.mark.parametrize(
    ("query", "lacking"), [({}, ""), ({"challenge_code": "a b"}, ""), ({"challenge_code": "a"}, "verification_token")]
)
def test_what_is_no_challenge_is_not_answered(account: Account, hub: Hub, query: dict[str, str], lacking: str) -> None:
    hub.secrets.pop(lacking, None)

    async def answer(connector: EbayConnector) -> None:
        with pytest.raises(NotGenuine):
            connector.challenged(URL, query)

    hub(answer)
