"""Amazon's published models, and what in a call or an answer is against them.

A model says what is there and not that nothing else is, so every object is closed here: a field that it does not name
is noticed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

Json = dict[str, Any]
MODELS = (
    "fba-inventory-api-model/fbaInventory",
    "feeds-api-model/feeds_2021-06-30",
    "listings-items-api-model/listingsItems_2021-08-01",
    "notifications-api-model/notifications",
    "orders-api-model/ordersV0",
    "orders-api-model/orders_2026-01-01",
    "reports-api-model/reports_2021-06-30",
)
METHODS = {"get", "post", "put", "patch", "delete"}
PLAN = re.compile(r"\| ----\s*\|\s*----\s*\|\s*\n\|\s*([0-9.]+)\s*\|\s*([0-9]+)\s*\|")


class Route(NamedTuple):
    """One operation, and where it is found."""

    pattern: re.Pattern[str]
    method: str
    operation: Json
    model: str

    @property
    def name(self) -> str:
        """Its operation id."""
        return str(self.operation["operationId"])

    @property
    def plan(self) -> tuple[float, float]:
        """Its rate and burst, as its description tells them."""
        found = PLAN.search(self.operation["description"])
        assert found, self.name
        return float(found[1]), float(found[2])


class Contract:
    """What may be asked and answered; `violations` keeps what may not."""

    def __init__(self, specs: Path) -> None:
        self.violations: list[str] = []
        self._models = {name: _read(specs / f"models/{name}.json") for name in MODELS}
        self.schemas = specs / "schemas"
        self._validators: dict[str, Any] = {}
        self.routes = [
            Route(re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), method.upper(), operation, name)
            for name, model in self._models.items()
            for path, operations in model["paths"].items()
            for method, operation in operations.items()
            if method in METHODS and "operationId" in operation
        ]

    def route(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The operation of a call, and the names in its path as they came."""
        for route in self.routes:
            if route.method == method and (found := route.pattern.fullmatch(path)):
                return route, found.groupdict()
        self.violations.append(f"no operation {method} {path}")
        return None

    def asked(self, route: Route, query: Mapping[str, str], body: Json | None) -> bool:
        """Check a call: all that it gives, and that nothing is missing; whether it is as agreed."""
        before = len(self.violations)
        known = {parameter["name"]: parameter for parameter in route.operation["parameters"]}
        for name, value in query.items():
            rule = known.get(name)
            if rule is None or rule["in"] != "query":
                self.violations.append(f"{route.name} has no parameter {name}")
            else:
                self._parameter(route, rule, value)
        for name, rule in known.items():
            if rule["in"] == "query" and rule.get("required") and name not in query:
                self.violations.append(f"{route.name} lacks {name}")
            if rule["in"] == "body" and (body is not None or rule.get("required")):
                self._against(f"{route.name} asked", route.model, rule["schema"], body)
        return len(self.violations) == before

    def answered(self, route: Route, status: int, body: object) -> None:
        """Check an answer."""
        response = route.operation["responses"].get(str(status))
        if response is None:
            self.violations.append(f"{route.name} never answers {status}")
        elif "schema" in response:
            self._against(f"{route.name} answered {status}", route.model, response["schema"], body)

    def document(self, name: str, content: object) -> bool:
        """Check a document by the schema of that name; whether it is as agreed."""
        if name not in self._validators:
            schema = _read(self.schemas / f"{name}.json")
            self._validators[name] = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
        wrong = [error.message for error in self._validators[name].iter_errors(content)]
        self.violations += [f"{name}: {message}" for message in wrong]
        return not wrong

    def _parameter(self, route: Route, rule: Json, value: str) -> None:
        is_list = rule["type"] == "array"
        parts = value.split(",") if is_list else [value]
        one = rule["items"] if is_list else rule
        if len(parts) > rule.get("maxItems", len(parts)):
            self.violations.append(f"{route.name} {rule['name']}: more than {rule['maxItems']}")
        for part in parts:
            of_type = {"integer": part.isdecimal(), "boolean": part in ("true", "false")}.get(one["type"], True)
            in_bounds = one["type"] != "integer" or not of_type or int(part) <= one.get("maximum", int(part))
            if not of_type or not in_bounds or part not in one.get("enum", [part]):
                self.violations.append(f"{route.name} {rule['name']}: {part!r}")
            elif one.get("format") == "date-time" and not _is_instant(part):
                self.violations.append(f"{route.name} {rule['name']}: {part!r} is no date and time")

    def _against(self, where: str, model: str, schema: Json, content: object) -> None:
        key = f"{model} {msgspec.json.encode(schema).decode()}"
        if key not in self._validators:
            whole = {"allOf": [_closed(schema)], "definitions": _closed(self._models[model]["definitions"])}
            self._validators[key] = jsonschema_rs.Draft4Validator(whole, validate_formats=True)
        for error in self._validators[key].iter_errors(content):
            self.violations.append(f"{where}: {error.message}")


def _read(path: Path) -> Any:
    return msgspec.json.decode(path.read_bytes())


def _closed(schema: Any) -> Any:
    """The schema with every object closed that names its fields."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items() if not name.startswith("x-") and name != "example"}
    names_fields = isinstance(schema.get("properties"), dict) and isinstance(schema.get("type", "object"), str)
    return {"additionalProperties": False, **closed} if names_fields else closed


def _is_instant(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text))
