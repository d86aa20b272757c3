"""A shop as Magento's contract describes it: sources with physical quantities, reservations that orders take and
shipments give back, orders, shipments and credit memos. Every call and answer is checked by the published schema."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import unquote

from tests.connectors.counterparts.openapi import Contract, Json
from tests.connectors.counterparts.vendor import Asked, Faults, Said

TOKEN = "integration-token"
PREFIX = "/rest/default"
STOCK = 2
CRITERION = re.compile(r"searchCriteria\[filterGroups\]\[(\d+)\]\[filters\]\[\d+\]\[(\w+)\]")
SORT = re.compile(r"searchCriteria\[sortOrders\]\[(\d+)\]\[(\w+)\]")
HOW: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda has, value: has == value,
    "in": lambda has, value: has in value.split(","),
    "nin": lambda has, value: has not in value.split(","),
    "gt": lambda has, value: int(has) > int(value),
    "gteq": lambda has, value: has >= value,
}


class Shop:
    """One shop with two selling sources and one that sells nothing; `clock` is moved by hand."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.faults = Faults()
        self.calls: list[str] = []
        self.url = ""
        self.clock = datetime(2026, 11, 20, 9, tzinfo=UTC)
        self.sources = {"default": "Default Source", "east": "East", "workshop": "Workshop"}
        self.selling = ["default", "east"]
        self.items: dict[tuple[str, str], Json] = {}
        self.products: dict[str, Json] = {}
        self.reserved: dict[str, float] = {}
        self.threshold: dict[str, float] = {}
        self.orders: dict[int, Json] = {}
        self.shipments: list[Json] = []
        self.memos: list[Json] = []
        self.refuses: set[str] = set()
        self._ids = count(100)

    def put(self, sku: str, quantity: float = 0, source: str = "default", status: int = 1) -> None:
        """Assign a source to a product."""
        self.items[sku, source] = {"sku": sku, "source_code": source, "quantity": quantity, "status": status}

    def quantity(self, sku: str, source: str = "default") -> float | None:
        """What is physically there."""
        item = self.items.get((sku, source))
        return item["quantity"] if item else None

    def salable(self, sku: str) -> float:
        """What buyers may buy."""
        there = sum(item["quantity"] for (of, at), item in self.items.items() if of == sku and at in self.selling)
        return float(there - self.reserved.get(sku, 0) - self.threshold.get(sku, 0))

    def now(self) -> str:
        """As Magento writes times."""
        return f"{self.clock:%Y-%m-%d %H:%M:%S}"

    def later(self, seconds: float = 60) -> None:
        """Time passes."""
        self.clock += timedelta(seconds=seconds)

    def order(self, *lines: tuple[str, int], state: str = "processing", items: list[Json] | None = None) -> Json:
        """A buyer orders, which reserves and moves nothing."""
        number = next(self._ids)
        made = items or [self.line(sku, units) for sku, units in lines]
        for item in made:
            item["order_id"] = number
            if item["product_type"] != "bundle":
                self.reserved[item["sku"]] = self.reserved.get(item["sku"], 0) + item["qty_ordered"]
        address = {
            "address_type": "shipping",
            "firstname": "Ada",
            "lastname": "Byron",
            "street": ["1 Mill Lane", "Flat 2"],
            "city": "Leeds",
            "region": "Yorkshire",
            "postcode": "LS1 4AP",
            "country_id": "GB",
            "telephone": "+44 1",
        }
        self.orders[number] = {
            "entity_id": number,
            "increment_id": f"0000{number}",
            "state": state,
            "status": state,
            "store_id": 1,
            "created_at": self.now(),
            "updated_at": self.now(),
            "base_grand_total": 30.0,
            "grand_total": 30.0,
            "order_currency_code": "GBP",
            "customer_email": "ada@example.com",
            "customer_id": 7,
            "shipping_amount": 5.5,
            "shipping_discount_amount": 0.5,
            "shipping_tax_amount": 1.0,
            "items": made,
            "billing_address": {**address, "address_type": "billing", "firstname": "Bill"},
            "extension_attributes": {
                "shipping_assignments": [{"shipping": {"address": address, "method": "flat"}, "items": made}]
            },
        }
        return self.orders[number]

    def line(self, sku: str, units: float, **more: Any) -> Json:
        """A line of an order; of 10 a unit before discounts."""
        return {
            "item_id": next(self._ids),
            "sku": sku,
            "name": f"Product {sku}",
            "product_type": "simple",
            "qty_ordered": units,
            "qty_canceled": 0,
            "qty_shipped": 0,
            "qty_refunded": 0,
            "row_total": 10.0 * units,
            "discount_amount": 1.2,
            "discount_tax_compensation_amount": 0.2,
            "tax_amount": 2.0,
            **more,
        }

    def edit(self, order: Json, units: float) -> None:
        """Its first line is of so many units now, which Magento itself does by another order."""
        item = order["items"][0]
        self.reserved[item["sku"]] += units - item["qty_ordered"]
        item["qty_ordered"] = units
        self.touch(order)

    def touch(self, order: Json) -> None:
        """It has changed."""
        order["updated_at"] = self.now()

    def ship(self, order: Json, units: dict[int, float], source: str = "default", **more: Any) -> Json:
        """Units leave a source; of a line without stock of its own nothing is taken off."""
        number = next(self._ids)
        parts = []
        for item in order["items"]:
            if qty := units.get(item["item_id"], 0):
                item["qty_shipped"] += qty
                parts.append({"order_item_id": item["item_id"], "qty": qty, "sku": item["sku"]})
                if (item["sku"], source) in self.items:
                    self.items[item["sku"], source]["quantity"] -= qty
                self.reserved[item["sku"]] = self.reserved.get(item["sku"], 0) - qty
        made = {
            "entity_id": number,
            "order_id": order["entity_id"],
            "created_at": self.now(),
            "items": parts,
            "tracks": [],
            "comments": [],
            "extension_attributes": {"source_code": source},
            **more,
        }
        self.shipments.append(made)
        if all(self._open(item) <= 0 for item in order["items"]):
            order["state"] = order["status"] = "complete"
        self.touch(order)
        return made

    def refund(self, order: Json, units: dict[int, float]) -> None:
        """A credit memo."""
        parts = []
        for item in order["items"]:
            if qty := units.get(item["item_id"], 0):
                item["qty_refunded"] += qty
                price = {"base_cost": 5.0, "base_price": 10.0, "entity_id": next(self._ids)}
                parts.append({"order_item_id": item["item_id"], "qty": qty, **price})
        made = {"entity_id": next(self._ids), "order_id": order["entity_id"], "created_at": self.now(), "items": parts}
        self.memos.append(made)
        if all(item["qty_refunded"] >= item["qty_ordered"] for item in order["items"]):
            order["state"] = order["status"] = "closed"
        self.touch(order)

    def cancel(self, order: Json) -> None:
        """What has not left is not wanted any more."""
        for item in order["items"]:
            units = self._open(item)
            item["qty_canceled"] += units
            self.reserved[item["sku"]] = self.reserved.get(item["sku"], 0) - units
        order["state"] = order["status"] = "canceled"
        self.touch(order)

    def answer(self, asked: Asked) -> Said:
        """The answer to one call."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _no(401, "The consumer isn't authorized to access %1.", ["Magento_Sales::sales"])
        match asked.name.replace(PREFIX, ""):
            case "GET /V1/products":
                return _found(asked, self._products())
            case "GET /V1/inventory/sources":
                return _found(asked, [{"source_code": code, "name": name} for code, name in self.sources.items()])
            case "GET /V1/inventory/source-items":
                return _found(asked, list(self.items.values()))
            case "POST /V1/inventory/source-items":
                return self._set(asked.body["sourceItems"])
            case "GET /V1/inventory/stock-resolver/{type}/{code}":
                return self._stock(asked.names["code"])
            case "GET /V1/inventory/stock-source-links":
                links = [{"stock_id": STOCK, "source_code": code, "priority": 1} for code in self.selling]
                return _found(asked, links)
            case "GET /V1/inventory/get-product-salable-quantity/{sku}/{stockId}":
                return self._salable(unquote(asked.names["sku"]))
            case "GET /V1/orders":
                return _found(asked, list(self.orders.values()))
            case "GET /V1/shipments":
                return _found(asked, self.shipments)
            case "GET /V1/creditmemos":
                return _found(asked, self.memos)
            case "POST /V1/order/{orderId}/ship":
                return self._ship(int(asked.names["orderId"]), asked.body)
            case "POST /V1/orders/{id}/cancel":
                return self._cancel(int(asked.names["id"]))
        raise AssertionError(asked.name)

    def _products(self) -> list[Json]:
        """What sources are assigned to, enabled and simple unless `products` says otherwise."""
        skus = list(dict.fromkeys([*(sku for sku, _ in self.items), *self.products]))
        plain = {"status": 1, "type_id": "simple", "price": 9.9, "custom_attributes": []}
        return [
            {"id": number, "sku": sku, "name": f"Our {sku}", **plain, **self.products.get(sku, {})}
            for number, sku in enumerate(skus, 1)
        ]

    def _set(self, items: list[Json]) -> Said:
        for item in items:
            if item["sku"] in self.refuses:
                return _no(400, 'Source item "%1" is not valid', [item["sku"]])
        for item in items:
            self.put(item["sku"], item["quantity"], item["source_code"], item["status"])
        return Said(200, [])

    def _stock(self, code: str) -> Said:
        if code != "base":
            return _no(404, "No linked stock found for website %1", [code])
        return Said(200, {"stock_id": STOCK, "name": "Main"})

    def _salable(self, sku: str) -> Said:
        if not any(of == sku and at in self.selling for of, at in self.items):
            return _no(400, "The requested sku is not assigned to given stock.")
        return Said(200, self.salable(sku))

    def _ship(self, number: int, body: Json) -> Said:
        order = self.orders[number]
        units = {part["order_item_id"]: part["qty"] for part in body["items"]}
        lines = {item["item_id"]: item for item in order["items"]}
        for item_id, qty in units.items():
            if qty > self._open(lines[item_id]):
                words = 'The quantity to ship must not be greater than the unshipped quantity for product SKU "%1".'
                return _no(400, words, [lines[item_id]["sku"]])
        comment = {"is_customer_notified": 0, "parent_id": 1, **body["comment"]}
        more = {"order_id": number, "parent_id": 1, "weight": 0, "qty": 0, "description": ""}
        tracks = [{**more, **track} for track in body.get("tracks", [])]
        source = body.get("arguments", {}).get("extension_attributes", {}).get("source_code", "default")
        made = self.ship(order, units, source, comments=[comment], tracks=tracks)
        return Said(200, made["entity_id"])

    def _cancel(self, number: int) -> Said:
        order = self.orders[number]
        if order["state"] not in ("new", "pending_payment", "processing") or order.get("total_invoiced"):
            return Said(200, False)
        self.cancel(order)
        return Said(200, True)

    @staticmethod
    def _open(item: Json) -> float:
        gone = max(item["qty_shipped"], item["qty_refunded"]) + item["qty_canceled"]
        return float(item["qty_ordered"] - gone)


def _found(asked: Asked, rows: list[Json]) -> Said:
    """What the search criteria find, sorted, one page of it."""
    groups: dict[str, Json] = {}
    order: dict[str, Json] = {}
    for name, value in asked.query.items():
        if hit := CRITERION.fullmatch(name):
            groups.setdefault(hit[1], {})[hit[2]] = value
        elif hit := SORT.fullmatch(name):
            order.setdefault(hit[1], {})[hit[2]] = value
    hits = [row for row in rows if all(_holds(row, group) for group in groups.values())]
    for number in sorted(order, reverse=True):
        assert order[number]["direction"] == "ASC"
        field = order[number]["field"]
        # A product's entity_id, by which the database sorts, is told as id.
        hits.sort(key=lambda row: row["id" if field == "entity_id" and field not in row else field])
    size = int(asked.query["searchCriteria[pageSize]"])
    page = int(asked.query["searchCriteria[currentPage]"])
    part = hits[(page - 1) * size : page * size]
    return Said(200, {"items": part, "search_criteria": {"filter_groups": []}, "total_count": len(hits)})


def _holds(row: Json, group: Json) -> bool:
    has, value = str(row[group["field"]]), group["value"]
    # Magento's database compares SKUs in any case.
    if group["field"] == "sku":
        has, value = has.lower(), value.lower()
    return HOW[group["conditionType"]](has, value)


def _no(status: int, message: str, parameters: list[str] | None = None) -> Said:
    words = message
    for place, value in enumerate(parameters or [], 1):
        words = words.replace(f"%{place}", value)
    return Said(status, {"message": words})
