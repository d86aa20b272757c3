"""The orders of the shop: made, edited, refunded, fulfilled by somebody and cancelled, and told of by signed messages.

Texts of errors are those of recorded shops."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

Json = dict[str, Any]
CLIENT_SECRET = "shpss_test"
OPEN = "status:open AND NOT fulfillment_status:fulfilled"
SINCE = "updated_at:>='"
FEE = {"type": "processing_fee", "amount": {"amount": "0.59", "currencyCode": "EUR"}}
ADDRESS = {
    "name": "Asha Rao",
    "company": None,
    "address1": "12 Hill Road",
    "address2": "Flat 3",
    "zip": "411001",
    "city": "Pune",
    "province": "Maharashtra",
    "countryCodeV2": "IN",
    "phone": None,
    "latitude": 18.52,
    "longitude": 73.85,
}


def money(amount: str) -> Json:
    one = {"amount": amount, "currencyCode": "EUR"}
    return {"shopMoney": one, "presentmentMoney": one}


class Sales:
    """What a shop has sold. `now` is its clock, in seconds; changes within one second share it."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.now = int(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp())
        self.orders: dict[str, Json] = {}
        self.subscriptions: dict[str, Json] = {}
        self.outbox: list[tuple[str, dict[str, str], bytes]] = []
        self.first_max = 50
        self.asked: list[Json] = []
        self.made: list[Json] = []
        self.jobs_run = True
        self.between: Callable[[], None] | None = None
        self._ids = count(9001)

    def gid(self, kind: str) -> str:
        return f"gid://shopify/{kind}/{next(self._ids)}"

    def clock(self) -> str:
        return datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def order(self, lines: Mapping[str, int], location: str, price: str = "10.00", **given: Any) -> Json:
        """An order of units by SKU, to be sent from one location, paid unless it is said otherwise."""
        made = self.clock()
        items = [self._line(sku, quantity, price) for sku, quantity in lines.items()]
        order = {
            "__typename": "Order",
            "id": self.gid("Order"),
            "name": f"#{1000 + len(self.orders)}",
            "createdAt": made,
            "cancelledAt": None,
            "closed": False,
            "currencyCode": "EUR",
            "taxesIncluded": False,
            "displayFinancialStatus": "PAID",
            "email": "asha@example.com",
            "phone": "+91 20 5550100",
            "customerLocale": "en-IN",
            "customer": {"id": "gid://shopify/Customer/77", "displayName": "Asha R."},
            "shippingAddress": ADDRESS,
            "shippingLines": [{"discountedPriceSet": money("4.90"), "taxLines": [{"priceSet": money("0.93")}]}],
            "lineItems": items,
            "fulfillments": [],
            "refunds": [],
            "transactions": [{"status": "SUCCESS", "fees": [{**FEE, "taxAmount": {"amount": "0.11"}}]}],
            "fulfillmentOrders": [self._fulfillment_order(items, location)],
            "metafield": None,
            **given,
        }
        self.orders[order["id"]] = order
        self.changed(order, "orders/create")
        return order

    def _line(self, sku: str, quantity: int, price: str) -> Json:
        return {
            "__typename": "LineItem",
            "id": self.gid("LineItem"),
            "sku": sku,
            "name": f"A {sku.lower()}",
            "quantity": quantity,
            "currentQuantity": quantity,
            "unfulfilledQuantity": quantity,
            "originalUnitPriceSet": money(price),
            "discountAllocations": [],
            "taxLines": [],
        }

    def _fulfillment_order(self, items: Iterable[Json], location: str) -> Json:
        return {
            "id": self.gid("FulfillmentOrder"),
            "status": "OPEN",
            "assignedLocation": {"location": {"id": location}},
            "lineItems": [
                {"id": self.gid("FulfillmentOrderLineItem"), "remainingQuantity": item["quantity"], "lineItem": item}
                for item in items
            ],
        }

    def split(self, order: Json, sku: str, units: int, location: str) -> None:
        """Some units are to come from another location."""
        rest = next(line for line in order["fulfillmentOrders"][0]["lineItems"] if line["lineItem"]["sku"] == sku)
        rest["remainingQuantity"] -= units
        part = self._fulfillment_order([rest["lineItem"]], location)
        part["lineItems"][0]["remainingQuantity"] = units
        order["fulfillmentOrders"].append(part)

    def line(self, order: Json, sku: str) -> Json:
        found: Json = next(line for line in order["lineItems"] if line["sku"] == sku)
        return found

    def edit(self, order: Json, sku: str, units: int) -> None:
        """The merchant takes units off, which have not left."""
        self._gone(order, sku, units, unsent=True)
        self.changed(order, "orders/edited")

    def refund(self, order: Json, sku: str, units: int, restock: str) -> None:
        """Money goes back, for what is sent back (RETURN), not sent (CANCEL), or without a word of it (NO_RESTOCK)."""
        item = self.line(order, sku)
        unsent = restock == "CANCEL" or (restock == "NO_RESTOCK" and item["unfulfilledQuantity"] >= units)
        line = {"lineItem": item, "quantity": units, "restockType": restock}
        order["refunds"].append({"__typename": "Refund", "id": self.gid("Refund"), "refundLineItems": [line]})
        self._gone(order, sku, units, unsent=unsent)
        self.changed(order, "refunds/create")

    def _gone(self, order: Json, sku: str, units: int, *, unsent: bool) -> None:
        item = self.line(order, sku)
        item["currentQuantity"] -= units
        if not unsent:
            return
        item["unfulfilledQuantity"] -= units
        for part in order["fulfillmentOrders"]:
            for line in part["lineItems"]:
                if line["lineItem"] is item:
                    taken = min(units, line["remainingQuantity"])
                    line["remainingQuantity"] -= taken
                    units -= taken

    def fulfil(self, order: Json, units: Mapping[str, int], number: str, **given: Any) -> Json:
        """Units leave, by SKU; told by whoever it was."""
        left: list[Json] = []
        for sku, quantity in units.items():
            item = self.line(order, sku)
            item["unfulfilledQuantity"] -= quantity
            left.append({"lineItem": item, "quantity": quantity})
        sent = {
            "__typename": "Fulfillment",
            "id": self.gid("Fulfillment"),
            "status": "SUCCESS",
            "createdAt": self.clock(),
            "location": {"id": order["fulfillmentOrders"][0]["assignedLocation"]["location"]["id"]},
            "trackingInfo": [{"company": "Hermes", "number": number, "url": None}],
            "fulfillmentLineItems": left,
            **given,
        }
        order["fulfillments"].append(sent)
        self.changed(order, "orders/updated")
        return sent

    def fulfil_by_hand(self, order: Json, units: Mapping[str, int], number: str = "BY-HAND") -> Json:
        """As by a person in the shop's admin."""
        for sku, quantity in units.items():
            lacking = quantity
            for part in order["fulfillmentOrders"]:
                for line in part["lineItems"]:
                    if line["lineItem"]["sku"] == sku:
                        taken = min(lacking, line["remainingQuantity"])
                        line["remainingQuantity"] -= taken
                        lacking -= taken
        return self.fulfil(order, units, number)

    def cancel(self, order: Json) -> None:
        """The order is off."""
        order["cancelledAt"] = self.clock()
        for part in order["fulfillmentOrders"]:
            part["status"] = "CLOSED"
        self.changed(order, "orders/cancelled")

    def changed(self, order: Json, topic: str) -> None:
        """The order has another time of change, and whoever wants to know is told."""
        order["updatedAt"] = self.clock()
        number = int(order["id"].rsplit("/", 1)[-1])
        whole: Json = {"id": number, "admin_graphql_api_id": order["id"], "updated_at": order["updatedAt"]}
        whole |= {"email": order["email"], "order_edit": {"order_id": number}}
        if topic == "refunds/create":
            whole |= {"id": next(self._ids), "order_id": number, "created_at": order["updatedAt"]}
        for one in self.subscriptions.values():
            if one["topic"].lower().replace("_", "/", 1) == topic:
                fields = one["includeFields"]
                body = json.dumps({name: value for name, value in whole.items() if not fields or name in fields})
                self.outbox.append((one["uri"], signed(self.domain, topic, body.encode()), body.encode()))

    def page(self, search: str, sort: str, first: int, after: str | None) -> Json:
        """Orders of a search, from after one that is named by what they are sorted by."""
        self.asked.append({"search": search, "first": first, "after": after})
        if search == OPEN and sort == "ID":
            hits: list[tuple[str, Json]] = [("", order) for order in self.orders.values() if self._is_open(order)]
        else:
            assert search.startswith(SINCE), search
            assert (search[-1], sort) == ("'", "UPDATED_AT"), search
            since = search.removeprefix(SINCE)[:-1]
            hits = [(order["updatedAt"], order) for order in self.orders.values() if order["updatedAt"] >= since]
        keyed = sorted(([value, int(order["id"].rsplit("/", 1)[-1])], order["id"]) for value, order in hits)
        begin = json.loads(base64.b64decode(after)) if after else None
        rest = [(key, gid) for key, gid in keyed if begin is None or key > begin]
        nodes = [self.orders[gid] for _, gid in rest[:first]]
        end = base64.b64encode(json.dumps(rest[:first][-1][0]).encode()).decode() if nodes else None
        info = {"hasNextPage": len(rest) > first, "hasPreviousPage": bool(after), "endCursor": end, "startCursor": None}
        return {"nodes": nodes, "pageInfo": info}

    def _is_open(self, order: Json) -> bool:
        unsent = any(line["unfulfilledQuantity"] for line in order["lineItems"])
        return unsent and not order["closed"] and not order["cancelledAt"]

    def create_fulfillment(self, given: Json) -> Json:
        """fulfillmentCreate: all or nothing, from one location."""
        self.made.append(given)
        parts = {part["id"]: (order, part) for order in self.orders.values() for part in order["fulfillmentOrders"]}
        asked = given["lineItemsByFulfillmentOrder"]
        if any(one["fulfillmentOrderId"] not in parts for one in asked):
            return _refused("Fulfillment order does not exist.")
        found = [parts[one["fulfillmentOrderId"]] for one in asked]
        places = {part["assignedLocation"]["location"]["id"].rsplit("/", 1)[-1] for _, part in found}
        if len(places) > 1:
            ids = ", ".join(sorted(places))
            message = "All fulfillment orders must be assigned to a single location. Multiple locations with ids"
            return _refused(f"{message} [{ids}] were found.")
        units: dict[str, int] = {}
        for one, (_, part) in zip(asked, found, strict=True):
            if part["status"] not in {"OPEN", "IN_PROGRESS"}:
                number = part["id"].rsplit("/", 1)[-1]
                return _refused(f"Fulfillment order {number} has an unfulfillable status= {part['status'].lower()}.")
            lines = {line["id"]: line for line in part["lineItems"]}
            for wanted in one["fulfillmentOrderLineItems"]:
                line = lines[wanted["id"]]
                if wanted["quantity"] > line["remainingQuantity"]:
                    return _refused("Invalid fulfillment order line item quantity requested.")
                units[line["lineItem"]["sku"]] = units.get(line["lineItem"]["sku"], 0) + wanted["quantity"]
        for one, (_, part) in zip(asked, found, strict=True):
            for wanted in one["fulfillmentOrderLineItems"]:
                next(line for line in part["lineItems"] if line["id"] == wanted["id"])["remainingQuantity"] -= wanted[
                    "quantity"
                ]
            if not any(line["remainingQuantity"] for line in part["lineItems"]):
                part["status"] = "CLOSED"
        tracking = given["trackingInfo"]
        told = [{"company": tracking.get("company"), "number": tracking.get("number"), "url": tracking.get("url")}]
        location = {"id": found[0][1]["assignedLocation"]["location"]["id"]}
        made = self.fulfil(found[0][0], units, "", trackingInfo=told, location=location)
        return {"fulfillment": made, "userErrors": []}

    def keep(self, given: list[Json]) -> Json:
        """metafieldsSet."""
        for one in given:
            assert (one["namespace"], one["key"], one["type"]) == ("$app:truestock", "parcels", "json")
            self.orders[one["ownerId"]]["metafield"] = {"value": one["value"]}
        return {"userErrors": []}

    def cancel_order(self, given: Json) -> Json:
        """orderCancel: by a job, unless something has left."""
        self.made.append(given)
        order = self.orders[given["orderId"]]
        if order["cancelledAt"]:
            return _not_cancelled("Cannot cancel an order that has already been canceled")
        if any(sent["status"] == "SUCCESS" for sent in order["fulfillments"]):
            return _not_cancelled("Cannot cancel an order that has outstanding fulfillments")
        if self.jobs_run:
            self.cancel(order)
        return {"job": {"id": self.gid("Job"), "done": False}, "orderCancelUserErrors": []}

    def subscribe(self, topic: str, given: Json) -> Json:
        """webhookSubscriptionCreate."""
        if not given["uri"].startswith("https://"):
            return {"userErrors": [{"field": ["webhookSubscription", "uri"], "message": "Address is invalid"}]}
        found = {"id": self.gid("WebhookSubscription"), "topic": topic, **given, "filter": given.get("filter") or None}
        self.subscriptions[found["id"]] = found
        return {"userErrors": []}


