"""What is sent is a CloudEvents event that the reference library of Standard Webhooks takes for signed."""

import time
from datetime import UTC, datetime

import jsonschema_rs
import msgspec
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from truestock.core.problems import NotFound
from truestock.store.events import OrderShipped
from truestock.sync.webhooks.envelope import enveloped, event_id, headers_of, kinds, message_id

OLD, NEW = (
    "whsec_" + "b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWNyZXQ=",
    "whsec_" + "bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ=",
)
SHIPPED = OrderShipped("web", "1001", "00ff", "shipped", 3)


def test_an_event_is_a_cloud_event_whose_data_have_the_shape_of_its_kind() -> None:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    found = msgspec.json.decode(enveloped(7, SHIPPED.kind, SHIPPED.subject, at, SHIPPED))
    assert found == {
        "specversion": "1.0",
        "id": "evt_0000000000000007",
        "source": "/truestock",
        "type": "order.shipped",
        "subject": "web/1001",
        "time": "2026-11-27T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "channel": "web", "ref": "1001", "id": "00ff", "state": "shipped", "units": 3, "tracking": ""
        },
    }  # fmt: skip
    schemas = {kind.kind: kind.data for kind in kinds()}
    assert jsonschema_rs.validator_for(schemas["order.shipped"]).is_valid(found["data"])
    assert not jsonschema_rs.validator_for(schemas["order.short"]).is_valid(found["data"])


def test_every_kind_says_what_it_means() -> None:
    found = kinds()
    assert {kind.kind for kind in found} == {
        *("availability.changed", "order.accepted", "order.short", "order.filled", "order.shipped", "order.cancelled"),
        *("drift.found", "channel.down", "channel.recovered"),
        *("alert.opened", "alert.escalated", "alert.resolved"),
    }
    assert all(kind.meaning for kind in found)


def test_without_a_subject_there_is_none() -> None:
    assert "subject" not in msgspec.json.decode(enveloped(7, "x", "", datetime.now(UTC), {}))


def test_the_reference_library_takes_the_signature_and_no_other() -> None:
    body = enveloped(7, SHIPPED.kind, "s", datetime.now(UTC), {"title": "Süßes"}).encode()
    headers = headers_of(7, body, [NEW], int(time.time()))
    assert Webhook(NEW).verify(body, headers)["id"] == headers["webhook-id"] == message_id(7)
    assert headers["content-type"] == "application/cloudevents+json"
    for changed in (
        {**headers, "webhook-id": message_id(8)},
        {**headers, "webhook-timestamp": str(int(time.time()) - 1)},
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(body, changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers)


def test_while_a_secret_is_being_changed_both_are_taken() -> None:
    headers = headers_of(7, b"{}", [NEW, OLD], int(time.time()))
    for secret in (NEW, OLD):
        Webhook(secret).verify(b"{}", headers)


@pytest.mark.parametrize("text", ["", "evt_", "evt_x", "7", "evt_-1", "evt_ 1", "evt_1_0", "evt_" + "f" * 16])
def test_what_is_no_id_of_ours_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        event_id(text)


def test_an_id_leads_back_to_its_event() -> None:
    assert [event_id(message_id(event)) for event in (0, 7, 2**63 - 1)] == [0, 7, 2**63 - 1]
