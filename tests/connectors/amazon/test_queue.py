"""Notifications in a queue: laid there, heard, forgotten when they are kept; signed as the reference signer does."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from tests.connectors.amazon.conftest import Hub
from tests.connectors.counterparts.amazon import MARKETPLACE, SELLER, Account
from tests.connectors.counterparts.amazon_contract import Contract, Json
from truestock.connectors.amazon.calls.signing import Key, signed
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.amazon.queue import Denied
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listening import Heard, ListensFor
from truestock.connectors.contract.notices import Notice

BASE = "https://sqs.us-east-1.amazonaws.com/123456789012/"
NUMBERS = count()
AWS = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "hush-hush"}
BRIDGE = {"name": "bus", "region": "us-east-1", "accountId": "123456789012"}
ORDER = "903-8868176-2219830"


@pytest.fixture(scope="session")
def sqs_port() -> Iterator[int]:
    """A server that speaks SQS."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield server.get_host_and_port()[1]
    finally:
        server.stop()


class Lane:
    """One queue, from Amazon's side."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.url = BASE + name
        client.create_queue(QueueName=name)

    def send(self, *bodies: str) -> None:
        """Lay messages into it."""
        for body in bodies:
            self._client.send_message(QueueUrl=self.url, MessageBody=body)

    def waiting(self) -> tuple[int, int]:
        """Messages to be had, and messages given and not forgotten."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told: Json = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(told[names[0]]), int(told[names[1]])


@pytest.fixture
def sqs(sqs_port: int, hub: Hub) -> Lane:
    """A queue that the hub knows."""
    client = get_session().create_client(
        "sqs",
        endpoint_url=f"http://127.0.0.1:{sqs_port}",
        region_name="us-east-1",
        aws_access_key_id="AKIAAMAZON",
        aws_secret_access_key="x",
    )
    lane = Lane(client, f"orders-{next(NUMBERS)}")
    hub.queue_port = sqs_port
    hub.settings |= {"queue_url": lane.url, "queue_wait_s": 0}
    hub.secrets |= AWS
    return lane


def change(contract: Contract, **more: Any) -> str:
    """The message that Amazon publishes as its example, with something else in it; it must be as its schema has it."""
    schema = json.loads((contract.schemas / "notifications/OrderChangeNotification.json").read_text(encoding="utf-8"))
    (message,) = schema["examples"]
    told = message["Payload"]["OrderChangeNotification"]
    told |= {"SellerId": SELLER, "AmazonOrderId": ORDER} | {k: v for k, v in more.items() if k in told}
    told["Summary"] |= {"MarketplaceId": MARKETPLACE} | {k: v for k, v in more.items() if k in told["Summary"]}
    assert contract.document("notifications/OrderChangeNotification", message)
    return json.dumps(message)


def heard(hub: Hub) -> Heard:
    return hub(lambda connector: connector.heard())


def test_a_change_of_an_order_is_heard_and_forgotten_when_it_is_kept(sqs: Lane, hub: Hub, contract: Contract) -> None:
    sqs.send(change(contract))
    told = heard(hub)
    assert told.notices == [Notice("ORDER_CHANGE BuyerRequestedChange", ORDER, changed_at="2022-11-29T19:42:04.284Z")]
    assert sqs.waiting() == (0, 1)
    hub(lambda connector: connector.forget(told.receipts))
    assert sqs.waiting() == (0, 0)


def test_more_than_ten_are_heard_and_forgotten_in_turns(sqs: Lane, hub: Hub, contract: Contract) -> None:
    sqs.send(*[change(contract)] * 13)
    told = [heard(hub), heard(hub)]
    assert [len(one.notices) for one in told] == [10, 3]
    hub(lambda connector: connector.forget([receipt for one in told for receipt in one.receipts]))
    assert sqs.waiting() == (0, 0)


def test_messages_that_ask_for_nothing_are_forgotten_as_well(sqs: Lane, hub: Hub, contract: Contract) -> None:
    of_feed = {"NotificationType": "FEED_PROCESSING_FINISHED", "Payload": {}}
    others = [
        change(contract, SellerId="AOTHER"),
        change(contract, MarketplaceId="A1F83G8C2ARO7P"),
        change(contract, FulfillmentType="AFN"),
        json.dumps(of_feed),
        "rubbish",
        json.dumps({"NotificationType": "ORDER_CHANGE", "Payload": {"OrderChangeNotification": {}}}),
        change(contract),
    ]
    sqs.send(*others)
    told = heard(hub)
    assert ([notice.object for notice in told.notices], len(told.receipts)) == ([ORDER], 7)


def test_a_channel_of_amazons_centres_hears_of_what_they_fulfil(sqs: Lane, hub: Hub, contract: Contract) -> None:
    sqs.send(change(contract, FulfillmentType="AFN"), change(contract, FulfillmentType="MFN"))
    assert len(hub.centres(lambda connector: connector.heard()).notices) == 1


