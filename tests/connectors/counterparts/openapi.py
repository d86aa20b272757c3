"""A vendor's published OpenAPI (2.0 or 3.0) contract, and what in a call or an answer is against it.

A contract says what is there and not that nothing else is, so every object is closed here: a field that it does not
name is noticed, and so is one in a call that is only ever answered."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

Json = dict[str, Any]
METHODS = {"get", "post", "put", "patch", "delete"}
JSON = "application/json"
PARTS = ("definitions", "components")
COUNTED = re.compile(r"\[\d+\]")


class Operation(NamedTuple):
    """One operation, and where it is found; `document` by the name it was given."""

    method: str
    path: str
    pattern: re.Pattern[str]
    rules: Json
    document: str

    @property
    def name(self) -> str:
        """As it is called here."""
        return f"{self.method} {self.path}"


class Contract:
    """What may be asked and answered; `violations` keeps what may not. Documents go by the prefix of their paths."""

    def __init__(self, documents: Mapping[str, Json]) -> None:
        self.violations: list[str] = []
        self._validators: dict[str, Any] = {}
        self._documents = documents
        self._definitions = {
            (name, asked): {
                part: _closed(document.get(part, {}), asked=asked) for part in ("definitions", "components")
            }
            for name, document in documents.items()
            for asked in (False, True)
        }
        self.operations = [
            Operation(method.upper(), prefix + path, _pattern(prefix + path), _with_shared(operations, method), prefix)
            for prefix, document in documents.items()
            for path, operations in document["paths"].items()
            for method in METHODS & operations.keys()
        ]

    def operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a call, and what its path names, as it came; one without placeholders comes first."""
        hits = [
            (one, hit.groupdict())
            for one in self.operations
            if one.method == method and (hit := one.pattern.fullmatch(path))
        ]
        if not hits:
            self.violations.append(f"no operation {method} {path}")
            return None
        return min(hits, key=lambda hit: len(hit[1]))

    def asked(self, operation: Operation, query: Mapping[str, str], headers: Mapping[str, str], body: object) -> bool:
        """Check a call: all that it gives, and that nothing is missing; whether it is as agreed.

        Headers go by lower-case name."""
        before = len(self.violations)
        rules = [self._followed(operation, rule) for rule in operation.rules.get("parameters", [])]
        of_query = {rule["name"]: rule for rule in rules if rule["in"] == "query"}
        for name, value in query.items():
            rule = of_query.get(name) or of_query.get(COUNTED.sub("[0]", name))
            if rule is None:
                self.violations.append(f"{operation.name} has no parameter {name}")
            else:
                self._parameter(operation, rule, value)
        for rule in rules:
            given = {"query": query.keys(), "header": headers.keys()}.get(rule["in"])
            name = rule["name"].lower() if rule["in"] == "header" else rule["name"]
            if given is not None and rule.get("required") and name not in given:
                self.violations.append(f"{operation.name} lacks {rule['name']}")
        self._body(operation, rules, body)
        return len(self.violations) == before

    def answered(self, operation: Operation, status: int, body: object) -> None:
        """Check an answer. Where no success is described, one is an empty list, or nothing."""
        told = operation.rules["responses"]
        response = told.get(str(status))
        if response is None and status < 300 and not any(code.startswith("2") for code in told):
            if body not in (None, []):
                self.violations.append(f"{operation.name} answers nothing, and not {body!r:.100}")
            return
        response = response or (told.get("default") if status >= 300 else None)
        if response is None:
            self.violations.append(f"{operation.name} never answers {status}")
            return
        content = response.get("content", {})
        schema = response.get("schema") or content.get(JSON, {}).get("schema")
        if schema is not None:
            self.against(f"{operation.name} answered {status}", operation.document, schema, body, asked=False)
        elif body is not None:
            self.violations.append(f"{operation.name} answers {status} without content, and not {body!r:.100}")

    def against(self, where: str, document: str, schema: Json, content: object, *, asked: bool) -> None:
        """Check content by a schema of a document."""
        key = f"{document} {asked} {msgspec.json.encode(schema).decode()}"
        if key not in self._validators:
            whole = {"allOf": [_closed(schema, asked=asked)], **self._definitions[document, asked]}
            self._validators[key] = jsonschema_rs.Draft4Validator(whole, validate_formats=True)
        for error in self._validators[key].iter_errors(content):
            at = "/".join(map(str, error.instance_path))
            self.violations.append(f"{where}: {at}: {error.message:.300}")

    def _body(self, operation: Operation, rules: list[Json], body: object) -> None:
        described = operation.rules.get("requestBody")
        if described:
            schema = next(iter(described["content"].values()))["schema"]
            required = described.get("required", False)
        else:
            rule = next((rule for rule in rules if rule["in"] == "body"), None)
            schema, required = (rule["schema"], rule.get("required", True)) if rule else (None, False)
        if schema is None:
            if body not in (None, {}):
                self.violations.append(f"{operation.name} takes no body")
        elif body is not None or required:
            self.against(f"{operation.name} asked", operation.document, schema, body, asked=True)

    def _parameter(self, operation: Operation, rule: Json, value: str) -> None:
        schema = self._followed(operation, rule.get("schema", rule))
        kinds = {"integer": bool(re.fullmatch(r"-?\d+", value)), "boolean": value in ("true", "false")}
        if not kinds.get(schema.get("type", ""), True) or value not in schema.get("enum", [value]):
            self.violations.append(f"{operation.name} {rule['name']}: {value!r}")
        elif schema.get("type") == "integer" and not (
            schema.get("minimum", int(value)) <= int(value) <= schema.get("maximum", int(value))
        ):
            self.violations.append(f"{operation.name} {rule['name']}: {value} is out of bounds")

    def _followed(self, operation: Operation, rule: Json) -> Json:
        """What a reference leads to, or the rule itself."""
        if "$ref" not in rule:
            return rule
        found: Any = self._documents[operation.document]
        for name in rule["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        assert isinstance(found, dict)
        return found


def read(path: Path) -> Json:
    """A contract in JSON or YAML."""
    decode = msgspec.yaml.decode if path.suffix == ".yaml" else msgspec.json.decode
    found = decode(path.read_bytes())
    assert isinstance(found, dict)
    return found


def _pattern(path: str) -> re.Pattern[str]:
    """Names in a path are whatever stands between two slashes."""
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile("".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


def _with_shared(operations: Json, method: str) -> Json:
    """The operation with the parameters that all of its path have."""
    shared = operations.get("parameters", [])
    own = operations[method]
    return {**own, "parameters": [*shared, *own.get("parameters", [])]}


def _closed(schema: Any, *, asked: bool) -> Any:
    """The schema as Draft 4, with every object closed that names its fields.

    In a call there is nothing of what is only answered."""
    if isinstance(schema, list):
        return [_closed(part, asked=asked) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        name: _closed(part, asked=asked)
        for name, part in schema.items()
        if not name.startswith("x-") and name not in ("example", "examples", "discriminator", "xml", "externalDocs")
    }
    fields = closed.get("properties")
    if isinstance(fields, dict) and isinstance(closed.get("type", "object"), str):
        if asked:
            only_answered = {
                name for name, field in fields.items() if isinstance(field, dict) and field.get("readOnly")
            }
            closed["properties"] = {name: field for name, field in fields.items() if name not in only_answered}
            if needed := [name for name in closed.get("required", []) if name not in only_answered]:
                closed["required"] = needed
            else:
                closed.pop("required", None)
        closed = {"additionalProperties": False, **closed}
    if closed.pop("nullable", False) is True and isinstance(closed.get("type"), str):
        closed["type"] = [closed["type"], "null"]
        if "enum" in closed:
            closed["enum"] = [*closed["enum"], None]
    return closed
