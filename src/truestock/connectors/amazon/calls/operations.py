"""The operations that are called, with the rate and burst of Amazon's published usage plans."""

from typing import Final, NamedTuple


class Operation(NamedTuple):
    """One operation: by default `per_s` calls a second, and `burst` at once after a pause.

    `grantless`: called for the application itself, not for a seller."""

    name: str
    method: str
    path: str
    per_s: float
    burst: float
    grantless: bool = False


_ITEMS = "/listings/2021-08-01/items/{sellerId}"
_FEEDS = "/feeds/2021-06-30"
_ORDERS = "/orders/2026-01-01/orders"
_NOTIFICATIONS = "/notifications/v1"
_REPORTS = "/reports/2021-06-30"

PATCH_ITEM: Final = Operation("patchListingsItem", "PATCH", _ITEMS + "/{sku}", 5, 5)
GET_ITEM: Final = Operation("getListingsItem", "GET", _ITEMS + "/{sku}", 5, 10)
SEARCH_ITEMS: Final = Operation("searchListingsItems", "GET", _ITEMS, 5, 5)

CREATE_DOCUMENT: Final = Operation("createFeedDocument", "POST", _FEEDS + "/documents", 0.5, 15)
CREATE_FEED: Final = Operation("createFeed", "POST", _FEEDS + "/feeds", 0.0083, 15)
GET_FEEDS: Final = Operation("getFeeds", "GET", _FEEDS + "/feeds", 0.0222, 10)
GET_FEED: Final = Operation("getFeed", "GET", _FEEDS + "/feeds/{feedId}", 2, 15)
GET_DOCUMENT: Final = Operation("getFeedDocument", "GET", _FEEDS + "/documents/{feedDocumentId}", 0.0222, 10)

SEARCH_ORDERS: Final = Operation("searchOrders", "GET", _ORDERS, 0.0056, 20)
GET_ORDER: Final = Operation("getOrder", "GET", _ORDERS + "/{orderId}", 0.5, 30)
CONFIRM_SHIPMENT: Final = Operation(
    "confirmShipment", "POST", "/orders/v0/orders/{orderId}/shipmentConfirmation", 2, 10
)

SUMMARIES: Final = Operation("getInventorySummaries", "GET", "/fba/inventory/v1/summaries", 2, 2)

GET_REPORTS: Final = Operation("getReports", "GET", _REPORTS + "/reports", 0.0222, 10)
GET_REPORT_DOCUMENT: Final = Operation(
    "getReportDocument", "GET", _REPORTS + "/documents/{reportDocumentId}", 0.0167, 15
)

GET_DESTINATIONS: Final = Operation("getDestinations", "GET", _NOTIFICATIONS + "/destinations", 1, 5, grantless=True)
CREATE_DESTINATION: Final = Operation(
    "createDestination", "POST", _NOTIFICATIONS + "/destinations", 1, 5, grantless=True
)
GET_SUBSCRIPTIONS: Final = Operation("getSubscriptions", "GET", _NOTIFICATIONS + "/subscriptions", 1, 5)
CREATE_SUBSCRIPTION: Final = Operation(
    "createSubscription", "POST", _NOTIFICATIONS + "/subscriptions/{notificationType}", 1, 5
)

ALL: Final = (
    PATCH_ITEM,
    GET_ITEM,
    SEARCH_ITEMS,
    CREATE_DOCUMENT,
    CREATE_FEED,
    GET_FEEDS,
    GET_FEED,
    GET_DOCUMENT,
    SEARCH_ORDERS,
    GET_ORDER,
    CONFIRM_SHIPMENT,
    SUMMARIES,
    GET_REPORTS,
    GET_REPORT_DOCUMENT,
    GET_DESTINATIONS,
    CREATE_DESTINATION,
    GET_SUBSCRIPTIONS,
    CREATE_SUBSCRIPTION,
)