def test_an_empty_queue_says_nothing(sqs: Lane, hub: Hub) -> None:
    assert heard(hub) == Heard()


def test_a_queue_that_is_not_there_says_what_to_check(sqs: Lane, hub: Hub) -> None:
    hub.settings["queue_url"] = sqs.url + "-gone"
    with pytest.raises(ChannelDown, match=r"refused ReceiveMessage \(400\) QueueDoesNotExist: check queue_url") as down:
        heard(hub)
    assert AWS["aws_secret_access_key"] not in str(down.value)


@pytest.mark.parametrize(
    ("type_", "says"),
    [
        ("com.amazonaws.sqs#AccessDeniedException", "AccessDeniedException: give the IAM user sqs:ReceiveMessage"),
        ("com.amazon.coral.service#UnrecognizedClientException", "check aws_access_key_id"),
        ("com.amazon.coral.service#InvalidSignatureException", "the clock of this machine"),
        ("SignatureDoesNotMatch", "SignatureDoesNotMatch: check aws_secret_access_key"),
        ("com.amazonaws.sqs#OverLimit", "OverLimit: too many in flight"),
        ("", ": too many in flight"),
    ],
)
def test_a_refusal_of_the_queue_says_what_to_do(type_: str, says: str) -> None:
    assert says in Denied(type_, "too many in flight").what


def test_without_a_queue_nothing_is_heard_and_nobody_called(account: Account, hub: Hub) -> None:
    async def steps(connector: Merchant) -> None:
        assert isinstance(connector, ListensFor)
        assert connector.queue == ""
        await connector.listen()
        assert await connector.heard() == Heard()
        await connector.forget([])

    hub(steps)
    assert account.calls == []


def test_amazon_is_asked_once_to_lay_messages_into_the_queue(sqs: Lane, account: Account, hub: Hub) -> None:
    account.destinations.append({"destinationId": "D1", "name": "other", "resource": {"eventBridge": BRIDGE}})
    account.subscriptions += [
        {"subscriptionId": f"S{n}", "payloadVersion": "1.0", "destinationId": f"E{n}"} for n in range(2)
    ]
    for _ in range(2):
        hub(lambda connector: connector.listen())
    assert [one["resource"].get("sqs") for one in account.destinations] == [
        None,
        {"arn": f"arn:aws:sqs:us-east-1:123456789012:{sqs.url.removeprefix(BASE)}"},
    ]
    assert [one["destinationId"] for one in account.subscriptions[2:]] == [account.destinations[1]["destinationId"]]


@pytest.mark.parametrize("of", ["createDestination", "createSubscription"])
def test_an_asking_that_nobody_answered_is_made_good_by_the_next(
    sqs: Lane, account: Account, hub: Hub, of: str
) -> None:
    hub.settings["timeout_s"] = 1.0
    account.faults.of, account.faults.hang_after_effect = of, True
    with pytest.raises(ChannelDown):
        hub(lambda connector: connector.listen())
    hub(lambda connector: connector.listen())
    assert (len(account.destinations), len(account.subscriptions)) == (1, 1)


def test_a_conflict_is_told_in_amazons_words(sqs: Lane, account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.status = "createSubscription", 409
    account.faults.body = b'{"errors": [{"code": "Conflict", "message": "There is another destination."}]}'
    with pytest.raises(ChannelDown, match="409 Conflict: There is another destination"):
        hub(lambda connector: connector.listen())


@pytest.mark.parametrize("name", AWS)
@pytest.mark.parametrize("value", ["", "ü"])
def test_a_queue_needs_both_keys(hub: Hub, name: str, value: str) -> None:
    hub.settings["queue_url"] = BASE + "orders"
    hub.secrets |= AWS | {name: value}
    with pytest.raises(ValueError, match=name):
        heard(hub)


PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(id_=PRINTABLE, secret=PRINTABLE, body=st.binary(max_size=200), value=PRINTABLE, at=st.datetimes())
def test_signatures_are_those_of_the_reference_signer(
    id_: str, secret: str, body: bytes, value: str, at: datetime
) -> None:
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": value}
    at = at.replace(tzinfo=UTC)
    ours = signed(Key(id_, secret), "us-east-1", "sqs.us-east-1.amazonaws.com", headers, body, at)
    request = AWSRequest("POST", "https://sqs.us-east-1.amazonaws.com/", data=body, headers=headers)
    signer = SigV4Auth(Credentials(id_, secret), "sqs", "us-east-1")
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    text = signer.string_to_sign(request, signer.canonical_request(request))
    assert ours["authorization"].endswith(f"Signature={signer.signature(text, request)}")
    assert ours["x-amz-date"] == request.context["timestamp"]


def test_a_key_does_not_show_its_secret() -> None:
    assert "hush" not in f"{Key('AKIA', 'hush')!r}{Key('AKIA', 'hush')}"
