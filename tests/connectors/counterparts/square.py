"""A seller as Square's contract describes one: counts as of an instant, tills that sell, orders with fulfillments."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any, NamedTuple

from tests.connectors.counterparts.openapi import Contract, Json
from tests.connectors.counterparts.vendor import Asked, Faults, Said

TOKEN, KEY = "square-token", "signature-key"
CLIENT_ID, CLIENT_SECRET, REFRESH = "sq0idp-hub", "sq0csp-secret", "refresh-of-the-seller"
HOST = "connect.squareup.com"
WEST, EAST = "LWEST", "LEAST"


class Counted(NamedTuple):
    """A physical count, as of when it was taken."""

    units: float
    at: datetime


class Seller:
    """`clock` is moved by hand; what a till sells is subtracted from the count before it."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.faults = Faults()
        self.calls: list[str] = []
        self.url = ""
        self.clock = datetime(2026, 11, 20, 9, tzinfo=UTC)
        self.token = TOKEN
        self.tokens_last_s = 30 * 86_400.0
        self.locations = {WEST: "West", EAST: "East"}
        self.catalog = {"I1": {"type": "ITEM", "id": "I1", "item_data": {"name": "Mug"}}}
        self.variations: dict[str, Json] = {}
        self.counted: dict[tuple[str, str], Counted] = {}
        self.sold: list[tuple[str, str, float, datetime]] = []
        self.orders: dict[str, Json] = {}
        self.refuses: set[str] = set()
        self.page = 1_000
        # Of orders that were made or changed: their ids, and the kind of message.
        self.told: list[tuple[str, str]] = []
        # What happens right after counts were read, and right before an order is changed.
        self.on_read: list[Callable[[], None]] = []
        self.on_update: list[Callable[[], None]] = []
        self._keys: dict[str, Json] = {}
        self._ids = count(1)
        self._messages = count(1)

    def put(self, sku: str, units: float | None = 0, *, tracked: bool = True, location: str = WEST) -> str:
        """A variation, counted at a location a minute ago unless there are no units."""
        found = next((one for one in self.variations if self.variations[one]["item_variation_data"]["sku"] == sku), "")
        number = found or f"V{next(self._ids)}"
        data = {"item_id": "I1", "sku": sku, "track_inventory": tracked}
        self.variations[number] = {"type": "ITEM_VARIATION", "id": number, "item_variation_data": data}
        if units is not None:
            self.counted[number, location] = Counted(units, self.clock - timedelta(minutes=1))
        return number

    def shown(self, sku: str, location: str = WEST) -> float | None:
        """What is in stock."""
        for number, one in self.variations.items():
            if one["item_variation_data"]["sku"] == sku and (number, location) in self.counted:
                return self.stands(number, location)
        return None

    def stands(self, variation: str, location: str) -> float:
        """The last count less what was sold after it."""
        counted = self.counted.get((variation, location), Counted(0, self.clock))
        gone = sum(
            units for one, at, units, when in self.sold if (one, at) == (variation, location) and when > counted.at
        )
        return counted.units - gone

    def later(self, seconds: float = 60) -> None:
        """Time passes."""
        self.clock += timedelta(seconds=seconds)

    @contextmanager
    def apart(self, seconds: float) -> Iterator[None]:
        """Time passes before and after what happens in the block."""
        self.later(seconds)
        yield
        self.later(seconds)

    def now(self) -> str:
        """As Square writes times."""
        return self.clock.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def line(self, sku: str, units: int, **more: Any) -> Json:
        """Of 12.00 a unit with tax, 1.00 off in all."""
        number = next(one for one, it in self.variations.items() if it["item_variation_data"]["sku"] == sku)
        return {
            "uid": f"L{next(self._ids)}",
            "name": "Mug",
            "variation_name": "Blue",
            "quantity": str(units),
            "item_type": "ITEM",
            "catalog_object_id": number,
            "total_money": _gbp(1200 * units - 100),
            "total_tax_money": _gbp(200 * units),
            "total_discount_money": _gbp(100),
            **more,
        }

    def order(self, lines: list[Json], state: str = "COMPLETED", location: str = WEST, **more: Any) -> Json:
        """An order; what is sold leaves the counts at once."""
        number = f"O{next(self._ids)}"
        for item in lines:
            if "catalog_object_id" in item and state != "DRAFT" and (state == "COMPLETED" or "fulfillments" in more):
                self._leave(item, location, float(item["quantity"]))
        self.orders[number] = {
            "id": number,
            "location_id": location,
            "state": state,
            "version": 1,
            "created_at": self.now(),
            "updated_at": self.now(),
            "line_items": lines,
            "total_money": _gbp(1000),
            "net_amount_due_money": _gbp(0),
            "tenders": [{"type": "CARD", "processing_fee_money": _gbp(35)}],
            **({"closed_at": self.now()} if state == "COMPLETED" else {}),
            **more,
        }
        self.told.append((number, "order.created"))
        return self.orders[number]

    def edit(self, order: Json, units: int) -> None:
        """Its first line is of so many units now."""
        item = order["line_items"][0]
        self._leave(item, order["location_id"], units - float(item["quantity"]))
        item["quantity"] = str(units)
        self.touch(order)

    def cancel(self, order: Json) -> None:
        """It is called off, and its units are in stock again."""
        for item in order["line_items"]:
            self._leave(item, order["location_id"], -float(item["quantity"]))
        order["state"] = "CANCELED"
        for one in order["fulfillments"]:
            one["state"] = "CANCELED"
        self.touch(order)

    def send(self, order: Json) -> None:
        """All of it leaves, which ends it."""
        for one in order["fulfillments"]:
            one["state"] = "COMPLETED"
        order["state"], order["closed_at"] = "COMPLETED", self.now()
        self.touch(order)

    def touch(self, order: Json) -> None:
        """It has changed."""
        order["updated_at"] = self.now()
        order["version"] += 1
        self.told.append((order["id"], "order.updated"))

    def message(self, url: str, order: str, kind: str = "order.updated") -> tuple[dict[str, str], bytes]:
        """What Square sends of an order."""
        data = {"type": "order", "id": order, "object": {kind.replace(".", "_"): {"order_id": order}}}
        event = f"E{next(self._messages)}"
        body = json.dumps({"type": kind, "event_id": event, "merchant_id": "M", "data": data}).encode()
        signature = base64.b64encode(hmac.digest(KEY.encode(), url.encode() + body, hashlib.sha256)).decode()
        return {"x-square-hmacsha256-signature": signature}, body

    def _leave(self, item: Json, location: str, units: float) -> None:
        self.sold.append((item["catalog_object_id"], location, units, self.clock))

    def answer(self, asked: Asked) -> Said:
        """The answer to one call, with Square's time."""
        at = format_datetime(self.clock, usegmt=True)
        said = self._said(asked)
        return said._replace(headers={"date": at, **said.headers})

    def _said(self, asked: Asked) -> Said:
        if asked.name == "POST /oauth2/token":
            return self._granted(asked.body)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return _no(401, "UNAUTHORIZED", "This request could not be authorized.")
        assert asked.headers["square-version"] == "2025-08-20"
        match asked.name:
            case "GET /v2/locations":
                found = [{"id": one, "name": name, "status": "ACTIVE"} for one, name in self.locations.items()]
                return Said(200, {"locations": found})
            case "POST /v2/catalog/search" if "query" not in asked.body:
                said = self._paged(asked, "objects", list(self.variations.values()))
                assert isinstance(said.body, dict)
                of = {one["item_variation_data"]["item_id"] for one in said.body["objects"]}
                related = [one for one in self.catalog.values() if one["id"] in of]
                return Said(200, {**said.body, "related_objects": related})
            case "POST /v2/catalog/search":
                values = {value.lower() for value in asked.body["query"]["set_query"]["attribute_values"]}
                assert len(values) <= 250
                hits = [one for one in self.variations.values() if one["item_variation_data"]["sku"].lower() in values]
                return self._paged(asked, "objects", hits)
            case "POST /v2/catalog/batch-retrieve":
                hits = [self.variations[one] for one in asked.body["object_ids"] if one in self.variations]
                return Said(200, {"objects": hits})
            case "POST /v2/inventory/counts/batch-retrieve":
                return self._counts(asked)
            case "POST /v2/inventory/changes/batch-create":
                return self._count(asked.body)
            case "POST /v2/orders/search":
                return self._search(asked)
            case "POST /v2/orders/batch-retrieve":
                assert len(asked.body["order_ids"]) <= 100
                return Said(
                    200, {"orders": [self.orders[one] for one in asked.body["order_ids"] if one in self.orders]}
                )
            case "PUT /v2/orders/{order_id}":
                return self._update(self.orders[asked.names["order_id"]], asked.body["order"])
        raise AssertionError(asked.name)

    def _granted(self, body: Json) -> Said:
        """A new token; the one before it is taken back, which Square does not do so soon."""
        if (body["client_id"], body["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return Said(
                401, {"errors": [{"category": "AUTHENTICATION_ERROR", "code": "UNAUTHORIZED", "detail": "who?"}]}
            )
        if (body["grant_type"], body["refresh_token"]) != ("refresh_token", REFRESH):
            return _no(400, "BAD_REQUEST", "Refresh token is not valid.")
        self.token = f"renewed-{next(self._ids)}"
        ends = (datetime.now(UTC) + timedelta(seconds=self.tokens_last_s)).isoformat(timespec="seconds")
        told = {"access_token": self.token, "token_type": "bearer", "expires_at": ends.replace("+00:00", "Z")}
        return Said(200, {**told, "merchant_id": "MLMERCHANT01", "refresh_token": REFRESH, "short_lived": False})

    def _paged(self, asked: Asked, name: str, hits: list[Json]) -> Said:
        start = int(asked.body.get("cursor", "0"))
        size = min(self.page, asked.body.get("limit", self.page))
        more = {"cursor": str(start + size)} if start + size < len(hits) else {}
        return Said(200, {name: hits[start : start + size], **more})

    def _counts(self, asked: Asked) -> Said:
        assert asked.body["states"] == ["IN_STOCK"]
        hits = [
            self._told(number, location)
            for number, location in sorted(self.counted)
            if number in asked.body["catalog_object_ids"] and location in asked.body.get("location_ids", self.locations)
        ]
        said = self._paged(asked, "counts", hits)
        while self.on_read:
            self.on_read.pop()()
        return said

    def _told(self, number: str, location: str) -> Json:
        return {
            "catalog_object_id": number,
            "catalog_object_type": "ITEM_VARIATION",
            "state": "IN_STOCK",
            "location_id": location,
            "quantity": f"{self.stands(number, location):g}",
            "calculated_at": self.now(),
        }

    def _count(self, body: Json) -> Said:
        assert len(body["changes"]) <= 100
        if body["idempotency_key"] in self._keys and self._keys[body["idempotency_key"]] != body:
            return _no(400, "IDEMPOTENCY_KEY_REUSED", "Different request parameters used for the same key.")
        self._keys[body["idempotency_key"]] = body
        counts = [change["physical_count"] for change in body["changes"]]
        for place, counted in enumerate(counts):
            if counted["catalog_object_id"] in self.refuses:
                return _no(400, "INVALID_VALUE", "not tracked", f"changes[{place}]")
        for counted in counts:
            at = datetime.fromisoformat(counted["occurred_at"])
            assert at <= self.clock
            where = counted["catalog_object_id"], counted["location_id"]
            if where not in self.counted or self.counted[where].at <= at:
                self.counted[where] = Counted(float(counted["quantity"]), at)
        self.later(0.01)
        told = [self._told(one["catalog_object_id"], one["location_id"]) for one in counts]
        return Said(200, {"counts": told})

    def _search(self, asked: Asked) -> Said:
        assert len(asked.body["location_ids"]) <= 10
        query = asked.body["query"]
        stamp = query["sort"]["sort_field"].lower()
        assert query["sort"]["sort_order"] == "ASC"
        start = query["filter"]["date_time_filter"][stamp]["start_at"]
        states = query["filter"].get("state_filter", {}).get("states", ["OPEN", "COMPLETED", "CANCELED", "DRAFT"])
        hits = [
            one
            for one in self.orders.values()
            if one["location_id"] in asked.body["location_ids"] and one["state"] in states and one[stamp] >= start
        ]
        return self._paged(asked, "orders", sorted(hits, key=lambda one: (one[stamp], one["id"])))

    def _update(self, order: Json, given: Json) -> Said:
        while self.on_update:
            self.on_update.pop()()
        if given["version"] != order["version"]:
            return _no(409, "CONFLICT", "The order has another version by now.")
        for change in given["fulfillments"]:
            one = next(one for one in order["fulfillments"] if one["uid"] == change["uid"])
            details = {**one.get("shipment_details", {}), **change.get("shipment_details", {})}
            if change.get("state") == "COMPLETED" and one["type"] == "SHIPMENT":
                details["shipped_at"] = self.now()
            one.update({**change, **({"shipment_details": details} if one["type"] == "SHIPMENT" else {})})
        self.touch(order)
        return Said(200, {"order": order})


def _gbp(amount: int) -> Json:
    return {"amount": amount, "currency": "GBP"}


def _no(status: int, code: str, detail: str, field: str = "") -> Said:
    category = "AUTHENTICATION_ERROR" if status == 401 else "INVALID_REQUEST_ERROR"
    return Said(status, {"errors": [{"category": category, "code": code, "detail": detail, "field": field}]})
