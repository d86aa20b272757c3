"""The OpenAPI document: complete, correct about the hot endpoints, and true of a live hub."""

from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from tests.entrypoints.api.conftest import Live
from truestock.entrypoints.api.hot.endpoints import HOT_DOCS

PUBLIC = {"/health", "/ready", "/v1/hooks/{channel}", "/v1/feed-hooks/{feed}"}


@pytest.fixture
def described(shared: Live) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = shared.http.get("/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Any:
    return jsonschema_rs.validator_for({**schema, "components": described["components"]})


def conforms(described: dict[str, Any], response: httpx2.Response, path: str, method: str) -> None:
    """The response is one that the document allows."""
    responses = described["paths"][path][method]["responses"]
    status = str(response.status_code)
    allowed = responses.get(status) or responses[f"{status[0]}XX"]
    (media,) = allowed["content"]
    assert response.headers["content-type"] == media
    validator(described, allowed["content"][media]["schema"]).validate(response.json())


def test_the_document_is_openapi_3_1_without_loose_ends(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    referred = {part.split('"')[0] for part in str(described).replace("'", '"').split("#/components/schemas/")[1:]}
    assert referred <= set(described["components"]["schemas"])
    assert "HTTPValidationError" not in referred


def test_every_endpoint_says_what_it_does_needs_takes_and_gives(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert operation["tags"], where
        assert path in PUBLIC or (operation["security"] and "scope" in operation["description"]), where
        assert {"4XX", "5XX"} <= set(operation["responses"]), where
        assert method != "post" or "requestBody" in operation, where
        if path != "/metrics":
            given = [r for status, r in operation["responses"].items() if status.startswith("2")]
            assert all("content" in response for response in given), where


def test_hot_endpoints_stand_in_the_document_with_the_rest(described: dict[str, Any]) -> None:
    for doc in HOT_DOCS:
        assert ("security" in described["paths"][doc.path][doc.method.lower()]) == (doc.path not in PUBLIC)


def test_hot_endpoints_answer_as_documented(live: Live, described: dict[str, Any]) -> None:
    orders = [{"channel": "web", "ref": str(n), "lines": [{"sku": sku}]} for n, sku in enumerate("ABCZ")]
    calls = [
        ("/v1/orders", "post", live.order("1", ("A", 1), hold_for_s=60)),
        ("/v1/orders", "post", live.order("1", ("A", 1), hold_for_s=60)),
        ("/v1/orders", "post", live.order("1", ("A", 2))),
        ("/v1/orders", "post", live.order("2", ("A", 20))),
        ("/v1/orders", "post", live.order("3", ("Z", 1))),
        ("/v1/orders", "post", live.order("4", ("A", -1))),
        ("/v1/orders", "post", live.order("5", ("A", 20), mode="sold")),
        ("/v1/orders/bulk", "post", live.http.post("/v1/orders/bulk", json={"orders": orders})),
        ("/v1/atp", "get", live.http.get("/v1/atp?channel=web&sku=A")),
        ("/v1/atp", "get", live.http.get("/v1/atp?channel=web&sku=Z")),
        ("/v1/atp", "get", live.http.get("/v1/atp")),
        ("/v1/echo", "get", live.http.get("/v1/echo?a=b")),
    ]
    assert [response.status_code for _, _, response in calls] == [
        201,
        200,
        422,
        409,
        422,
        422,
        201,
        207,
        200,
        404,
        422,
        200,
    ]
    for path, method, response in calls:
        conforms(described, response, path, method)


def test_the_browser_of_the_document_loads_nothing_from_elsewhere(shared: Live) -> None:
    page = shared.http.get("/docs")
    assert "://" not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert f"/docs/{name}" in page.text
        assert shared.http.get(f"/docs/{name}").status_code == 200
    assert shared.http.get("/docs/other.js").status_code == 404
