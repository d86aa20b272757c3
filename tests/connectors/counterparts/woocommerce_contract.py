"""The routes and schemas that a live WooCommerce gave of itself, and what in a call or an answer is against them."""

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
PREFIX = "/wp-json"
BATCH = re.compile(r"/wc/v3/products/(\d+/variations/)?batch")
# WordPress' own, for every route; and what a live store answers although its schema lists it not.
OF_WORDPRESS = {"_fields"}
BEYOND: list[tuple[str, object]] = [
    ("type", "variation"),
    ("manage_stock", "parent"),
    ("status", "trash"),
    ("status", "packing"),
]
TYPES = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "number": float,
    "mixed": object,
    "date-time": str,
}


def _given(value: str, rule: Json) -> object:
    """What a server makes of a text in an address."""
    if rule.get("type") == "integer" and value.isdecimal():
        return int(value)
    if rule.get("type") == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if rule.get("type") == "array":
        of = rule.get("items", {})
        return [_given(part, of) for part in value.split(",")]
    return value


class Contract:
    """What may be asked and answered; `violations` keeps what may not."""

    def __init__(self, dump: Json) -> None:
        self._routes = {re.compile(route): found for route, found in dump["routes"].items()}
        self._schemas = dump["schemas"]
        self.violations: list[str] = []

    def asked(self, method: str, path: str, query: Mapping[str, str], body: Json | None) -> None:
        """Check a call: its route, its method, and all that it gives."""
        args = self._args(method, path.removeprefix(PREFIX))
        if args is None:
            self.violations.append(f"no route for {method} {path}")
            return
        for name, value in query.items():
            if name not in OF_WORDPRESS:
                self._field(f"{method} {path}?", name, _given(value, args.get(name, {})), args)
        if BATCH.fullmatch(path.removeprefix(PREFIX)):
            if set(body or {}) - {"create", "update", "delete"}:
                self.violations.append(f"no batch: {body}")
            for entry in (body or {}).get("update", []):
                for name, value in entry.items():
                    self._field(path, name, value, {"id": {"type": "integer"}, **args})
        elif body is not None and method == "GET":
            self.violations.append(f"a body for {method} {path}")
        else:
            for name, value in (body or {}).items():
                self._field(f"{method} {path}", name, value, args)

    def answered(self, entry: Json) -> None:
        """Check a product or a variation that is answered."""
        kind = "products/1/variations" if entry.get("type") is None else "products"
        for name, value in entry.items():
            if (name, value) not in BEYOND and not (value is None and name == "stock_quantity"):
                self._field(kind, name, value, self._schemas[kind]["properties"])

    def told(self, kind: str, entry: Json) -> None:
        """Check an order, a refund, a note or a webhook that is answered."""
        for name, value in entry.items():
            if (name, value) not in BEYOND and not (value is None and name.startswith("date_")):
                self._field(kind, name, value, self._schemas[kind]["properties"])

    def _args(self, method: str, path: str) -> Json | None:
        for route, found in self._routes.items():
            if route.fullmatch(path):
                for endpoint in found["endpoints"]:
                    if method in endpoint["methods"]:
                        args: Json = endpoint["args"]
                        return args
        return None

    def _field(self, where: str, name: str, value: object, known: Json) -> None:
        rule = known.get(name)
        if rule is None:
            self.violations.append(f"{where} has no {name}")
            return
        of_type = isinstance(value, TYPES[rule["type"]]) and not (rule["type"] == "integer" and value is True)
        in_bounds = not isinstance(value, int) or rule.get("minimum", value) <= value <= rule.get("maximum", value)
        items = rule.get("items", {})
        of_items = not isinstance(value, list) or all(
            isinstance(one, TYPES[items.get("type", "mixed")]) and one in items.get("enum", [one]) for one in value
        )
        if (
            not of_type
            or not in_bounds
            or not of_items
            or (not isinstance(value, list) and value not in rule.get("enum", [value]))
        ):
            self.violations.append(f"{where} {name}: {value!r}")
