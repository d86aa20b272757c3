"""What a shop says by itself: genuine or not, what it is about, and that exactly what is needed is sent."""

import json

import pytest

from tests.connectors.counterparts.shopify import DOMAIN, LOCATION
from tests.connectors.counterparts.shopify_orders import CLIENT_SECRET, Json, Sales, signed
from tests.connectors.shopify.conftest import Hub
from tests.connectors.shopify.test_orders import number
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.orders.subscriptions import FIELDS

URL = "https://hub.example/hooks/web"


def heard(hub: Hub, headers: dict[str, str], body: bytes) -> Notice | None:
    async def steps(connector: ShopifyConnector) -> Notice | None:
        return connector.notice(URL, headers, body)

    return hub(steps)


def subscribed(hub: Hub, url: str = URL) -> None:
    hub(lambda connector: connector.subscribe(url))


@pytest.mark.parametrize(
    ("topic", "body", "own_time"),
    [
        ("orders/create", {"id": 7, "updated_at": "2026-11-22T10:00:00+01:00"}, "2026-11-22T10:00:00+01:00"),
        ("orders/delete", {"id": 7}, ""),
        ("orders/edited", {"order_edit": {"id": 3, "order_id": 7}}, ""),
        ("refunds/create", {"id": 3, "order_id": 7, "created_at": "t"}, "t"),
        ("fulfillments/update", {"id": 3, "order_id": 7, "updated_at": "t", "new": []}, "t"),
    ],
)
def test_a_signed_message_says_which_order_to_read(hub: Hub, topic: str, body: Json, own_time: str) -> None:
    raw = json.dumps(body).encode()
    headers = signed(DOMAIN, topic, raw)
    triggered = headers.pop("x-shopify-triggered-at")
    assert heard(hub, headers, raw) == Notice(topic, "7", changed_at=own_time)
    assert heard(hub, headers | {"x-shopify-triggered-at": triggered}, raw) == Notice(topic, "7", changed_at=triggered)


@pytest.mark.parametrize(("topic", "raw"), [("shop/update", b'{"id": 7}'), ("orders/create", b"[]"), ("", b"\xff")])
def test_a_signed_message_about_no_order_asks_for_nothing(hub: Hub, topic: str, raw: bytes) -> None:
    assert heard(hub, signed(DOMAIN, topic, raw), raw) is None


@pytest.mark.parametrize(
    "forged",
    [
        {"x-shopify-hmac-sha256": ""},
        {"x-shopify-hmac-sha256": "AAAA"},
        {"x-shopify-hmac-sha256": "ü"},
        {"x-shopify-shop-domain": "other.myshopify.com"},
        signed(DOMAIN, "orders/create", b'{"id": 8}'),
        signed(DOMAIN, "orders/create", b'{"id": 7}', "shpss_other"),
    ],
)
def test_what_is_not_signed_by_this_shop_is_not_genuine(hub: Hub, forged: dict[str, str]) -> None:
    raw = b'{"id": 7}'
    with pytest.raises(NotGenuine) as why:
        heard(hub, signed(DOMAIN, "orders/create", raw) | forged, raw)
    assert CLIENT_SECRET not in str(why.value)


def test_every_byte_of_the_body_is_signed(hub: Hub) -> None:
    raw = b'{"id": 7}'
    headers = signed(DOMAIN, "orders/create", raw)
    for place in range(len(raw)):
        with pytest.raises(NotGenuine):
            heard(hub, headers, raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])


def test_without_the_client_secret_nothing_is_believed_and_nothing_is_asked_for(hub: Hub, sales: Sales) -> None:
    del hub.secrets["client_secret"]
    with pytest.raises(NotGenuine, match="client secret"):
        heard(hub, signed(DOMAIN, "orders/create", b"{}", ""), b"{}")
    with pytest.raises(ChannelDown, match="client secret"):
        subscribed(hub)
    assert sales.subscriptions == {}


def test_what_happens_to_an_order_is_heard_of_and_no_address_is_in_it(sales: Sales, hub: Hub) -> None:
    subscribed(hub)
    order = sales.order({"MUG": 3}, LOCATION)
    sales.edit(order, "MUG", 1)
    sales.refund(order, "MUG", 1, "CANCEL")
    sales.fulfil_by_hand(order, {"MUG": 1})
    sales.cancel(order)
    found = [heard(hub, headers, body) for _, headers, body in sales.outbox]
    assert [notice.object for notice in found if notice] == [number(order)] * 5
    topics = ["orders/create", "orders/edited", "refunds/create", "orders/updated", "orders/cancelled"]
    assert [notice.topic for notice in found if notice] == topics
    assert not any(b"asha" in body for _, _, body in sales.outbox)
    assert {url for url, _, _ in sales.outbox} == {URL}


def test_it_is_subscribed_once_however_often_it_is_asked_for(sales: Sales, hub: Hub) -> None:
    for _ in range(3):
        subscribed(hub)
    assert sorted(one["topic"] for one in sales.subscriptions.values()) == sorted(FIELDS)


def test_what_is_there_is_mended_and_what_is_another_s_is_left_alone(sales: Sales, hub: Hub) -> None:
    fields = ["id", "admin_graphql_api_id", "updated_at"]
    given = {"uri": URL, "format": "JSON", "includeFields": fields}
    sales.subscribe("ORDERS_CREATE", given | {"includeFields": []})
    sales.subscribe("ORDERS_UPDATED", given | {"format": "XML"})
    sales.subscribe("ORDERS_UPDATED", given)
    sales.subscribe("ORDERS_CANCELLED", given | {"filter": "id:1"})
    sales.subscribe("ORDERS_CREATE", given | {"uri": "https://other.example"})
    sales.subscribe("PRODUCTS_CREATE", given)
    subscribed(hub)
    mine = [one for one in sales.subscriptions.values() if one["uri"] == URL and one["topic"] in FIELDS]
    assert {one["topic"]: tuple(one["includeFields"]) for one in mine} == FIELDS
    assert [(one["format"], one["filter"]) for one in mine] == [("JSON", None)] * 6
    assert len(sales.subscriptions) == 8


def test_an_address_that_the_shop_does_not_take_is_told(hub: Hub) -> None:
    with pytest.raises(ChannelDown, match="does not send its messages to http://hub: Address is invalid"):
        subscribed(hub, "http://hub")
