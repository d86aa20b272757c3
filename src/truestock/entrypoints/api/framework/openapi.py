"""One OpenAPI 3.1 document for the framework's routes and the hot endpoints, with the schemas of the codec."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi.openapi.utils import get_openapi

from truestock import __version__
from truestock.entrypoints.api.framework.route import Body, Needs, Route, Router
from truestock.entrypoints.api.problems import Document
from truestock.entrypoints.api.problems.document import MEDIA_TYPE

TITLE = "truestock"
REF = "#/components/schemas/{name}"
DESCRIPTION = """One answer to: how many can I sell, here, now?

Quantities are whole numbers. Instants are RFC 3339 with a zone. Errors are problem documents whose `type` leads to a
page that says what to do. Lists come in pages: send `next` as `cursor`. Commands may be sent again with the same
`Idempotency-Key` (an order's key is its channel and ref) and are done once."""


_NAMES = str.maketrans({"/": "_", "{": None, "}": None})


@dataclass(frozen=True, slots=True)
class HotDoc:
    """What a hot endpoint's function cannot say of itself. Without a scope it needs no key; `raw`: any body."""

    method: str
    path: str
    tag: str
    scope: str
    summary: str
    description: str
    gives: dict[int, Any]
    takes: Any = None
    parameters: tuple[dict[str, Any], ...] = ()
    raw: bool = False


def document(routers: Iterable[Router], hot: Sequence[HotDoc]) -> dict[str, Any]:
    """The document; every type is a component, whichever endpoint uses it."""
    routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
    bodies = [body.shape for route in routes for body in route.dependencies_of(Body)]
    given = [route.gives for route in routes if route.gives is not None]
    given += [shape for doc in hot for shape in (*doc.gives.values(), *((doc.takes,) if doc.takes else ()))]
    shapes = list(dict.fromkeys([Document, *bodies, *given]))
    schemas, components = msgspec.json.schema_components(shapes, ref_template=REF)
    schema_of = dict(zip(shapes, schemas, strict=True))
    found = get_openapi(title=TITLE, version=__version__, description=DESCRIPTION, routes=routes)
    for route in routes:
        for method in route.methods or ():
            _complete(found["paths"][route.path_format][method.lower()], route, schema_of)
    for doc in hot:
        found["paths"].setdefault(doc.path, {})[doc.method.lower()] = _hot(doc, schema_of)
    kept = found.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        kept.pop(name, None)
    kept.update(components)
    found["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: ts_live_..."}
    }
    return found


def _complete(operation: dict[str, Any], route: Route, schema_of: dict[Any, Any]) -> None:
    for body in route.dependencies_of(Body):
        operation["requestBody"] = _body(schema_of[body.shape])
    for needs in route.dependencies_of(Needs):
        _secure(operation, needs.scope)
    operation["responses"].pop("422", None)
    if route.gives in schema_of:
        for status in getattr(route.gives, "statuses", ()):
            operation["responses"].setdefault(str(status), {"description": "Not all is well; the body says what"})
        for response in operation["responses"].values():
            response["content"] = {"application/json": {"schema": schema_of[route.gives]}}
    operation["responses"] |= _problems(schema_of)


def _hot(doc: HotDoc, schema_of: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [doc.tag],
        "summary": doc.summary,
        "description": doc.description,
        "operationId": f"{doc.method.lower()}{doc.path.translate(_NAMES)}",
        "parameters": list(doc.parameters),
        "responses": {
            str(status): {"description": "Done", "content": {"application/json": {"schema": schema_of[shape]}}}
            for status, shape in doc.gives.items()
        }
        | _problems(schema_of),
    }
    if doc.takes is not None:
        operation["requestBody"] = _body(schema_of[doc.takes])
    if doc.raw:
        operation["requestBody"] = {"required": True, "content": {"*/*": {"schema": {"type": "string"}}}}
    if doc.scope:
        _secure(operation, doc.scope)
    return operation


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _secure(operation: dict[str, Any], scope: str) -> None:
    operation["security"] = [{"key": []}]
    said = operation.get("description", "")
    operation["description"] = f"{said}\n\nNeeds the scope `{scope}`.".strip()


def _problems(schema_of: dict[Any, Any]) -> dict[str, Any]:
    problem = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": schema_of[Document]}}}
    return {"4XX": problem, "5XX": problem}
