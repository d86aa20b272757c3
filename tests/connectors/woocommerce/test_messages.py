"""What a store says by itself: genuine or not, what it is about, and that exactly what is needed is sent."""

import json
from typing import Any

import pytest

from tests.connectors.counterparts.woocommerce import SECRET
from tests.connectors.counterparts.woocommerce_orders import Sales, signed
from tests.connectors.woocommerce.conftest import Hub
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.woocommerce.connector import WooCommerceConnector
from truestock.connectors.woocommerce.orders.messages import TOPICS

URL = "https://hub.example/hooks/web"


def heard(hub: Hub, headers: dict[str, str], body: bytes) -> Notice | None:
    async def steps(connector: WooCommerceConnector) -> Notice | None:
        return connector.notice(URL, headers, body)

    return hub(steps)


def subscribed(hub: Hub) -> None:
    hub(lambda connector: connector.subscribe(URL))


def test_what_a_live_store_sent_is_genuine_and_not_with_a_wrong_byte(hub: Hub, captures: list[dict[str, Any]]) -> None:
    hub.secrets["webhook_secret"] = "s3cret"
    genuine = []
    for capture in captures:
        headers = {name.lower(): value for name, value in capture["h"].items()}
        body = capture["b"].encode()
        notice = heard(hub, headers, body)
        if notice is None:
            assert body.startswith(b"webhook_id=")
            continue
        genuine.append(notice)
        for place in (0, len(body) // 2, len(body) - 1):
            with pytest.raises(NotGenuine):
                heard(hub, headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
        with pytest.raises(NotGenuine):
            heard(hub, {name: value for name, value in headers.items() if "signature" not in name}, body)
    assert [(one.topic, one.object) for one in genuine] == [
        ("order.created", "112"),
        ("order.updated", "112"),
        ("order.updated", "112"),
        ("order.created", "113"),
        *[("order.updated", "113")] * 3,
    ]
    assert genuine[0].changed_at == "2026-11-21T21:28:28"


@pytest.mark.parametrize("body", [b"webhook_id=", b"webhook_id=1&x=1", b"webhook_id=1\n", b"", b"{}"])
def test_only_a_ping_needs_no_signature(hub: Hub, body: bytes) -> None:
    with pytest.raises(NotGenuine) as why:
        heard(hub, {}, body)
    assert SECRET not in str(why.value)


def test_a_ping_with_a_wrong_signature_is_not_genuine(hub: Hub) -> None:
    with pytest.raises(NotGenuine):
        heard(hub, {"x-wc-webhook-signature": "ü"}, b"webhook_id=1")


@pytest.mark.parametrize(("topic", "body"), [("product.updated", b'{"id": 7}'), ("order.updated", b"[]")])
def test_a_signed_message_about_no_order_asks_for_nothing(hub: Hub, topic: str, body: bytes) -> None:
    assert heard(hub, signed(topic, body, SECRET), body) is None


def test_what_happens_to_an_order_is_heard_of_though_delivery_ids_repeat(sales: Sales, hub: Hub) -> None:
    subscribed(hub)
    order = sales.order({"MUG": 3})
    sales.refund(order, {"MUG": 1})
    sales.change(order, "completed")
    sales.change(order, "trash", "order.deleted")
    sales.change(order, "processing", "order.restored")
    notices = [heard(hub, headers, body) for _, headers, body in sales.outbox]
    assert notices[:4] == [None] * 4
    topics = ["order.created", "order.updated", "order.updated", "order.deleted", "order.restored"]
    assert [(one.topic, one.object) for one in notices if one] == [(topic, str(order["id"])) for topic in topics]
    assert [one.changed_at for one in notices if one] == [*[sales.clock()] * 3, "", sales.clock()]
    assert {url for url, _, _ in sales.outbox} == {URL}


def test_it_is_subscribed_once_however_often_it_is_asked_for_with_the_secret_that_is_set(
    sales: Sales, hub: Hub
) -> None:
    subscribed(hub)
    assert {one["secret"] for one in sales.webhooks.values()} == {SECRET}
    hub.secrets["webhook_secret"] = "another"
    subscribed(hub)
    assert {one["secret"] for one in sales.webhooks.values()} == {"another"}
    assert sorted(one["topic"] for one in sales.webhooks.values()) == sorted(TOPICS)


def test_what_is_there_is_mended_and_what_is_another_s_is_left_alone(sales: Sales, hub: Hub) -> None:
    given = {"topic": "order.updated", "delivery_url": URL, "secret": "old", "status": "disabled"}
    for number in range(2001, 2120):
        sales.webhooks[number] = given | {"delivery_url": f"https://other.example/{number}"}
    sales.webhooks |= {1000: dict(given), 1001: given | {"status": "active"}, 1002: dict(given)}
    subscribed(hub)
    mine = {number: one for number, one in sales.webhooks.items() if one["delivery_url"] == URL}
    updated = {number: one["status"] for number, one in mine.items() if one["topic"] == "order.updated"}
    assert updated == {1000: "active", 1001: "disabled", 1002: "disabled"}
    assert mine[1000]["secret"] == SECRET
    assert len(mine) == 6
    assert all(one["secret"] == "old" for number, one in sales.webhooks.items() if number > 2000)


def test_a_message_body_is_signed_as_it_came(hub: Hub) -> None:
    body = json.dumps({"id": 7, "date_modified_gmt": None}, indent=3).encode()
    assert heard(hub, signed("order.updated", body, SECRET), body) == Notice("order.updated", "7")
