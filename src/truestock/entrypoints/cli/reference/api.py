"""The page of the API: every endpoint, then every shape, from the OpenAPI document that a hub serves."""

import re
from collections.abc import Iterator
from typing import Any

from truestock.entrypoints.api.framework.openapi import document
from truestock.entrypoints.api.hot.endpoints import HOT_DOCS
from truestock.entrypoints.api.routes import ROUTERS
from truestock.entrypoints.cli.reference.markdown import Row, page, table

INTRODUCTION = (
    "A running hub serves this as OpenAPI 3.1 at `/openapi.json`, to be tried out at `/docs`. Whatever goes wrong is "
    "answered with a Document (RFC 9457); its `type` leads to a page that says what to do."
)
BOUNDS = {
    "minimum": "from {}", "maximum": "to {}", "minLength": "at least {} characters",
    "maxLength": "at most {} characters", "minItems": "at least {}", "maxItems": "at most {}", "default": "default {}",
}  # fmt: skip


def api_page() -> str:
    """Every endpoint by path, and the shapes that they take and give."""
    described = document(ROUTERS, HOT_DOCS)
    paths = described["paths"]
    parts = [_endpoint(method, path, paths[path][method]) for path in sorted(paths) for method in sorted(paths[path])]
    shapes = described["components"]["schemas"]
    parts += [_shape(name, shapes[name]) for name in sorted(shapes, key=_short)]
    return page("API", INTRODUCTION, *parts)


def _endpoint(method: str, path: str, operation: dict[str, Any]) -> str:
    rows: list[Row] = [
        (f"`{p['name']}`", p["in"], _type(p.get("schema", {})), p.get("description", ""))
        for p in operation.get("parameters", ())
    ]
    if body := operation.get("requestBody"):
        rows.append(("body", "body", ", ".join(_contents(body)), body.get("description", "")))
    for status, answer in operation["responses"].items():
        if status in ("4XX", "5XX"):
            continue
        rows.append((status, "answer", ", ".join(_contents(answer)), answer.get("description", "")))
    said = _text(operation.get("description", operation.get("summary", "")))
    return f"## {method.upper()} {path}\n\n{said}\n\n{table(('', 'where', 'type', 'meaning'), rows)}"


def _contents(holder: dict[str, Any]) -> Iterator[str]:
    for media, content in holder.get("content", {}).items():
        schema = content.get("schema")
        yield _type(schema) if schema else media


def _shape(name: str, schema: dict[str, Any]) -> str:
    said = _text(schema.get("description", ""))
    head = f"## {_short(name)}\n\n{said}\n"
    if "properties" not in schema:
        return f"{head}\n{_type(schema)}\n"
    needed = schema.get("required", ())
    rows = [
        (f"`{field}`", _type(inner), "needed" if field in needed else "", inner.get("description", ""))
        for field, inner in schema["properties"].items()
    ]
    return f"{head}\n{table(('field', 'type', '', 'meaning'), rows)}"


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return _short(schema["$ref"].rpartition("/")[2])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(_type, options)))
    if "enum" in schema or "const" in schema:
        words = [f"`{word}`" for word in schema.get("enum", [schema.get("const")])]
        return " or ".join(words)
    kind = schema.get("format") or schema.get("type") or "anything"
    if kind == "array":
        kind = f"list of {_type(schema['items'])}" if isinstance(schema.get("items"), dict) else "list"
    bounds = [said.format(schema[name]) for name, said in BOUNDS.items() if schema.get(name) is not None]
    return ", ".join([str(kind), *bounds])


def _short(name: str) -> str:
    """A shape's own name, without the module that tells it from others of that name."""
    return re.sub(r"[\w.]+\.(?=\w+$)", "", name).strip("_").replace("_", " of ", 1)


def _text(description: str) -> str:
    return re.sub(r"\n[ \t]+", "\n", description).strip()
