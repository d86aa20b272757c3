"""A seller's account as eBay's contracts describe it: offers that fall when they sell, orders, packages, messages.

Tokens and what is left of a day's calls are in none of the contracts at hand; their form here is the documented one."""

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.connectors.counterparts.openapi import Contract, Json
from tests.connectors.counterparts.vendor import Asked, Faults, Said

HOST = "api.ebay.com"
CLIENT_ID, CLIENT_SECRET, REFRESH, VERIFICATION = "app-id", "cert-id", "refresh-token", "v" * 40
KID = "key-1"
INVENTORY, FULFILLMENT, NOTIFICATION = "/sell/inventory/v1", "/sell/fulfillment/v1", "/commerce/notification/v1"
TOKEN_FORM = {
    "type": "object",
    "required": ["grant_type", "refresh_token"],
    "properties": {"grant_type": {"enum": ["refresh_token"]}, "refresh_token": {"type": "string"}},
}
DOCUMENTED: Json = {
    "paths": {
        "/identity/v1/oauth2/token": {
            "post": {
                "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": TOKEN_FORM}}},
                "responses": {key: {"content": {"application/json": {"schema": {}}}} for key in ("200", "400")},
            }
        },
        "/developer/analytics/v1_beta/rate_limit/": {
            "get": {
                "parameters": [
                    {"name": "api_name", "in": "query", "schema": {"type": "string"}},
                    {"name": "api_context", "in": "query", "schema": {"enum": ["buy", "sell", "commerce"]}},
                ],
                "responses": {"200": {"content": {"application/json": {"schema": {}}}}},
            }
        },
    }
}


