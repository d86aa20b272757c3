"""The other side: a tiny shop that keeps a number for each product, sells, and answers over HTTP."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit


def signature(token: str, body: bytes) -> str:
    """What a message is signed with."""
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


class Shop:
    """`stock` by SKU, `orders` by id, and `outbox`: messages as (headers, body)."""

    def __init__(self, skus: list[str], token: str) -> None:
        self.stock = dict.fromkeys(skus, 0)
        self.orders: dict[str, dict[str, Any]] = {}
        self.outbox: list[tuple[dict[str, str], bytes]] = []
        self.token = token
        self._changes: list[str] = []

    def change(self, order: str, sku: str, units: int, *, sent: bool = False) -> None:
        """Make or change an order, which lowers or raises the number by itself, and tell of it."""
        before = self.orders.get(order, {"units": 0})
        self.stock[sku] += before["units"] - units
        now = datetime.now(UTC).isoformat()
        told = {"id": order, "changed_at": now, "sku": sku, "units": units, "sent": sent}
        self.orders[order] = {"placed_at": now, **before, **told}
        self._changes.append(order)
        body = json.dumps({"object": order, "changed_at": now}).encode()
        self.outbox.append(({"x-signature": signature(self.token, body)}, body))

    def answer(self, method: str, target: str, token: str, body: bytes) -> tuple[int, Any]:
        """Status and content."""
        if token != self.token:
            return 401, "who are you?"
        address, asked = urlsplit(target), parse_qs(urlsplit(target).query)
        match method, address.path:
            case "PUT", "/stock":
                self.stock |= (known := {sku: n for sku, n in json.loads(body).items() if sku in self.stock})
                return 200, known
            case "GET", "/stock":
                return 200, self.stock
            case "GET", "/orders" if "id" in asked:
                return 200, {"orders": [self.orders[one] for one in asked["id"] if one in self.orders]}
            case "GET", "/orders":
                changed = dict.fromkeys(self._changes[int(asked["after"][0]) :])
                return 200, {"orders": [self.orders[one] for one in changed], "last": len(self._changes)}
        return 404, "there is no such page"
