"""What channels send or answer: signed messages, orders, figures. Only what the connectors declare is raised."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from contextlib import suppress

import msgspec

from tests.fuzz.running import Target
from truestock.connectors.amazon.mapping import inventory, notices, orders, reading
from truestock.connectors.contract.notices import NotGenuine
from truestock.connectors.generic import mapping as generic
from truestock.connectors.generic.orders import notices as generic_notices
from truestock.connectors.shopify.orders import notices as shopify
from truestock.connectors.vendors.ebay.orders import notices as ebay
from truestock.connectors.vendors.square.orders import notices as square
from truestock.connectors.woocommerce.orders import messages as woocommerce

SECRET = "a secret"
URL = "https://hub.example/hooks/1"
ORDER = (
    b'{"type": "order.changed", "id": "7", "order": {"id": "7", "state": "open", "currency": "EUR", "changed_at": '
    b'"2026-11-22T09:14:03Z", "placed_at": "2026-11-22T09:14:03Z", "lines": [{"id": "1", "sku": "A", "quantity": 2, '
    b'"price": "9.90"}]}}'
)
SHOP = b'{"id": 7, "order_id": 8, "updated_at": "2026-11-22T09:14:03Z", "order_edit": {"order_id": 9}}'
AMAZON = (
    b'{"NotificationType": "ORDER_CHANGE", "EventTime": "2026-11-22T09:14:03Z", "Payload": {"OrderChangeNotification":'
    b' {"SellerId": "S", "AmazonOrderId": "7", "Summary": {"MarketplaceID": "M", "FulfillmentType": "MFN"}}}}'
)
AMAZON_ORDER = (
    b'{"orderId": "7", "createdTime": "2026-11-22T09:14:03Z", "lastUpdatedTime": "2026-11-22T09:14:03Z", '
    b'"salesChannel": {"channelName": "AMAZON", "marketplaceId": "M"}, "fulfillment": {"fulfillmentStatus": '
    b'"UNSHIPPED", "fulfilledBy": "MERCHANT"}, "orderItems": [{"orderItemId": "1", "quantityOrdered": 2, "product": '
    b'{"sellerSku": "A"}}]}'
)
AMAZON_STOCK = b'{"sellerSku": "A", "inventoryDetails": {"fulfillableQuantity": 5}, "totalQuantity": 7}'
EBAY = b'{"metadata": {"topic": "T"}, "notification": {"notificationId": "N", "data": {"orderId": "7"}}}'


def signature(body: bytes) -> str:
    return base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()


def genuine(ask: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """A message that is signed, and may be anything."""

    def run(raw: bytes) -> None:
        with suppress(NotGenuine):
            ask(raw)

    return run


def of_shopify(raw: bytes) -> object:
    headers = {shopify.SIGNATURE: signature(raw), shopify.TOPIC: "orders/updated"}
    return shopify.notice(SECRET, "shop.example", headers, raw)


def of_woocommerce(raw: bytes) -> object:
    return woocommerce.notice(SECRET, {woocommerce.SIGNATURE: signature(raw), woocommerce.TOPIC: "order.updated"}, raw)


def of_square(raw: bytes) -> object:
    return square.notice(SECRET, URL, {square.SIGNATURE: signature(URL.encode() + raw)}, raw)


def of_generic(raw: bytes) -> object:
    with suppress(NotGenuine):
        headers = {"webhook-signature": raw.decode("latin-1"), "webhook-timestamp": raw[:9].decode("latin-1")}
        generic_notices.verify(SECRET.encode(), headers, raw, 0.0)
    for form in (generic.Results, generic.AllShown):
        with suppress(generic.NotAsAgreed):
            generic.decoded(raw, form)
    with suppress(NotGenuine):
        generic_notices.notice(raw, whole=True)
    return generic_notices.notice(raw, whole=False)


def of_amazon(raw: bytes) -> object:
    notices.notice(raw.decode("utf-8", "replace"), "S", "M", "MERCHANT")
    with suppress(reading.NotAsAgreed):
        orders.read([msgspec.Raw(raw)], ("M", "MERCHANT"))
    with suppress(reading.NotAsAgreed):
        inventory.read([msgspec.Raw(raw)])
    with suppress(reading.NotAsAgreed):
        reading.unzipped(raw)
    return reading.words(raw)


CHANNELS = (
    Target("shopify-webhook", genuine(of_shopify), (SHOP,)),
    Target("woocommerce-webhook", genuine(of_woocommerce), (SHOP, b"webhook_id=7")),
    Target("square-webhook", genuine(of_square), (b'{"type": "order.updated", "event_id": "E", "data": {"id": "7"}}',)),
    Target("generic-webhook", genuine(of_generic), (ORDER, b'{"results": [{"sku": "A", "status": "applied"}]}')),
    Target("ebay-webhook", ebay.notice_of, (EBAY,)),
    Target("amazon", of_amazon, (AMAZON, AMAZON_ORDER, AMAZON_STOCK)),
)