class Account:
    """One seller; time is real here, as windows end now."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.faults = Faults()
        self.calls: list[str] = []
        self.url = ""
        self.offers: dict[str, Json] = {}
        self.products: dict[str, Json] = {}
        self.page = 200
        self.orders: dict[str, Json] = {}
        self.packages: dict[str, list[Json]] = {}
        self.refuses: dict[str, int] = {}
        self.one_sku_a_call = True
        self.tokens: list[str] = []
        self.rates: list[Json] = []
        self.keys_asked = 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self._ids = count(1)
        self._messages = count(1)

    def put(self, sku: str, units: int = 0, **more: Any) -> str:
        """A published offer at a fixed price."""
        number = f"OF{next(self._ids)}"
        offer = {"offerId": number, "sku": sku, "availableQuantity": units, "status": "PUBLISHED"}
        self.offers[number] = {**offer, "format": "FIXED_PRICE", "marketplaceId": "EBAY_GB", **more}
        return number

    def shown(self, sku: str) -> int | None:
        """What buyers may buy."""
        return next((one["availableQuantity"] for one in self.offers.values() if one["sku"] == sku), None)

    def sell(self, sku: str, units: int) -> None:
        """eBay takes units off the offer by itself."""
        next(one for one in self.offers.values() if one["sku"] == sku)["availableQuantity"] -= units

    def order(self, *lines: tuple[str, int], ago_s: float = 0.0, **more: Any) -> Json:
        """An order of 10.00 a unit, 1.00 off a line, changed so many seconds ago."""
        number = f"{next(self._ids):02}-00000-00000"
        at = written(datetime.now(UTC) - timedelta(seconds=ago_s))
        items = [
            {
                "lineItemId": f"{number[:2]}{place}",
                "sku": sku,
                "title": f"Product {sku}",
                "quantity": units,
                "lineItemFulfillmentStatus": "NOT_STARTED",
                "lineItemCost": _gbp(f"{10 * units}.00"),
                "discountedLineItemCost": _gbp(f"{10 * units - 1}.00"),
                "taxes": [{"taxType": "VAT", "amount": _gbp("2.00")}],
            }
            for place, (sku, units) in enumerate(lines)
        ]
        at_home = {"addressLine1": "1 Mill Lane", "city": "Leeds", "postalCode": "LS1 4AP", "countryCode": "GB"}
        to = {"fullName": "Ada Byron", "email": "ada@example.com", "contactAddress": at_home}
        self.orders[number] = {
            "orderId": number,
            "creationDate": at,
            "lastModifiedDate": at,
            "orderFulfillmentStatus": "NOT_STARTED",
            "orderPaymentStatus": "PAID",
            "buyer": {"username": "ada_b"},
            "cancelStatus": {"cancelState": "NONE_REQUESTED", "cancelRequests": []},
            "fulfillmentHrefs": [],
            "fulfillmentStartInstructions": [{"shippingStep": {"shipTo": to}}],
            "lineItems": items,
            "pricingSummary": {"total": _gbp("35.00"), "deliveryCost": _gbp("5.00"), "deliveryDiscount": _gbp("-1.00")},
            "totalMarketplaceFee": _gbp("3.10"),
            **more,
        }
        return self.orders[number]

    def ship(self, order: Json, units: dict[str, int], tracking: str = "", carrier: str = "", at: str = "") -> Json:
        """A package leaves."""
        made = {
            "fulfillmentId": tracking or f"{next(self._ids):03}",
            "lineItems": [{"lineItemId": line, "quantity": qty} for line, qty in units.items()],
            "shipmentTrackingNumber": tracking,
            "shippingCarrierCode": carrier,
            "shippedDate": at or written(datetime.now(UTC)),
        }
        self.packages.setdefault(order["orderId"], []).append(made)
        path = f"https://{HOST}{FULFILLMENT}/order/{order['orderId']}/shipping_fulfillment/{made['fulfillmentId']}"
        order["fulfillmentHrefs"].append(path)
        left = self._left(order)
        for item in order["lineItems"]:
            if left.get(item["lineItemId"], 0) >= item["quantity"]:
                item["lineItemFulfillmentStatus"] = "FULFILLED"
        done = all(item["lineItemFulfillmentStatus"] == "FULFILLED" for item in order["lineItems"])
        order["orderFulfillmentStatus"] = "FULFILLED" if done else "IN_PROGRESS"
        self.touch(order)
        return made

    def cancel(self, order: Json) -> None:
        """It is called off there."""
        order["cancelStatus"] = {"cancelState": "CANCELED", "cancelRequests": []}
        self.touch(order)

    def touch(self, order: Json) -> None:
        """It has changed."""
        order["lastModifiedDate"] = written(datetime.now(UTC))

    def message(self, order: str, topic: str = "ORDER_CONFIRMATION", kid: str = KID) -> tuple[dict[str, str], bytes]:
        """What eBay sends of an order."""
        data = {"orderId": order} if order else {"username": "ada_b"}
        notification = {"notificationId": f"N{next(self._messages)}", "data": data}
        body = json.dumps({"metadata": {"topic": topic}, "notification": notification}).encode()
        signature = base64.b64encode(self.key.sign(body, ec.ECDSA(hashes.SHA1()))).decode()
        signed = {"alg": "ecdsa", "kid": kid, "signature": signature, "digest": "SHA1"}
        return {"x-ebay-signature": base64.b64encode(json.dumps(signed).encode()).decode()}, body

    def answer(self, asked: Asked) -> Said:
        """The answer to one call."""
        if asked.name == "POST /identity/v1/oauth2/token":
            return self._granted(asked)
        if asked.headers.get("authorization") not in {f"Bearer {token}" for token in self.tokens[-1:]}:
            return Said(401)
        match asked.name.partition(" ")[2]:
            case "/developer/analytics/v1_beta/rate_limit/":
                resources = [{"name": "sell.inventory", "rates": self.rates}]
                return Said(200, {"rateLimits": [{"apiName": "inventory", "resources": resources}]})
            case "/sell/inventory/v1/inventory_item":
                return self._inventory(asked.query)
            case "/sell/inventory/v1/offer":
                return self._found(asked.query["sku"])
            case "/sell/inventory/v1/bulk_update_price_quantity":
                return self._updated(asked.body["requests"])
            case "/sell/fulfillment/v1/order":
                return self._searched(asked.query)
            case "/sell/fulfillment/v1/order/{orderId}":
                found = self.orders.get(unquote(asked.names["orderId"]))
                return Said(200, found) if found else Said(404)
            case "/sell/fulfillment/v1/order/{orderId}/shipping_fulfillment":
                return self._packages(asked, self.orders[unquote(asked.names["orderId"])])
            case "/commerce/notification/v1/public_key/{public_key_id}":
                return self._published(asked.names["public_key_id"])
        raise AssertionError(asked.name)

    def _granted(self, asked: Asked) -> Said:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked.headers["authorization"] != f"Basic {expected}":
            return Said(401, {"error": "invalid_client", "error_description": "client authentication failed"})
        if asked.form["refresh_token"] != REFRESH:
            return Said(400, {"error": "invalid_grant", "error_description": "the token is invalid"})
        self.tokens.append(f"token-{len(self.tokens)}")
        return Said(200, {"access_token": self.tokens[-1], "expires_in": 7200, "token_type": "User Access Token"})

    def _inventory(self, query: dict[str, str]) -> Said:
        """Pages by their numbers, as the contract says; what comes next is an address."""
        size, page = int(query.get("limit", "25")), int(query.get("offset", "0"))
        assert size <= 200
        size = min(size, self.page)
        skus = sorted({one["sku"] for one in self.offers.values()})
        items = [self._item(sku) for sku in skus[page * size : (page + 1) * size]]
        after = f"/sell/inventory/v1/inventory_item?limit={size}&offset={page + 1}"
        more = {"next": after} if (page + 1) * size < len(skus) else {}
        return Said(200, {"total": len(skus), "size": len(items), "limit": size, "inventoryItems": items, **more})

    def _item(self, sku: str) -> Json:
        there = {"shipToLocationAvailability": {"quantity": self.shown(sku)}}
        return {"sku": sku, "availability": there, "product": {"title": f"Our {sku}", **self.products.get(sku, {})}}

    def _found(self, sku: str) -> Said:
        hits = [one for one in self.offers.values() if one["sku"] == sku]
        return Said(200, {"offers": hits, "total": len(hits)}) if hits else Said(404)

    def _updated(self, requests: list[Json]) -> Said:
        assert len(requests) <= (1 if self.one_sku_a_call else 25)
        told = []
        for one in requests:
            assert one["shipToLocationAvailability"]["quantity"] >= 0
            for given in one["offers"]:
                wrong = self.refuses.get(one["sku"])
                answer = {"sku": one["sku"], "offerId": given["offerId"], "statusCode": 400 if wrong else 200}
                if wrong:
                    answer["errors"] = [{"errorId": wrong, "message": "refused", "domain": "API_INVENTORY"}]
                else:
                    self.offers[given["offerId"]]["availableQuantity"] = given["availableQuantity"]
                told.append(answer)
        return Said(200, {"responses": told})

    def _searched(self, query: dict[str, str]) -> Said:
        if "orderIds" in query:
            ids = query["orderIds"].split(",")
            assert len(ids) <= 50
            if not all(one in self.orders for one in ids):
                return Said(400)
            return Said(200, {"orders": [self.orders[one] for one in ids], "total": len(ids)})
        hits = [one for one in self.orders.values() if _holds(one, query.get("filter", ""))]
        # In no order that one could rely on.
        hits.sort(key=lambda one: one["orderId"][::-1])
        start, size = int(query.get("offset", "0")), int(query.get("limit", "50"))
        assert size <= 200
        return Said(200, {"orders": hits[start : start + size], "total": len(hits), "limit": size, "offset": start})

    def _packages(self, asked: Asked, order: Json) -> Said:
        if asked.name.startswith("GET"):
            found = self.packages.get(order["orderId"], [])
            return Said(200, {"fulfillments": found, "total": len(found)})
        given = asked.body
        assert ("trackingNumber" in given) == ("shippingCarrierCode" in given)
        assert given.get("trackingNumber", "X").isalnum()
        units = {part["lineItemId"]: part["quantity"] for part in given["lineItems"]}
        left = self._left(order)
        for item in order["lineItems"]:
            if left.get(item["lineItemId"], 0) + units.get(item["lineItemId"], 0) > item["quantity"]:
                return Said(400)
        tracking, carrier = given.get("trackingNumber", ""), given.get("shippingCarrierCode", "")
        self.ship(order, units, tracking, carrier, given["shippedDate"])
        return Said(201, {}, {"location": order["fulfillmentHrefs"][-1]})

    def _left(self, order: Json) -> dict[str, int]:
        left: dict[str, int] = {}
        for one in self.packages.get(order["orderId"], []):
            for part in one["lineItems"]:
                left[part["lineItemId"]] = left.get(part["lineItemId"], 0) + part["quantity"]
        return left

    def _published(self, kid: str) -> Said:
        self.keys_asked += 1
        if kid != KID:
            return Said(404)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
        # eBay leaves out the line ends.
        return Said(200, {"key": pem.replace("\n", ""), "algorithm": "ECDSA", "digest": "SHA1"})


def written(at: datetime) -> str:
    """As eBay writes times."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _holds(order: Json, asked: str) -> bool:
    names = {"lastmodifieddate": "lastModifiedDate", "creationdate": "creationDate"}
    for part in asked.split(",") if asked else []:
        name, _, value = part.partition(":")
        if name in names:
            start, _, end = value.strip("[]").partition("..")
            if not start <= order[names[name]] <= end:
                return False
        else:
            assert name == "orderfulfillmentstatus"
            if order["orderFulfillmentStatus"] not in value.strip("{}").split("|"):
                return False
    return True


def _gbp(value: str) -> Json:
    return {"value": value, "currency": "GBP"}