def signed(domain: str, topic: str, body: bytes, secret: str = CLIENT_SECRET) -> dict[str, str]:
    """The headers that go with a message."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": base64.b64encode(digest).decode(),
        "x-shopify-shop-domain": domain,
        "x-shopify-triggered-at": "2026-11-22T09:00:00.123456789Z",
    }


def _refused(message: str) -> Json:
    return {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": message}]}


def _not_cancelled(message: str) -> Json:
    return {"job": None, "orderCancelUserErrors": [{"code": "INVALID", "field": ["orderId"], "message": message}]}


def paged(key: str) -> Callable[..., Json]:
    """Resolves a connection over a list."""

    def resolve(held: Json, _info: object, **given: Any) -> Json:
        start, things = int(given.get("after") or 0), held[key]
        end = start + given["first"]
        info = {"hasNextPage": end < len(things), "hasPreviousPage": start > 0, "endCursor": str(end)}
        return {"nodes": things[start:end], "pageInfo": info}

    return resolve


def listed(key: str) -> Callable[..., list[Json]]:
    """Resolves a list of which only the first are asked for."""
    return lambda held, _info, **given: held[key][: given["first"]]


RESOLVERS: Mapping[str, Mapping[str, Any]] = {
    "Order": {
        "lineItems": paged("lineItems"),
        "shippingLines": paged("shippingLines"),
        "fulfillmentOrders": paged("fulfillmentOrders"),
        "fulfillments": listed("fulfillments"),
        "refunds": listed("refunds"),
        "transactions": listed("transactions"),
    },
    "Fulfillment": {"fulfillmentLineItems": paged("fulfillmentLineItems"), "trackingInfo": listed("trackingInfo")},
    "Refund": {"refundLineItems": paged("refundLineItems")},
    "FulfillmentOrder": {"lineItems": paged("lineItems")},
}
