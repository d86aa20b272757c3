"""The mapping over what real shops answered, and the documents against the published schema."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec
import pytest
from graphql import GraphQLSchema, parse, validate

from tests.connectors.counterparts.shopify import LOCATION
from tests.connectors.shopify.conftest import beside_the_project
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome
from truestock.connectors.shopify import documents
from truestock.connectors.shopify.documents import Answer, SetData
from truestock.connectors.shopify.mapping import REFUSED, Verdict, Write, judged, throttle_of
from truestock.connectors.shopify.orders import documents as orders
from truestock.connectors.shopify.orders import subscriptions, tellings

CONTRACTS = "captures/inventory-quantity-contracts-2026-04.json"
NAMES = "captures/inventorySetQuantities-name-validation.json"
BOUNDS = "captures/inventorySetQuantities-quantity-bounds.json"
REASONS = "captures/inventory-reason-validation.json"


def capture(file: str, *path: str) -> dict[str, Any]:
    found = json.loads(beside_the_project(file).read_text(encoding="utf-8"))
    for step in path:
        found = found[step]
    assert isinstance(found, dict)
    return found


def answered(recorded: dict[str, Any]) -> Answer[SetData]:
    return msgspec.json.decode(json.dumps(recorded["response"]), type=Answer[SetData])


def verdict_of(recorded: dict[str, Any]) -> tuple[Verdict, list[Outcome]]:
    given = recorded["variables"]["input"]["quantities"]
    writes = [
        Write(Line(f"SKU{n}", one["quantity"], 1, f"k{n}", one["changeFromQuantity"]), one["inventoryItemId"], LOCATION)
        for n, one in enumerate(given)
    ]
    data = answered(recorded).data
    assert data
    assert data.inventory_set_quantities
    verdict = judged(data.inventory_set_quantities, writes)
    return verdict, [verdict.outcomes[write.line.spot] for write in writes]


@pytest.mark.parametrize(
    ("file", "path", "kind", "says"),
    [
        (CONTRACTS, ["inventorySetQuantities"], "applied", ""),
        (CONTRACTS, ["unknownIdValidation", "setUnknownInventoryItem"], "later", "could not be found"),
        (CONTRACTS, ["unknownIdValidation", "setUnknownLocation"], "rejected", "Set the channel's location"),
        (NAMES, ["cases", "damaged"], "rejected", "quantity name"),
        (NAMES, ["cases", "availableTooHigh"], "rejected", "1,000,000,000"),
        (NAMES, ["cases", "duplicatePair"], "later", "must be unique"),
        (BOUNDS, ["cases", "onHandNegative"], "rejected", "negative"),
        (BOUNDS, ["cases", "availableTooLow"], "rejected", "-1,000,000,000"),
        (BOUNDS, ["cases", "availableNegativeWithinBounds"], "applied", ""),
        (REASONS, ["acceptedReasonCases", "correction"], "applied", ""),
        (REASONS, ["invalidReasonCases", "unknownReasonSet"], "rejected", "reason is invalid"),
    ],
)
def test_a_recorded_write_has_the_outcome_that_it_had(file: str, path: list[str], kind: str, says: str) -> None:
    verdict, outcomes = verdict_of(capture(file, *path))
    assert verdict.again == []
    for outcome in outcomes:
        assert outcome.kind == kind
        assert says in outcome.reason


@pytest.mark.parametrize("name", ["missingSetIdempotency", "missingSetChangeFromQuantity"])
def test_a_recorded_refusal_had_no_effect_by_its_code(name: str) -> None:
    answer = answered(capture(CONTRACTS, name))
    assert answer.errors
    assert {fault.extensions.code for fault in answer.errors} <= REFUSED


def test_a_recorded_bucket_is_read() -> None:
    throttle = throttle_of(answered(capture(CONTRACTS, "inventorySetQuantities")).extensions.cost)
    assert (throttle.left, throttle.burst, throttle.per_s) == (1986, 2000, 100)


def test_no_recorded_write_changed_anything_beside_an_error() -> None:
    payloads = [payload for file in (CONTRACTS, NAMES, BOUNDS, REASONS) for payload in writes_in(capture(file))]
    failed = [payload for payload in payloads if payload["userErrors"]]
    assert len(failed) >= 8
    assert all(payload["inventoryAdjustmentGroup"] is None for payload in failed)


def writes_in(found: object) -> Iterator[dict[str, Any]]:
    """All answers to the mutation, wherever they stand."""
    if isinstance(found, dict):
        payload = found.get("inventorySetQuantities")
        if isinstance(payload, dict) and "userErrors" in payload:
            yield payload
        for inner in found.values():
            yield from writes_in(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from writes_in(inner)


@pytest.mark.parametrize("room", [documents, orders, tellings, subscriptions])
def test_the_schema_knows_all_that_is_asked(schema: GraphQLSchema, room: ModuleType) -> None:
    sent = [value for name, value in vars(room).items() if name.isupper() and isinstance(value, str) and "{" in value]
    asked = [document for document in sent if document.strip().startswith(("query", "mutation"))]
    assert len(asked) >= 4
    assert [validate(schema, parse(document)) for document in asked] == [[] for _ in asked]
