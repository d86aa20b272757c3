"""A seller's account at Amazon: listings, feeds, orders, stock in Amazon's centres, and where notifications are laid.

Accepting and applying are two things here, as they are there: `held` keeps changes until `apply`. Every call has to
keep within the operation's published rate."""

import gzip
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import unquote

from tests.connectors.counterparts.amazon_contract import Contract, Json, Route

SELLER = "A3TH9S8BH6GOGM"
MARKETPLACE = "ATVPDKIKX0DER"
DOCUMENTS = "https://documents.test"
Answer = tuple[int, object]


@dataclass
class Listing:
    """`quantity` None: of no merchant's. `centre`: the code of the centres that fulfil it instead."""

    sku: str
    quantity: int | None
    product_type: str = "MUG"
    centre: str = ""
    lead_days: int = 3
    title: str = ""
    barcode: str = ""
    created: str = "2026-11-01T00:00:00Z"
    issues: list[Json] = field(default_factory=list)


@dataclass
class Sent:
    """A feed."""

    id: str
    document: bytes
    created: datetime
    status: str = "IN_QUEUE"
    report: str = ""


class Faults:
    """What goes wrong next with the calls of `of` (all where it is empty), each once, after `spare` went well."""

    def __init__(self) -> None:
        self.of = ""
        self.spare = 0
        self.drop_before_effect = False
        self.hang_after_effect = False
        self.throttle_next = 0
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None


