"""The counterpart's own judge notices what Amazon's models do not allow; and ours are Amazon's rates and examples."""

import json

import msgspec
import pytest

from tests.connectors.counterparts.amazon_contract import Contract, Json
from truestock.connectors.amazon.calls.operations import (
    ALL,
    GET_DOCUMENT,
    GET_FEED,
    GET_REPORT_DOCUMENT,
    GET_REPORTS,
    PATCH_ITEM,
    SEARCH_ITEMS,
    Operation,
)
from truestock.connectors.amazon.mapping import feeds, listings, subscriptions
from truestock.connectors.amazon.mapping.reading import words
from truestock.connectors.amazon.settlements import reports

ITEM = "/listings/2021-08-01/items/A3TH9S8BH6GOGM/MUG"
CHANGE = {"productType": "MUG", "patches": [{"op": "merge", "path": "/attributes/x", "value": [{}]}]}


def violations(contract: Contract, method: str, path: str, query: dict[str, str], body: Json | None) -> list[str]:
    found = contract.route(method, path)
    if found:
        contract.asked(found[0], query, body)
    noticed = list(contract.violations)
    contract.violations.clear()
    return noticed


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/listings/2022-01-01/items/A/MUG", {}, None),
        ("POST", ITEM, {"marketplaceIds": "X"}, None),
        ("GET", ITEM, {}, None),
        ("GET", ITEM, {"marketplaceIds": "X", "include": "issues"}, None),
        ("GET", ITEM, {"marketplaceIds": "X", "includedData": "issues,stock"}, None),
        ("PATCH", ITEM, {"marketplaceIds": "X"}, None),
        ("GET", "/listings/2021-08-01/items/A", {"marketplaceIds": "X", "identifiers": ",".join("A" * 21)}, None),
        ("PATCH", ITEM, {"marketplaceIds": "X"}, {**CHANGE, "quantity": 3}),
        ("PATCH", ITEM, {"marketplaceIds": "X"}, {**CHANGE, "patches": []}),
        ("PATCH", ITEM, {"marketplaceIds": "X"}, {"patches": CHANGE["patches"]}),
        ("GET", "/listings/2021-08-01/items/A", {"marketplaceIds": "X", "pageSize": "21"}, None),
        ("GET", "/listings/2021-08-01/items/A", {"marketplaceIds": "X", "pageSize": "many"}, None),
        ("GET", "/orders/2026-01-01/orders", {"lastUpdatedAfter": "yesterday"}, None),
        ("GET", "/orders/2026-01-01/orders", {"fulfillmentStatuses": "Shipped"}, None),
    ],
)
def test_a_call_that_the_models_do_not_allow_is_noticed(
    contract: Contract, method: str, path: str, query: dict[str, str], body: Json | None
) -> None:
    assert len(violations(contract, method, path, query, body)) == 1


def test_a_call_that_they_allow_is_not(contract: Contract) -> None:
    assert violations(contract, "PATCH", ITEM, {"marketplaceIds": "X"}, CHANGE) == []


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (200, {"quantity": 3}),
        (200, {"sku": 3}),
        (200, {"status": "DONE"}),
        (200, {"issues": [{"code": "1"}]}),
        (201, {}),
    ],
)
def test_an_answer_that_the_models_do_not_allow_is_noticed(contract: Contract, status: int, wrong: Json) -> None:
    found = contract.route("PATCH", ITEM)
    assert found
    right = {"sku": "MUG", "status": "ACCEPTED", "submissionId": "1", "issues": []}
    contract.answered(found[0], 200, right)
    assert contract.violations == []
    contract.answered(found[0], status, right | wrong)
    assert contract.violations
    contract.violations.clear()


def test_a_document_that_the_schemas_do_not_allow_is_noticed(contract: Contract) -> None:
    name = "feeds/listings-feed-schema-v2"
    example = json.loads((contract.schemas / f"{name}.example.json").read_text(encoding="utf-8"))
    assert contract.document(name, example)
    assert not contract.document(name, {**example, "header": {"sellerId": "A"}})
    contract.violations.clear()


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_rates_and_paths_are_those_that_amazon_has_published(models: Contract, operation: Operation) -> None:
    route = next(
        route for route in models.routes if route.name == operation.name and route.pattern.fullmatch(operation.path)
    )
    assert (route.method, route.plan) == (operation.method, (operation.per_s, operation.burst))
    assert operation.grantless == ("rantless" in route.operation["description"])


@pytest.mark.parametrize(
    ("operation", "form"),
    [
        (PATCH_ITEM, listings.Submission),
        (SEARCH_ITEMS, listings.Found),
        (GET_FEED, feeds.Feed),
        (GET_DOCUMENT, feeds.Document),
        (GET_REPORTS, reports.Reports),
        (GET_REPORT_DOCUMENT, reports.Document),
    ],
    ids=lambda of: getattr(of, "name", ""),
)
def test_the_answers_of_amazons_sandbox_are_understood(
    models: Contract, operation: Operation, form: type[object]
) -> None:
    route = next(route for route in models.routes if route.name == operation.name)
    answers = route.operation["responses"]
    cases = [case["response"] for case in answers["200"]["x-amzn-api-sandbox"]["static"]]
    assert cases
    for case in cases:
        assert isinstance(msgspec.json.decode(msgspec.json.encode(case), type=form), form)
    for status in ("400", "403", "404"):
        for case in answers.get(status, {}).get("x-amzn-api-sandbox", {}).get("static", []):
            assert words(msgspec.json.encode(case["response"]))


def test_amazons_example_of_a_report_is_understood(contract: Contract) -> None:
    name = "feeds/listings-feed-processing-report-schema-v2"
    example = (contract.schemas / f"{name}.example.json").read_bytes()
    assert contract.document(name, json.loads(example))
    report = msgspec.json.decode(example, type=feeds.Report)
    assert report.issues
    assert report.summary.messages_accepted


def test_the_sandbox_of_notifications_is_understood(models: Contract) -> None:
    forms = {"getDestinations": subscriptions.Destinations, "getSubscriptions": subscriptions.Subscriptions}
    for route in models.routes:
        if form := forms.get(route.name):
            for case in route.operation["responses"]["200"]["x-amzn-api-sandbox"]["static"]:
                assert msgspec.json.decode(msgspec.json.encode(case["response"]), type=form).payload
