"""The orders of the store: made, paid, refunded, completed by somebody, cancelled, put into the bin, and told of."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.connectors.counterparts.woocommerce_contract import Contract, Json

Answer = tuple[int, Json | list[Json], dict[str, str]]
REDUCING = {"processing", "completed", "on-hold"}
RAISING = {"cancelled", "pending"}
ORDER = re.compile(r"/orders/(\d+)(/refunds|/notes)?")
WEBHOOK = re.compile(r"/webhooks/(\d+)")
TIMES = {"modified": "date_modified_gmt", "date": "date_created_gmt"}
BILLING = {
    "first_name": "Asha",
    "last_name": "Rao",
    "company": "",
    "address_1": "12 Hill Road",
    "address_2": "Flat 3",
    "city": "Pune",
    "state": "MH",
    "postcode": "411001",
    "country": "IN",
    "email": "asha@example.com",
    "phone": "+91 20 5550100",
}
NOBODY = dict.fromkeys(BILLING.keys() - {"email"}, "")


class Sales:
    """What a store has sold. `now` is its clock, in seconds; changes within one second share it."""

    def __init__(self, contract: Contract, products: dict[int, Json]) -> None:
        self.contract = contract
        self.now = int(datetime(2026, 11, 22, 9, tzinfo=UTC).timestamp())
        self.orders: dict[int, Json] = {}
        self.refunds: dict[int, list[Json]] = {}
        self.notes: dict[int, list[Json]] = {}
        self.webhooks: dict[int, Json] = {}
        self.outbox: list[tuple[str, dict[str, str], bytes]] = []
        self.asked: list[dict[str, str]] = []
        self.between: Callable[[], None] | None = None
        self._products = products
        self._ids = count(100)

    def clock(self) -> str:
        return datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def order(self, lines: Mapping[str, int], status: str = "processing", price: str = "10.00", **given: Any) -> Json:
        """An order of units by SKU."""
        items = []
        for sku, quantity in lines.items():
            total = f"{float(price) * quantity:.2f}"
            line = {"id": next(self._ids), "name": f"A {sku.lower()}", "quantity": quantity, "sku": sku}
            items.append(line | {"subtotal": total, "total": total, "total_tax": "0.00", "meta_data": []})
        number = next(self._ids)
        self.orders[number] = {
            "id": number,
            "number": str(number),
            "status": "auto-draft",
            "currency": "EUR",
            "date_created_gmt": self.clock(),
            "date_completed_gmt": None,
            "date_paid_gmt": None,
            "customer_id": 0,
            "shipping_total": "4.90",
            "shipping_tax": "0.93",
            "billing": BILLING,
            "shipping": NOBODY,
            "line_items": items,
            "refunds": [],
            "meta_data": [],
            **given,
        }
        self.refunds[number], self.notes[number] = [], []
        self.change(self.orders[number], status, "order.created")
        return self.orders[number]

    def change(self, order: Json, status: str, topic: str = "order.updated") -> None:
        """Another status, which lowers or raises the stock as it does there."""
        order["status"] = status
        if status in {"processing", "completed"}:
            order["date_paid_gmt"] = order["date_paid_gmt"] or self.clock()
        if status == "completed":
            order["date_completed_gmt"] = self.clock()
        for line in order["line_items"]:
            reduced = next((meta for meta in line["meta_data"] if meta["key"] == "_reduced_stock"), None)
            if status in REDUCING and reduced is None:
                line["meta_data"].append({"id": next(self._ids), "key": "_reduced_stock", "value": line["quantity"]})
                self._stock(line["sku"], -line["quantity"])
            elif status in RAISING and reduced:
                line["meta_data"].remove(reduced)
                self._stock(line["sku"], reduced["value"])
        self.changed(order, topic)

    def _stock(self, sku: str, units: int) -> None:
        for product in self._products.values():
            if product["sku"] == sku:
                product["stock_quantity"] += units

    def line(self, order: Json, sku: str) -> Json:
        found: Json = next(line for line in order["line_items"] if line["sku"] == sku)
        return found

    def refund(self, order: Json, units: Mapping[str, int], *, restock: bool = True) -> None:
        """Units are refunded; an empty refund is one of money alone."""
        lines = []
        for sku, quantity in units.items():
            line = self.line(order, sku)
            of = {"id": next(self._ids), "key": "_refunded_item_id", "value": str(line["id"])}
            lines.append({"id": next(self._ids), "quantity": -quantity, "meta_data": [of]})
            if restock:
                self._restocked(line, quantity)
        number = next(self._ids)
        made = {"id": number, "date_created_gmt": self.clock(), "line_items": lines}
        self.refunds[order["id"]].append(made)
        order["refunds"].append({"id": number, "reason": "", "total": "-10.00"})
        self.changed(order, "order.updated")

    def _restocked(self, line: Json, quantity: int) -> None:
        for meta in line["meta_data"]:
            if meta["key"] == "_restock_refunded_items":
                meta["value"] = str(int(meta["value"]) + quantity)
                return
        line["meta_data"].append({"id": next(self._ids), "key": "_restock_refunded_items", "value": str(quantity)})

    def erase(self, order: Json) -> None:
        """The order is gone, also from the bin."""
        del self.orders[order["id"]]
        self._tell("order.deleted", {"id": order["id"]})

    def changed(self, order: Json, topic: str) -> None:
        order["date_modified_gmt"] = self.clock()
        self._tell(topic, {"id": order["id"]} if topic == "order.deleted" else order)

    def _tell(self, topic: str, payload: Json) -> None:
        for number, one in self.webhooks.items():
            if one["topic"] == topic and one["status"] == "active":
                body = json.dumps(payload).encode()
                self.outbox.append((one["delivery_url"], signed(topic, body, one["secret"], number), body))

    def answer(self, method: str, path: str, query: dict[str, str], body: Json | None) -> Answer:
        """The answer to one call about orders or webhooks."""
        if path == "/orders":
            return self._page(query)
        if path == "/webhooks":
            return self._made(body) if method == "POST" else self._webhooks(query)
        if found := WEBHOOK.fullmatch(path):
            self.webhooks[int(found[1])] |= body or {}
            return 200, {"id": int(found[1])}, {}
        found = ORDER.fullmatch(path)
        assert found, path
        order = self.orders.get(int(found[1]))
        if order is None:
            error = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."}
            return 404, {**error, "data": {"status": 404}}, {}
        if found[2] == "/refunds":
            start = int(query["offset"])
            part = self.refunds[order["id"]][start : start + int(query["per_page"])]
            return 200, [self._told("orders/1/refunds", one, query) for one in part], {}
        if found[2] == "/notes" and method == "GET":
            return 200, [self._told("orders/1/notes", one, query) for one in self.notes[order["id"]]], {}
        if found[2] == "/notes":
            assert body
            self.notes[order["id"]].append(body)
            return 201, {"id": next(self._ids), **body}, {}
        if method == "POST":
            self._update(order, body or {})
        return 200, self._told("orders", order, query), {}

    def _update(self, order: Json, body: Json) -> None:
        for given in body.get("meta_data", []):
            known = next((meta for meta in order["meta_data"] if meta["id"] == given.get("id")), None)
            if known:
                known["value"] = given["value"]
            else:
                order["meta_data"].append({"id": next(self._ids), **given})
        if "status" in body:
            self.change(order, body["status"])
        else:
            self.changed(order, "order.updated")

    def _page(self, query: dict[str, str]) -> Answer:
        self.asked.append(query)
        statuses = query.get("status", "any").split(",")
        left_out = {int(one) for one in query.get("exclude", "").split(",") if one}
        only = {int(one) for one in query.get("include", "").split(",") if one}
        hits = []
        for order in self.orders.values():
            in_any = order["status"] not in {"trash", "auto-draft"}
            if not (order["status"] in statuses or (in_any and statuses == ["any"])) or order["id"] in left_out:
                continue
            if only and order["id"] not in only:
                continue
            if order["date_created_gmt"] <= query.get("after", "") or order["date_modified_gmt"] <= query.get(
                "modified_after", ""
            ):
                continue
            hits.append(order)
        hits.sort(key=lambda order: order[TIMES[query.get("orderby", "date")]])
        size = int(query.get("per_page", "10"))
        part = [self._told("orders", order, query) for order in json.loads(json.dumps(hits[:size]))]
        if self.between:
            self.between()
        return 200, part, {"X-WP-Total": str(len(hits)), "X-WP-TotalPages": str(-(-len(hits) // size))}

    def _told(self, kind: str, entry: Json, query: dict[str, str]) -> Json:
        fields = query["_fields"].split(",") if "_fields" in query else list(entry)
        told = {name: value for name, value in entry.items() if name in fields}
        self.contract.told(kind, {name: value for name, value in told.items() if value != 1.5})
        return told

    def _webhooks(self, query: dict[str, str]) -> Answer:
        size, page = int(query["per_page"]), int(query["page"])
        known = [{"id": number, **one} for number, one in self.webhooks.items()]
        part = [self._told("webhooks", one, query) for one in known[(page - 1) * size : page * size]]
        return 200, part, {"X-WP-TotalPages": str(-(-len(known) // size))}

    def _made(self, body: Json | None) -> Answer:
        assert body
        number = next(self._ids)
        self.webhooks[number] = dict(body)
        ping = {"content-type": "application/x-www-form-urlencoded"}
        self.outbox.append((body["delivery_url"], ping, b"webhook_id=%d" % number))
        return 201, {"id": number}, {}


def signed(topic: str, body: bytes, secret: str, webhook: int = 1) -> dict[str, str]:
    """The headers that go with a message; its delivery id may be that of another one of the same second."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-signature": base64.b64encode(digest).decode(),
        "x-wc-webhook-id": str(webhook),
        "x-wc-webhook-delivery-id": "03db7d1a76d71ea52011290d1fc215a5",
    }