class Account:
    """Everything of one seller."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.faults = Faults()
        self.calls: list[str] = []
        self.rates: dict[str, float] = {}
        self.listings: dict[str, Listing] = {}
        self.held = False
        self.waiting: list[tuple[str, int]] = []
        # What happens right after listings were looked at, each once.
        self.on_look: list[Callable[[], None]] = []
        self.invalid: dict[str, list[Json]] = {}
        self.documents: dict[str, bytes] = {}
        self.feeds: dict[str, Sent] = {}
        self.feed_end = "DONE"
        self.zipped = False
        self.orders: dict[str, Json] = {}
        self.page = 100
        # Of what a search for listings finds, how many may be paged through.
        self.paged_max = 1_000
        self.tokens: dict[str, list[str]] = {}
        self.stock: list[Json] = []
        self.destinations: list[Json] = []
        self.subscriptions: list[Json] = []
        self.reports: list[Json] = []
        self.roles = {"listings", "orders"}
        self.lock = threading.Lock()
        self.released = threading.Event()
        self._ids = count(1001)
        self._buckets: dict[str, tuple[float, float]] = {}

    def put(self, sku: str, quantity: int | None = 0, **more: Any) -> Listing:
        """A listing."""
        self.listings[sku] = Listing(sku, quantity, **more)
        return self.listings[sku]

    def shown(self, sku: str) -> int | None:
        """What buyers may buy."""
        return self.listings[sku].quantity if sku in self.listings else None

    def sell(self, sku: str, units: int) -> None:
        """Somebody buys, which lowers the quantity by itself."""
        listing = self.listings[sku]
        assert listing.quantity is not None
        listing.quantity -= units

    def apply(self) -> None:
        """What was accepted comes to show, in the order in which it came; feeds are processed."""
        for sku, quantity in self.waiting:
            self.listings[sku].quantity = quantity
        self.waiting.clear()
        for feed in self.feeds.values():
            if feed.status in ("IN_QUEUE", "IN_PROGRESS"):
                self._process(feed)

    def allowed(self, route: Route) -> bool:
        """Whether the operation's bucket has a call left, or nearly: calls do not all take the same time to come."""
        per_s, burst = route.plan
        per_s = self.rates.get(route.name, per_s)
        now = time.monotonic()
        left, at = self._buckets.get(route.name, (burst, now))
        left = min(burst, left + (now - at) * per_s)
        self._buckets[route.name] = max(0.0, left - 1), now
        return left >= 0.8

    def answer(self, route: Route, names: dict[str, str], query: dict[str, str], body: Json) -> Answer:
        """The answer to a call that the contract allows."""
        named = {name: unquote(value) for name, value in names.items()}
        if named.get("sellerId", SELLER) != SELLER:
            return _refused(403, "Unauthorized", "Access to requested resource is denied.")
        status, answer = getattr(self, "_" + re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", route.name))(
            named, query, body
        )
        self.contract.answered(route, status, answer)
        return status, answer

    def _search_listings_items(self, _names: Json, query: dict[str, str], _body: Json) -> Answer:
        asked = query["identifiers"].split(",") if "identifiers" in query else list(self.listings)
        hits = [self.listings[sku] for sku in asked if sku in self.listings]
        hits = [one for one in hits if one.created >= query.get("createdAfter", "")]
        if query.get("sortBy") == "createdDate":
            hits.sort(key=lambda one: one.created)
        size, start = int(query.get("pageSize", "10")), int(query.get("pageToken", "0"))
        size = min(size, self.page)
        paged = hits[: self.paged_max]
        items = [self._told(one, query["includedData"]) for one in paged[start : start + size]]
        more = {"pagination": {"nextToken": str(start + size)}} if start + size < len(paged) else {}
        while self.on_look:
            self.on_look.pop()()
        return 200, {"numberOfResults": len(hits), "items": items, **more}

    def _get_listings_item(self, names: Json, query: dict[str, str], _body: Json) -> Answer:
        listing = self.listings.get(names["sku"])
        if listing is None:
            return _refused(404, "NOT_FOUND", f"SKU '{names['sku']}' not found in marketplace {MARKETPLACE}")
        return 200, self._told(listing, query["includedData"])

    def _told(self, listing: Listing, included: str) -> Json:
        named = {"itemName": listing.title} if listing.title else {}
        number = {"value": listing.barcode, "type": "ean", "marketplace_id": MARKETPLACE}
        summary = {"marketplaceId": MARKETPLACE, "productType": listing.product_type, "status": ["BUYABLE"]}
        mine = {"fulfillmentChannelCode": "DEFAULT", "quantity": listing.quantity}
        whole = {
            "summaries": [{**summary, **named, "createdDate": listing.created, "lastUpdatedDate": listing.created}],
            "attributes": {"externally_assigned_product_identifier": [number]} if listing.barcode else {},
            "productTypes": [{"marketplaceId": MARKETPLACE, "productType": listing.product_type}],
            "fulfillmentAvailability": [
                *([mine] if listing.quantity is not None else []),
                *([{"fulfillmentChannelCode": listing.centre}] if listing.centre else []),
            ],
            "issues": listing.issues,
        }
        return {"sku": listing.sku, **{name: whole[name] for name in included.split(",")}}

    def _patch_listings_item(self, names: Json, _query: dict[str, str], body: Json) -> Answer:
        sku = names["sku"]
        if sku not in self.listings:
            return _refused(400, "InvalidInput", f"SKU '{sku}' does not exist")
        if issues := self._wrong(sku, body):
            return 200, {"sku": sku, "status": "INVALID", "submissionId": self._id(), "issues": issues}
        self._take(sku, body["patches"])
        return 200, {"sku": sku, "status": "ACCEPTED", "submissionId": self._id(), "issues": []}

    def _wrong(self, sku: str, change: Json) -> list[Json]:
        if sku in self.invalid:
            return self.invalid[sku]
        if change["productType"] != self.listings[sku].product_type:
            return [_issue("90000901", f"The product type {change['productType']} is not this listing's.")]
        return []

    def _take(self, sku: str, patches: list[Json]) -> None:
        """Accept a change. Replacing the attribute drops what is beside the quantity; merging keeps it."""
        for patch in patches:
            assert patch["path"] == "/attributes/fulfillment_availability"
            if patch["op"] == "replace":
                self.listings[sku].lead_days = 0
            (value,) = patch["value"]
            assert value["fulfillment_channel_code"] == "DEFAULT"
            self.waiting.append((sku, value["quantity"]))
        if not self.held:
            self.apply()

    def _create_feed_document(self, _names: Json, _query: Json, body: Json) -> Answer:
        assert body["contentType"] == "application/json; charset=UTF-8"
        id_ = self._id()
        return 201, {"feedDocumentId": id_, "url": f"{DOCUMENTS}/{id_}?X-Amz-Expires=300"}

    def _create_feed(self, _names: Json, _query: Json, body: Json) -> Answer:
        assert (body["feedType"], body["marketplaceIds"]) == ("JSON_LISTINGS_FEED", [MARKETPLACE])
        content = self.documents.get(body["inputFeedDocumentId"])
        if content is None:
            return _refused(400, "InvalidInput", "Invalid input")
        feed = Sent(self._id(), content, datetime.now(UTC))
        self.feeds[feed.id] = feed
        if not self.held:
            self._process(feed)
        return 202, {"feedId": feed.id}

    def _process(self, feed: Sent) -> None:
        feed.status = self.feed_end
        if feed.status != "DONE":
            return
        content = json.loads(feed.document)
        issues: list[Json] = []
        if self.contract.document("feeds/listings-feed-schema-v2", content):
            for message in content["messages"]:
                known = message["sku"] in self.listings
                wrong = self._wrong(message["sku"], message) if known else [_issue("NF", "SKU does not exist.")]
                named = {"messageId": message["messageId"], "sku": message["sku"]}
                issues += [{**named, **{k: one[k] for k in ("code", "severity", "message")}} for one in wrong]
                if not wrong:
                    self._take(message["sku"], message["patches"])
        errors, all_of_them = len({issue["messageId"] for issue in issues}), len(content["messages"])
        summary = {"errors": len(issues), "warnings": 0, "messagesProcessed": all_of_them}
        report = {
            "header": {"sellerId": SELLER, "version": "2.0", "feedId": feed.id},
            "issues": issues,
            "summary": {**summary, "messagesAccepted": all_of_them - errors, "messagesInvalid": errors},
        }
        self.contract.document("feeds/listings-feed-processing-report-schema-v2", report)
        feed.report = self._id()
        plain = json.dumps(report).encode()
        self.documents[feed.report] = gzip.compress(plain) if self.zipped else plain

    def _get_feed(self, names: Json, _query: Json, _body: Json) -> Answer:
        feed = self.feeds.get(names["feedId"])
        return (200, _feed(feed)) if feed else _refused(404, "NotFound", "There is no such feed.")

    def _get_feeds(self, _names: Json, query: dict[str, str], _body: Json) -> Answer:
        since = datetime.fromisoformat(query["createdSince"])
        return 200, {"feeds": [_feed(feed) for feed in self.feeds.values() if feed.created >= since]}

    def _get_feed_document(self, names: Json, _query: Json, _body: Json) -> Answer:
        id_ = names["feedDocumentId"]
        zipped = {"compressionAlgorithm": "GZIP"} if self.zipped else {}
        return 200, {"feedDocumentId": id_, "url": f"{DOCUMENTS}/{id_}?X-Amz-Expires=300", **zipped}

    def settle(self, content: bytes, days_ago: float = 1, status: str = "DONE") -> str:
        """A settlement report that Amazon has made, or is about to; its id."""
        id_ = self._id()
        self.documents[id_] = gzip.compress(content) if self.zipped else content
        told = {
            "reportId": id_,
            "reportType": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
            "createdTime": stamp(datetime.now(UTC) - timedelta(days=days_ago)),
            "processingStatus": status,
        }
        self.reports.append({**told, "reportDocumentId": id_} if status == "DONE" else told)
        return id_

    def _get_reports(self, _names: Json, query: dict[str, str], _body: Json) -> Answer:
        if "nextToken" in query:
            assert set(query) == {"nextToken"}
            return self._reports_of(self.tokens[query["nextToken"]])
        assert query["reportTypes"] == "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
        since = datetime.fromisoformat(query["createdSince"])
        if since < datetime.now(UTC) - timedelta(days=90):
            return _refused(400, "InvalidInput", "createdSince is too long ago.")
        known = [told for told in self.reports if datetime.fromisoformat(told["createdTime"]) >= since]
        newest_first = sorted(known, key=lambda told: str(told["createdTime"]), reverse=True)
        return self._reports_of([told["reportId"] for told in newest_first])

    def _reports_of(self, ids: list[str]) -> Answer:
        page, rest = ids[: self.page], ids[self.page :]
        answer: Json = {"reports": [told for id_ in page for told in self.reports if told["reportId"] == id_]}
        if rest:
            answer["nextToken"] = self._id()
            self.tokens[answer["nextToken"]] = rest
        return 200, answer

    def _get_report_document(self, names: Json, _query: Json, _body: Json) -> Answer:
        id_ = names["reportDocumentId"]
        zipped = {"compressionAlgorithm": "GZIP"} if self.zipped else {}
        return 200, {"reportDocumentId": id_, "url": f"{DOCUMENTS}/{id_}?X-Amz-Expires=300", **zipped}

    def _search_orders(self, _names: Json, query: dict[str, str], _body: Json) -> Answer:
        """Newest first, as no contract forbids; a token pages through what was found when the walk began."""
        assert ("createdAfter" in query) != ("lastUpdatedAfter" in query)
        if "orders" not in self.roles:
            return _refused(403, "Unauthorized", "Access to requested resource is denied.")
        token = query.get("paginationToken")
        if token is not None and token not in self.tokens:
            return _refused(400, "InvalidInput", "The pagination token is not valid.")
        ids = self.tokens[token] if token else self._found(query)
        size = min(self.page, int(query.get("maxResultsPerPage", "100")))
        page: Json = {"orders": [self.orders[id_] for id_ in ids[:size]]}
        if ids[size:]:
            following = f"{self._id()} /+="
            self.tokens[following] = ids[size:]
            page["pagination"] = {"nextToken": following}
        if "lastUpdatedAfter" in query:
            page["lastUpdatedBefore"] = stamp(datetime.now(UTC))
        return 200, page

    def _found(self, query: dict[str, str]) -> list[str]:
        of_time = "lastUpdatedTime" if "lastUpdatedAfter" in query else "createdTime"
        after = query.get("lastUpdatedAfter") or query["createdAfter"]
        statuses = query["fulfillmentStatuses"].split(",") if "fulfillmentStatuses" in query else None
        hits = [
            (order[of_time], id_)
            for id_, order in self.orders.items()
            if order[of_time] >= after
            and (statuses is None or order["fulfillment"]["fulfillmentStatus"] in statuses)
            and order["fulfillment"]["fulfilledBy"] == query["fulfilledBy"]
            and order["salesChannel"]["marketplaceId"] in query["marketplaceIds"].split(",")
        ]
        return [id_ for _, id_ in sorted(hits, reverse=True)]

    def _get_order(self, names: Json, _query: Json, _body: Json) -> Answer:
        if names["orderId"].count("-") != 2:
            return _refused(400, "InvalidInput", "The order ID is not valid.")
        order = self.orders.get(names["orderId"])
        return (200, {"order": order}) if order else _refused(404, "NotFound", "There is no such order.")

    def _confirm_shipment(self, names: Json, _query: Json, body: Json) -> Answer:
        """A package with a known reference takes the place of that package; a full order takes no other."""
        order, detail = self.orders[names["orderId"]], body["packageDetail"]
        lines = {one["orderItemId"]: one["quantity"] for one in detail["orderItems"]}
        if not detail["packageReferenceId"].isdigit() or int(detail["packageReferenceId"]) <= 0:
            return _refused(400, "InvalidInput", "PackageReferenceId: is invalid, must be a positive numeric value.")
        if detail["carrierCode"] == "Other" and not detail.get("carrierName"):
            return _refused(400, "InvalidInput", "Carrier name is required when carrier code is Other.")
        packages = [
            one for one in order.get("packages", []) if one["packageReferenceId"] != detail["packageReferenceId"]
        ]
        new = {
            "packageReferenceId": detail["packageReferenceId"],
            "packageStatus": {"status": "SHIPPED"},
            "carrier": detail.get("carrierName") or detail["carrierCode"],
            "shipTime": detail["shipDate"],
            "trackingNumber": detail["trackingNumber"],
            "packageItems": [{"orderItemId": line, "quantity": units} for line, units in lines.items()],
        }
        sent: dict[str, int] = {}
        for package in [*packages, new]:
            for one in package["packageItems"]:
                sent[one["orderItemId"]] = sent.get(one["orderItemId"], 0) + one["quantity"]
        items = {item["orderItemId"]: item for item in order["orderItems"]}
        if any(line not in items or units > items[line]["quantityOrdered"] for line, units in sent.items()):
            return _refused(400, "InvalidInput", "Failed to create package: the order is already fulfilled.")
        order["packages"] = [*packages, new]
        for line, item in items.items():
            # Units that were cancelled stay so.
            wanted = item["fulfillment"]["quantityFulfilled"] + item["fulfillment"]["quantityUnfulfilled"]
            fulfilled = sent.get(line, 0)
            left = max(0, wanted - fulfilled)
            item["fulfillment"] = {"quantityFulfilled": fulfilled, "quantityUnfulfilled": left}
        done = all(item["fulfillment"]["quantityUnfulfilled"] == 0 for item in items.values())
        order["fulfillment"]["fulfillmentStatus"] = "SHIPPED" if done else "PARTIALLY_SHIPPED"
        order["lastUpdatedTime"] = finely(datetime.now(UTC))
        return 204, None

    def _get_inventory_summaries(self, _names: Json, query: dict[str, str], _body: Json) -> Answer:
        assert (query["granularityId"], query["details"]) == (MARKETPLACE, "true")
        start, size = int(query.get("nextToken", "0")), 2
        page: Json = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": MARKETPLACE},
                "inventorySummaries": self.stock[start : start + size],
            }
        }
        if start + size < len(self.stock):
            page["pagination"] = {"nextToken": str(start + size)}
        return 200, page

    def _get_destinations(self, _names: Json, _query: Json, _body: Json) -> Answer:
        return 200, {"payload": self.destinations}

    def _create_destination(self, _names: Json, _query: Json, body: Json) -> Answer:
        made = {"destinationId": self._id(), "name": body["name"], "resource": body["resourceSpecification"]}
        self.destinations.append(made)
        return 200, {"payload": made}

    def _get_subscriptions(self, _names: Json, query: dict[str, str], _body: Json) -> Answer:
        start = int(query.get("nextToken", "0"))
        more = {"nextToken": str(start + 1)} if start + 1 < len(self.subscriptions) else {}
        return 200, {"payload": {"subscriptions": self.subscriptions[start : start + 1], **more}}

    def _create_subscription(self, names: Json, _query: Json, body: Json) -> Answer:
        assert names["notificationType"] == "ORDER_CHANGE"
        self.subscriptions.append({"subscriptionId": self._id(), **body})
        return 200, {"payload": self.subscriptions[-1]}

    def _id(self) -> str:
        return str(next(self._ids))


def stamp(at: datetime) -> str:
    """An instant as Amazon writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def finely(at: datetime) -> str:
    """The same with milliseconds, which the models allow: then nothing happens twice in one instant."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _feed(feed: Sent) -> Json:
    told: Json = {
        "feedId": feed.id,
        "feedType": "JSON_LISTINGS_FEED",
        "createdTime": stamp(feed.created),
        "processingStatus": feed.status,
    }
    if feed.report:
        ended = stamp(feed.created + timedelta(seconds=1))
        told |= {"processingEndTime": ended, "resultFeedDocumentId": feed.report}
    return told


def _issue(code: str, message: str) -> Json:
    return {"code": code, "message": message, "severity": "ERROR", "categories": ["INVALID_ATTRIBUTE"]}


def _refused(status: int, code: str, message: str) -> Answer:
    return status, {"errors": [{"code": code, "message": message}]}
