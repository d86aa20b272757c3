"""Which endpoints are hot, and how they are documented."""

from truestock.availability.values import Available
from truestock.bootstrap import Hub
from truestock.core.checks import TEXT_MAX
from truestock.entrypoints.api.framework.openapi import HotDoc
from truestock.entrypoints.api.front.call import ORDERS, READ
from truestock.entrypoints.api.front.dispatch import Hot
from truestock.entrypoints.api.hot.atp import ReadAtp
from truestock.entrypoints.api.hot.bulk import BulkAnswer, OrdersInBulk, PlaceOrders
from truestock.entrypoints.api.hot.echo import Echo, echo
from truestock.entrypoints.api.hot.feed_hook import FEED_HOOKS, HearFeed
from truestock.entrypoints.api.hot.hooks import HOOKS, Hear, Kept
from truestock.entrypoints.api.hot.orders import PlaceOrder
from truestock.entrypoints.api.operate.tally import Tally
from truestock.feeds.stock.engine.runs import Run
from truestock.orders.values import NewOrder, OrderResult


def hot_endpoints(hub: Hub, tally: Tally) -> dict[tuple[str, str], Hot]:
    """By method and path; one that ends with a slash stands for every path below it."""
    return {
        ("GET", "/v1/echo"): echo,
        ("GET", "/v1/atp"): ReadAtp(hub),
        ("POST", "/v1/orders"): PlaceOrder(hub, tally),
        ("POST", "/v1/orders/bulk"): PlaceOrders(hub, tally),
        ("POST", HOOKS): Hear(hub),
        ("POST", FEED_HOOKS): HearFeed(hub),
    }


_PARAMETERS = tuple(
    {
        "name": name,
        "in": "query",
        "required": True,
        "description": description,
        "schema": {"type": "string", "minLength": 1, "maxLength": TEXT_MAX},
    }
    for name, description in (
        ("channel", "The channel's code."),
        ("sku", "What the channel calls it: one of its listings, else an item's SKU."),
    )
)
_CHANNEL = {
    "name": "channel",
    "in": "path",
    "required": True,
    "description": "The channel's code.",
    "schema": {"type": "string", "minLength": 1, "maxLength": TEXT_MAX},
}
HOT_DOCS = (
    HotDoc(
        "POST",
        HOOKS + "{channel}",
        "channel orders",
        "",
        "Take a message that a channel sent by itself",
        "A connected channel's own message (webhook), which needs no API key: its signature says who sent it. Nothing "
        "of its content is believed: the order that it names is read from the channel.",
        {200: Kept},
        parameters=(_CHANNEL,),
        raw=True,
    ),
    HotDoc(
        "POST",
        FEED_HOOKS + "{feed}",
        "feeds",
        "",
        "Take rows that a source sent by itself",
        "Rows of a feed, in the form of `POST /v1/feeds/{feed}/rows`, which need no API key: the feed's secret signs "
        "them, as Standard Webhooks are signed.",
        {200: Run},
        parameters=({**_CHANNEL, "name": "feed", "description": "The feed's code."},),
        raw=True,
    ),
    HotDoc(
        "GET",
        "/v1/atp",
        "availability",
        READ,
        "What a channel may promise now",
        "`atp` may be below zero and says so; `published` is what the channel is told.",
        {200: Available},
        parameters=_PARAMETERS,
    ),
    HotDoc(
        "GET",
        "/v1/echo",
        "operate",
        READ,
        "Answer without asking the hub",
        "Measures what the server alone costs.",
        {200: Echo},
    ),
    HotDoc(
        "POST",
        "/v1/orders",
        "orders",
        ORDERS,
        "Reserve an order, or hold a cart",
        "(channel, ref) is the key: the same order sent again gets its first answer with status 200 and `replay`. "
        "What cannot be granted is a problem of type insufficient-stock, and nothing is held.",
        {201: OrderResult, 200: OrderResult},
        NewOrder,
    ),
    HotDoc(
        "POST",
        "/v1/orders/bulk",
        "orders",
        ORDERS,
        "Reserve many orders",
        "Each order is atomic, with its own key and its own answer; one that is refused stops no other.",
        {200: BulkAnswer, 207: BulkAnswer},
        OrdersInBulk,
    ),
)
