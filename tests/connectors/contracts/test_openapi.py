"""The checker of published contracts notices what is against one: in calls, in answers, in what nobody described."""

from typing import Any

import pytest

from tests.connectors.counterparts.openapi import Contract, Operation

ORDER = {
    "type": "object",
    "required": ["id", "units"],
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "units": {"type": "integer"},
        "note": {"type": "string", "nullable": True, "enum": ["a", "b"]},
    },
}
OPENAPI: Any = {
    "components": {"schemas": {"Order": ORDER}, "parameters": {"Size": {"name": "size", "in": "query"}}},
    "paths": {
        "/orders/{id}": {
            "parameters": [{"name": "x-market", "in": "header", "required": True}],
            "get": {"responses": {"200": {"description": "found"}}},
            "put": {
                "parameters": [
                    {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 9}},
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["up"]}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
                },
            },
        },
        "/orders/all": {"get": {"responses": {"default": {"description": "an error"}}}},
    },
}
GOOD: Any = ({"limit": "3"}, {"x-market": "GB"}, {"units": 1, "note": None})


@pytest.fixture
def contract() -> Contract:
    return Contract({"/v1": OPENAPI})


@pytest.fixture
def put(contract: Contract) -> Operation:
    found = contract.operation("PUT", "/v1/orders/a%2Fb")
    assert found
    assert found[1] == {"id": "a%2Fb"}
    return found[0]


def test_what_is_as_agreed_is_no_violation(contract: Contract, put: Operation) -> None:
    assert contract.asked(put, *GOOD)
    contract.answered(put, 200, {"id": "7", "units": 1})
    assert contract.violations == []


@pytest.mark.parametrize(
    ("query", "headers", "body", "words"),
    [
        ({}, GOOD[1], GOOD[2], "lacks limit"),
        ({"limit": "10"}, GOOD[1], GOOD[2], "out of bounds"),
        ({"limit": "x"}, GOOD[1], GOOD[2], "limit: 'x'"),
        ({"limit": "1", "sort": "down"}, GOOD[1], GOOD[2], "sort: 'down'"),
        ({"limit": "1", "page": "2"}, GOOD[1], GOOD[2], "no parameter page"),
        (GOOD[0], {}, GOOD[2], "lacks x-market"),
        (GOOD[0], GOOD[1], None, "null is not of type"),
        (GOOD[0], GOOD[1], {"note": "a"}, '"units" is a required property'),
        (GOOD[0], GOOD[1], {"units": 1, "note": "c"}, "note"),
        (GOOD[0], GOOD[1], {"units": "1"}, "units"),
        (GOOD[0], GOOD[1], {"units": 1, "colour": "red"}, "colour"),
        (GOOD[0], GOOD[1], {"units": 1, "id": "7"}, "id"),
    ],
)
def test_a_call_that_is_not_allowed_is_noticed(
    contract: Contract, put: Operation, query: dict[str, str], headers: dict[str, str], body: Any, words: str
) -> None:
    assert not contract.asked(put, query, headers, body)
    (violation,) = contract.violations
    assert words in violation


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, {"units": 1}, '"id" is a required property'),
        (200, {"id": "7", "units": 1, "colour": "red"}, "colour"),
        (418, {}, "never answers 418"),
    ],
)
def test_an_answer_that_is_not_allowed_is_noticed(
    contract: Contract, put: Operation, status: int, body: Any, words: str
) -> None:
    contract.answered(put, status, body)
    (violation,) = contract.violations
    assert words in violation


def test_what_nobody_described_is_noticed(contract: Contract) -> None:
    assert contract.operation("DELETE", "/v1/orders/7") is None
    assert contract.violations == ["no operation DELETE /v1/orders/7"]


def test_an_answer_without_a_described_success_is_empty(contract: Contract) -> None:
    found = contract.operation("GET", "/v1/orders/all")
    assert found
    contract.answered(found[0], 200, [])
    assert contract.violations == []
    contract.answered(found[0], 200, [1])
    assert contract.violations == ["GET /v1/orders/all answers nothing, and not [1]"]


def test_content_where_none_is_described_is_noticed(contract: Contract) -> None:
    found = contract.operation("GET", "/v1/orders/7")
    assert found
    contract.answered(found[0], 200, {"id": "7"})
    assert "answers 200 without content" in contract.violations[0]
